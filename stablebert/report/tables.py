"""One table of verdicts, for the terminal and as Markdown."""

from collections.abc import Sequence

from stablebert.gate import Verdict

_HEAD = ("cell", "verdict", "seeds", "failed", "mean", "sd", "baseline", "difference", "bound", "margin")


def verdict_table(verdicts: Sequence[Verdict]) -> list[tuple[str, ...]]:
    """Return the table's rows as text, the head first; scores and differences in points.

    `seeds` and `failed` are candidate / baseline, `baseline` is its mean with its standard deviation.

    Args:
        verdicts: One a row.
    """
    return [_HEAD, *(_row(verdict) for verdict in verdicts)]


def verdict_lines(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the table for a terminal, columns aligned, with the reason of every verdict that is no PASS below it."""
    table = verdict_table(verdicts)
    widths = [max(len(row[column]) for row in table) for column in range(len(_HEAD))]
    lines = [
        "  ".join(text.ljust(width) if column < 2 else text.rjust(width) for column, (text, width) in enumerate(cells))
        for cells in ([*zip(row, widths, strict=True)] for row in table)
    ]
    return [*lines, *(f"{verdict.cell}: {verdict.reason}" for verdict in verdicts if verdict.status != "PASS")]


def to_markdown(verdicts: Sequence[Verdict]) -> str:
    """Return the table in Markdown, with the reasons as a list below it."""
    head, *rows = verdict_table(verdicts)
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
