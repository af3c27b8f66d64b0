"""One table of verdicts for the terminal: one line a cell, the reasons below it."""

import textwrap
from collections.abc import Mapping, Sequence

from stablebert.baselines import Budget
from stablebert.gate import Status, Verdict
from stablebert.report.layout import number
from stablebert.report.outlook import outlook_of
from stablebert.stats.multiplicity import holm

_HEAD = ("cell", "verdict", "seeds", "failed", "difference", "bound", "margin", "why")
_TO_THE_LEFT = ("cell", "verdict", "why")
_WIDTH = 120
# however long the ids are
_LEAST_FOR_WHY = 16


def verdict_table(verdicts: Sequence[Verdict], budgets: Mapping[str, Budget] | None = None) -> list[tuple[str, ...]]:
    """Return the table's rows as text, the head first; differences in points, or in margins where the cell says so.

    `seeds` and `failed` are candidate / baseline, `budget` is what the baseline has lost since its release, of what it
    may lose.

    Args:
        verdicts: One a row.
        budgets: By cell; without any there is no such column.
    """
    table = [_HEAD, *(_row(verdict) for verdict in verdicts)]
    if not budgets:
        return table
    spent = ["budget", *(str(budgets.get(verdict.cell, "-")) for verdict in verdicts)]
    return [(*row[:-1], text, row[-1]) for row, text in zip(table, spent, strict=True)]


def verdict_lines(verdicts: Sequence[Verdict], budgets: Mapping[str, Budget] | None = None) -> list[str]:
    """Return the table in at most 120 columns, with the reason of every verdict that is no PASS below it.

    Args:
        verdicts: One a row.
        budgets: As in `verdict_table`.

    Raises:
        ValueError: a verdict was decided by a part that nobody knows.
    """
    table = verdict_table(verdicts, budgets)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    widths[-1] = min(widths[-1], max(_LEAST_FOR_WHY, _WIDTH - sum(widths[:-1]) - 2 * (len(widths) - 1)))
    reasons = [f"{verdict.cell}: {verdict.reason}" for verdict in verdicts if verdict.status is not Status.PASS]
    return [*(_line(table[0], row, widths) for row in table), *reasons, *_adjusted(verdicts)]


def shown_name(verdict: Verdict) -> str:
    """Return a cell's id, marked where its differences are not in points.

    Example:
        >>> shown_name(Verdict("pooled", Status.PASS, "", unit="margins"))
        'pooled (in margins)'
    """
    return verdict.cell if verdict.unit == "points" else f"{verdict.cell} (in {verdict.unit})"


def _adjusted(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the p-values of a lower mean, adjusted over the cells, as one line; they gate nothing."""
    found = {v.cell: v.p_inferior for v in verdicts if v.unit == "points" and v.p_inferior is not None}
    if len(found) < 2:
        return []
    listed = (f"{cell} {p:.2g}" for cell, p in zip(found, holm(list(found.values())), strict=True))
    return [f"p of a lower mean over all cells (Holm; printed, gates nothing): {', '.join(listed)}"]


def _row(verdict: Verdict) -> tuple[str, ...]:
    return (
        shown_name(verdict),
        str(verdict.status),
        f"{verdict.runs}/{verdict.baseline_runs}",
        f"{verdict.failed}/{verdict.baseline_failed}",
        number(verdict.difference, "+"),
        number(verdict.lower_bound, "+"),
        number(verdict.margin),
        outlook_of(verdict).brief,
    )


def _line(head: Sequence[str], row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        textwrap.shorten(text, width, placeholder=" ...").ljust(width) if name in _TO_THE_LEFT else text.rjust(width)
        for name, text, width in zip(head, row, widths, strict=True)
    ]
    return "  ".join(cells).rstrip()
