"""One table of verdicts, for the terminal and as Markdown."""

from collections.abc import Mapping, Sequence

from stablebert.gate import Verdict
from stablebert.store.releases import Budget

_HEAD = ("cell", "verdict", "seeds", "failed", "mean", "sd", "baseline", "difference", "bound", "margin")


def verdict_table(verdicts: Sequence[Verdict], budgets: Mapping[str, Budget] | None = None) -> list[tuple[str, ...]]:
    """Return the table's rows as text, the head first; scores and differences in points.

    `seeds` and `failed` are candidate / baseline, `baseline` is its mean with its standard deviation, `budget` what the
    baseline has lost since its release, of what it may lose.

    Args:
        verdicts: One a row.
        budgets: By cell; without any there is no such column.
    """
    table = [_HEAD, *(_row(verdict) for verdict in verdicts)]
    if not budgets:
        return table
    last = ["budget", *(str(budgets.get(verdict.cell, "-")) for verdict in verdicts)]
    return [(*row, text) for row, text in zip(table, last, strict=True)]


def verdict_lines(verdicts: Sequence[Verdict], budgets: Mapping[str, Budget] | None = None) -> list[str]:
    """Return the table for a terminal, columns aligned, with the reason of every verdict that is no PASS below it."""
    table = verdict_table(verdicts, budgets)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(text.ljust(width) if column < 2 else text.rjust(width) for column, (text, width) in enumerate(cells))
        for cells in ([*zip(row, widths, strict=True)] for row in table)
    ]
    return [*lines, *(f"{verdict.cell}: {verdict.reason}" for verdict in verdicts if verdict.status != "PASS")]


def to_markdown(verdicts: Sequence[Verdict], budgets: Mapping[str, Budget] | None = None) -> str:
    """Return the table in Markdown, with the reasons as a list below it."""
    head, *rows = verdict_table(verdicts, budgets)
    rule = ["---" if column < 2 else "---:" for column in range(len(head))]
    table = "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))
    reasons = "\n".join(f"- `{verdict.cell}`: {verdict.sentence()}" for verdict in verdicts)
    return f"{table}\n\n{reasons}\n"


def _row(verdict: Verdict) -> tuple[str, ...]:
    baseline = "-" if verdict.baseline_mean is None else f"{verdict.baseline_mean:.2f} ± {_number(verdict.baseline_sd)}"
    # its differences are not in points, and the columns are
    cell = verdict.cell if verdict.unit == "points" else f"{verdict.cell} (in {verdict.unit})"
    return (
        cell,
        str(verdict.status),
        f"{verdict.runs}/{verdict.baseline_runs}",
        f"{verdict.failed}/{verdict.baseline_failed}",
        _number(verdict.mean),
        _number(verdict.sd),
        baseline,
        _number(verdict.difference, "+"),
        _number(verdict.lower_bound, "+"),
        _number(verdict.margin),
    )


def _number(value: float | None, sign: str = "") -> str:
    return "-" if value is None else f"{value:{sign}.2f}"
