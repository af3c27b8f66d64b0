"""Many cells in order, with the ties that their runs leave."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from stablebert.analysis.difference import Side, difference_of
from stablebert.stats import failure_p_value
from stablebert.stats.multiplicity import holm, rank_bands


@dataclass(frozen=True)
class Ranked:
    """One cell of a ranking.

    Attributes:
        label: What it is called.
        best: The best rank that its runs leave open, 1 the best of all.
        worst: The worst.
        runs: Runs, failed ones included.
        failed: Failed runs among them.
        mean: Of the others, or None; the order of the ranking.
        sd: Their standard deviation.
        fails_more_than: Cells that fail less often, shown by exact tests adjusted over all pairs.
    """

    label: str
    best: int
    worst: int
    runs: int
    failed: int
    mean: float | None
    sd: float | None
    fails_more_than: tuple[str, ...]

    @property
    def band(self) -> str:
        """The ranks in words: `2`, or `1-3` where it is tied."""
        return str(self.best) if self.best == self.worst else f"{self.best}-{self.worst}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def rank(sides: Sequence[Side], *, alpha: float = 0.05) -> list[Ranked]:
    """Rank cells by the mean of the runs that have not failed; cells whose difference is not shown share ranks.

    Failed runs change no rank: they are counted beside it.

    Args:
        sides: At least one; labels differ.
        alpha: Probability that any rank or any claim about failed runs is wrong, each.

    Example:
        >>> [cell.band for cell in rank([Side("a", []), Side("b", [])])]
        ['1-2', '1-2']
    """
    pairs = list(combinations(range(len(sides)), 2))
    found = {pair: difference_of(sides[pair[0]], sides[pair[1]]) for pair in pairs}
    bands = rank_bands(
        len(sides),
        {pair: 0.0 if test is None else test.estimate for pair, test in found.items()},
        {
            pair: 1.0 if test is None else min(1.0, 2 * min(test.p_superior, test.p_inferior))
            for pair, test in found.items()
        },
        alpha=alpha,
    )
    more = _failing_more(sides, alpha)
    ranked = [
        Ranked(side.label, *band, len(side.rows), side.failed, side.mean, side.sd, more[side.label])
        for side, band in zip(sides, bands, strict=True)
    ]
    return sorted(ranked, key=lambda cell: (cell.mean is None, -(cell.mean or 0.0), cell.label))


def _failing_more(sides: Sequence[Side], alpha: float) -> dict[str, tuple[str, ...]]:
    pairs = [(one, other) for one in sides for other in sides if one is not other and one.rows and other.rows]
    p_values = holm([failure_p_value(one.failed, len(one.rows), other.failed, len(other.rows)) for one, other in pairs])
    shown = [(one.label, other.label) for (one, other), p in zip(pairs, p_values, strict=True) if p <= alpha]
    return {side.label: tuple(other for one, other in shown if one == side.label) for side in sides}
