"""Lost runs of a cell, failed or collapsed, and runs that lie far from the others: counted, and named one by one."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from stablebert.gate.lost_runs import line_of, sound_of
from stablebert.runs import RunRow
from stablebert.stats import failure_p_value

# of robust standard deviations from the median, and of points where they hardly scatter: five eighths of the way to
# the collapse line
_FAR = 5.0
_LEAST_DISTANCE = 0.625
_LEAST_RUNS = 3
# from the median absolute deviation to the standard deviation of a normal distribution
_NORMAL = 1.4826


@dataclass(frozen=True)
class LostRuns:
    """How many runs are lost.

    Attributes:
        runs: All of them.
        failed: Those that have failed.
        collapsed: Those that have not failed and score below the collapse line.
    """

    runs: int
    failed: int
    collapsed: int

    @property
    def lost(self) -> int:
        """Both kinds."""
        return self.failed + self.collapsed

    def p_value(self, before: "LostRuns") -> float:
        """Return the one-sided exact p-value that no larger share is lost than before.

        Example:
            >>> LostRuns(20, 6, 0).p_value(LostRuns(20, 0, 0)) < 0.05
            True
        """
        return failure_p_value(self.lost, self.runs, before.lost, before.runs)

    def __str__(self) -> str:
        """Return it in words.

        Example:
            >>> str(LostRuns(20, 3, 1))
            '3 failed and 1 collapsed of 20'
        """
        return f"{self.failed} failed and {self.collapsed} collapsed of {self.runs}"


def lost_runs(rows: Sequence[RunRow], line: float | None = None) -> LostRuns:
    """Return how many rows are lost.

    Args:
        rows: Of one cell.
        line: The collapse line in points; None for the rows' own.
    """
    line = line_of(rows) if line is None else line
    failed = sum(row.failed for row in rows)
    return LostRuns(len(rows), failed, sum(not row.failed and row.test < line for row in rows))


def far_runs(rows: Sequence[RunRow]) -> list[tuple[RunRow, str]]:
    """Return the runs that have not failed and lie far from the others, lowest first, each with how far, in words.

    Far is more than 5 robust standard deviations from the median, and at least 0.625 points; a collapsed run is
    farther below still, and a few that are as far above say nothing of the others.

    Args:
        rows: Of one cell.
    """
    left = sorted((row for row in rows if not row.failed), key=lambda row: row.test)
    if len(left) < _LEAST_RUNS:
        return []
    middle = statistics.median(row.test for row in left)
    robust = _NORMAL * statistics.median(abs(row.test - middle) for row in left)
    far, line, sound = max(_FAR * robust, _LEAST_DISTANCE), line_of(left), sound_of(left)

    def how_far(row: RunRow) -> str:
        distance = abs(row.test - middle)
        deviations = f", {distance / robust:.1f} robust sd" if robust else ""
        left_out = "" if row.seed in sound else "; collapsed" if row.test < line else "; left out of mean and spread"
        return f"{distance:.2f} points{deviations} {'below' if row.test < middle else 'above'} the median{left_out}"

    return [(row, how_far(row)) for row in left if abs(row.test - middle) > far]
