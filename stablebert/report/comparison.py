"""Comparisons and rankings as tables, for the terminal and in Markdown."""

from collections.abc import Sequence

from stablebert.analysis import Compared, Ranked
from stablebert.runs import Summary
from stablebert.tables import Table, aligned, markdown, number

_RANKS = ("rank", "cell", "runs", "failed", "mean", "sd")
_TIES = "ranks go by the mean; cells whose difference pairwise tests, adjusted over all pairs, do not show share them"


def compared_table(compared: Sequence[Compared]) -> Table:
    """Return the candidate's row and one row a comparison, with the head; scores and differences in points.

    `runs` and `mean` are those of the row's own cell; the difference is the candidate's minus the row's.

    Args:
        compared: One candidate's, at least one.
    """
    first = compared[0]
    confidence = next((100 * one.difference.confidence for one in compared if one.difference), 90)
    head = ("cell", "verdict", "non-inferior", "superior", "runs", "failed", "mean", "difference")
    own = (first.candidate, "", "", "", *_runs(first.ours), "", "", "")
    return [(*head, f"{confidence:.0f} % interval", "margin"), own, *(_row(one) for one in compared)]


def ranking_table(ranked: Sequence[Ranked]) -> Table:
    """Return one row a cell, the best mean first, with the head."""
    rows = [
        (cell.band, cell.label, str(seen.runs), str(seen.failed), number(seen.mean), number(seen.sd))
        for cell in ranked
        for seen in [cell.summary]
    ]
    return [_RANKS, *rows]


def compared_lines(compared: Sequence[Compared], ranked: Sequence[Ranked]) -> list[str]:
    """Return both tables and all reasons for a terminal; the ranking only where there are three cells or more."""
    lines = [
        *aligned(compared_table(compared), left=range(4)),
        *(f"against {one.other}: {_sentence(one)}" for one in compared),
    ]
    return [*lines, "", *ranking_lines(ranked)] if len(ranked) > 2 else lines


def compared_markdown(compared: Sequence[Compared], ranked: Sequence[Ranked]) -> str:
    """Return the same in Markdown."""
    reasons = "".join(f"- against `{one.other}`: {_sentence(one)}\n" for one in compared)
    text = f"{markdown(compared_table(compared), left=range(4))}\n\n{reasons}"
    return f"{text}\n{ranking_markdown(ranked)}" if len(ranked) > 2 else text


def ranking_lines(ranked: Sequence[Ranked]) -> list[str]:
    """Return a ranking for a terminal, and below it what its ranks do not say."""
    return [*aligned(ranking_table(ranked), left=range(2)), *_notes(ranked)]


def ranking_markdown(ranked: Sequence[Ranked]) -> str:
    """Return the same in Markdown."""
    notes = "".join(f"- {note}\n" for note in _notes(ranked))
    return f"{markdown(ranking_table(ranked), left=range(2))}\n\n{notes}"


def _notes(ranked: Sequence[Ranked]) -> list[str]:
    """Return what the ranks do not say: what a tie is, and who fails more often."""
    more = [
        f"{cell.label} fails more often than {', '.join(cell.fails_more_than)}"
        for cell in ranked
        if cell.fails_more_than
    ]
    return [_TIES, *more]


def _row(one: Compared) -> tuple[str, ...]:
    found = one.difference
    return (
        one.other,
        str(one.status),
        "shown" if one.noninferior else "not shown",
        "shown" if one.superior else "not shown",
        *_runs(one.theirs),
        number(found.estimate if found else None, "+"),
        f"{found.lower:+.2f} to {found.upper:+.2f}" if found else "-",
        number(one.margin),
    )


def _runs(seen: Summary) -> tuple[str, str, str]:
    spread = "" if seen.sd is None else f" ± {number(seen.sd)}"
    return str(seen.runs), str(seen.failed), f"{number(seen.mean)}{spread}"


def _sentence(one: Compared) -> str:
    found = one.difference
    if found is None:
        return one.reason
    if found.pairing == "welch":
        return f"{one.reason}; two samples, not paired (Welch)"
    correlated = "" if found.correlation is None else f", correlation {found.correlation:.2f}"
    return f"{one.reason}; {found.pairs} pairs by seed{correlated}"
