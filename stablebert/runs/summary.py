"""A cell's runs in five numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from stablebert.runs.row import RunRow


@dataclass(frozen=True)
class Summary:
    """What the runs of a cell come to; scores in points, of the runs that have not failed.

    Attributes:
        runs: All of them.
        failed: Those that have failed.
        mean: Mean test score; None where every run failed.
        sd: Standard deviation; None where fewer than two runs have not failed.
        worst: Lowest test score; None where every run failed.
    """

    runs: int
    failed: int
    mean: float | None
    sd: float | None
    worst: float | None

    def __str__(self) -> str:
        """Return the line of the ledger."""
        if self.mean is None:
            return "every run failed"
        return f"mean {self.mean:.2f}, sd {self.sd or 0:.2f}, {self.runs - self.failed} runs not failed"


def summary_of(rows: Sequence[RunRow]) -> Summary:
    """Return the summary of rows.

    Example:
        >>> str(summary_of([]))
        'every run failed'
    """
    scores = [row.test for row in rows if not row.failed]
    return Summary(
        runs=len(rows),
        failed=len(rows) - len(scores),
        mean=fmean(scores) if scores else None,
        sd=stdev(scores) if len(scores) > 1 else None,
        worst=min(scores, default=None),
    )
