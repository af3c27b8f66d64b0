"""Many cells in order, with the ties that their runs leave."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from stablebert.analysis.difference import Side, difference_of
from stablebert.runs import Summary
from stablebert.stats.multiplicity import holm, rank_bands


@dataclass(frozen=True)
class Ranked:
    """One cell of a ranking.

    Attributes:
        label: What it is called.
        best: The best rank that its runs leave open, 1 the best of all.
        worst: The worst.
        summary: Its runs in numbers; the mean is the order of the ranking.
        fails_more_than: Cells that fail less often, shown by exact tests adjusted over all pairs.
    """

    label: str
    best: int
    worst: int
    summary: Summary
    fails_more_than: tuple[str, ...]

    @property
    def band(self) -> str:
        """The ranks in words: `2`, or `1-3` where it is tied."""
        return str(self.best) if self.best == self.worst else f"{self.best}-{self.worst}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        data = asdict(self)
        summary, more = data.pop("summary"), data.pop("fails_more_than")
        numbers = {name: summary[name] for name in ("runs", "failed", "mean", "sd")}
        return {**data, **numbers, "fails_more_than": more}


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
        Ranked(side.label, *band, side.summary, more[side.label]) for side, band in zip(sides, bands, strict=True)
    ]
    return sorted(ranked, key=lambda cell: (cell.summary.mean is None, -(cell.summary.mean or 0.0), cell.label))


def _failing_more(sides: Sequence[Side], alpha: float) -> dict[str, tuple[str, ...]]:
    pairs = [(one, other) for one in sides for other in sides if one is not other and one.rows and other.rows]
    p_values = holm([one.failure_p_value(other) for one, other in pairs])
    shown = [(one.label, other.label) for (one, other), p in zip(pairs, p_values, strict=True) if p <= alpha]
    return {side.label: tuple(other for one, other in shown if one == side.label) for side in sides}
