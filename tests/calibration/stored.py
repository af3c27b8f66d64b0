"""Runs like the stored ones: the cells of `baselines/`, resampled and smoothed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stablebert.baselines import read_baseline, read_grid, read_margins
from tests.calibration.arms import Arm

ROOT = Path(__file__).parents[2]
PROFILE = "minilm"


@dataclass(frozen=True)
class Stored:
    """What a cell's stored runs say.

    Attributes:
        name: Task and method.
        sound: Scores and log-losses of the runs that have not failed, shape (runs, 2).
        lost: Scores of the failed runs.
        step: Smallest distance of two scores: their grid.
    """

    name: str
    sound: np.ndarray
    lost: np.ndarray
    step: float

    @property
    def failure_rate(self) -> float:
        """Of the runs, half a failed one added, so that no cell is taken to fail never."""
        return (len(self.lost) + 0.5) / (len(self.lost) + len(self.sound) + 1)

    @property
    def sd(self) -> float:
        """Standard deviation of what `draw` draws for a run that has not failed."""
        return float(np.hypot(self.sound[:, 0].std(), _bandwidth(self.sound)[0]))

    def draw(self, shape: tuple[int, int], generator: np.random.Generator, like: np.ndarray | None = None) -> Arm:
        """Return runs, each a stored one with a normal deviation of Silverman's bandwidth.

        Args:
            shape: Replicates and runs.
            generator: Of the numbers.
            like: Which stored run each is, as from `pick`; None: any.
        """
        chosen = self.pick(shape, generator) if like is None else like
        drawn = self.sound[chosen] + _bandwidth(self.sound) * generator.standard_normal((*shape, 2))
        failed = generator.random(shape) < self.failure_rate
        lost = generator.choice(self.lost, shape) if len(self.lost) else np.zeros(shape)
        scores = np.where(failed, lost, np.round(drawn[..., 0] / self.step) * self.step)
        return Arm(scores, failed, drawn[..., 1])

    def pick(self, shape: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
        """Return numbers of stored runs."""
        return generator.integers(len(self.sound), size=shape)


def stored_cells() -> list[Stored]:
    """Return the cells of the mini profile's grid that have a baseline and are gated on location, by name."""
    grid = read_grid(ROOT / "baselines", "mini")
    gated = {margin.task for margin in read_margins(ROOT / "baselines") if margin.margin is not None}
    found = []
    for path in sorted((ROOT / "baselines" / PROFILE).glob("*/*.csv")):
        if path.parent.name not in gated or f"{path.parent.name}_{path.stem}" not in grid:
            continue
        rows = read_baseline(path).rows
        sound = np.array([[row.test, row.log_loss] for row in rows if not row.failed])
        lost = np.nan_to_num([row.test for row in rows if row.failed])
        gaps = np.diff(np.unique(sound[:, 0]))
        # accuracies computed as quotients differ by rounding where they are equal
        found.append(Stored(f"{path.parent.name} {path.stem}", sound, lost, float(gaps[gaps > 1e-6].min())))
    return found


def _bandwidth(sound: np.ndarray) -> np.ndarray:
    """Return Silverman's bandwidth of each column."""
    quartiles = np.subtract(*np.percentile(sound, [75, 25], axis=0)) / 1.34
    return 0.9 * np.minimum(sound.std(0, ddof=1), quartiles) * len(sound) ** -0.2
