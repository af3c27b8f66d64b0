"""What a rule says of many comparisons or sessions, in figures."""

from dataclasses import dataclass

import numpy as np

from tests.calibration.pooled import Session
from tests.calibration.rule import FAIL, PASS, Found
from tests.calibration.tables import Limit, mean, percent

Figure = tuple[float, float]
HEAD = ("PASS", "FAIL", "seeds")


@dataclass(frozen=True)
class Outcome:
    """Shares in percent and mean seeds a cell, each with its Monte Carlo error.

    Attributes:
        passed: Share of PASS.
        failed: Share of FAIL.
        seeds: Candidate runs until it is decided, or all.
    """

    passed: Figure
    failed: Figure
    seeds: Figure

    def row(self) -> list[str]:
        """Return PASS, FAIL and seeds for a table."""
        return [f"{self.passed[0]:.2f}", f"{self.failed[0]:.2f}", f"{self.seeds[0]:.1f}"]

    def short(self) -> str:
        """Return them in one cell of a table."""
        return f"{self.passed[0]:.1f}, {self.failed[0]:.1f}, {self.seeds[0]:.1f}"

    def limit(
        self, name: str, *, passes: float | None = None, fails: float | None = None, least: bool = False
    ) -> Limit:
        """Return the limit of the share of PASS, or of FAIL, in percent."""
        if passes is not None:
            return Limit(f"PASS of {name}", *self.passed, passes, least)
        assert fails is not None
        return Limit(f"FAIL of {name}", *self.failed, fails, least)


def outcome_of(found: Found | Session) -> Outcome:
    """Return the figures of comparisons, or of sessions."""
    cells = len(found.cells) if isinstance(found, Session) else 1
    seeds = found.seeds / cells if isinstance(found, Session) else found.runs
    return Outcome(percent(found.status == PASS), percent(found.status == FAIL), mean(np.asarray(seeds, dtype=float)))
