"""Both sides of many comparisons at one look: which runs are lost, sound or counted."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tests.calibration.arms import LEAST_DISTANCE, Arm, without_few_above

LEAST_RUNS = 3


@dataclass(frozen=True)
class Sides:
    """Candidate and baseline.

    Attributes:
        ours: Exactly the candidate's runs of the look.
        theirs: The baseline's.
        line: Below which a run has collapsed, shape (replicates,).
    """

    ours: Arm
    theirs: Arm
    line: np.ndarray

    @cached_property
    def sound(self) -> tuple[np.ndarray, np.ndarray]:
        """Scores of the runs that are not lost, NaN elsewhere; of the baseline without a few far above its others."""
        few_left_out = without_few_above(self.theirs.finished, LEAST_DISTANCE)
        ours, theirs = self.not_lost
        return ours, np.where(np.isnan(few_left_out), np.nan, theirs)

    @cached_property
    def not_lost(self) -> tuple[np.ndarray, np.ndarray]:
        """Scores of the runs that are not lost, NaN elsewhere."""
        return self.ours.sound(self.line), self.theirs.sound(self.line)

    @cached_property
    def counted(self) -> np.ndarray:
        """The candidate's scores that a loss is ruled out by: collapsed runs at the line, failed ones NaN."""
        return self.ours.at_least(self.line)

    @cached_property
    def lost(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of lost runs."""
        return self.ours.lost(self.line).sum(1), self.theirs.lost(self.line).sum(1)

    @cached_property
    def baseline_sound(self) -> np.ndarray:
        """Sound runs of the baselines."""
        return (~np.isnan(self.sound[1])).sum(1)

    @cached_property
    def enough(self) -> np.ndarray:
        """Whether enough runs of both sides are sound."""
        return np.logical_and(*((~np.isnan(scores)).sum(1) >= LEAST_RUNS for scores in self.sound))

    @cached_property
    def any_collapsed(self) -> np.ndarray:
        """Whether a run of either side has collapsed."""
        return (self.ours.collapsed(self.line) + self.theirs.collapsed(self.line)) > 0

    def where(self, chosen: np.ndarray) -> "Sides":
        """Return the chosen comparisons."""
        return Sides(self.ours.where(chosen), self.theirs.where(chosen), self.line[chosen])
