"""Targets and claims as tables, for the terminal and a page; the paper's tables with our runs beside them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stablebert.analysis import EFFECTS, ClaimOutcome, TargetOutcome
from stablebert.gate import Status
from stablebert.paper import ClaimLine, PrintedRow
from stablebert.stats import Sample, contrast, standardised_difference
from stablebert.tables import Table, aligned, number

_CLAIMS = ("claim", "of", "verdict", "effect", "tasks", "estimate", "90 % interval", "holds if", "p (Holm)")
_TARGETS = (
    "cell",
    "table",
    "verdict",
    "seeds",
    "failed",
    "mean",
    "printed",
    "expected",
    "bound",
    "margin",
    "sd ratio",
    "paper_rule (theirs/ours)",
)
_BESIDE = (
    *("task", "method", "length", "encoder", "printed", "ours", "95 % interval", "difference", "in sd"),
    *("expected", "verdict", "why"),
)
_LEGEND = (
    "expected: 95 % prediction interval of our mean; bound: 95 % lower bound of our mean less theirs; sd ratio:",
    "ours to theirs with its 95 % bounds; margin: the smallest loss that so many runs of both can rule out;",
    "paper_rule: what Table 1 would underline",
)
# two-sided 95 %
_LEVEL = 0.975


class PrintedTable(NamedTuple):
    """A table of the paper with our runs beside it.

    Attributes:
        number: Of the table.
        rows: One a printed row and cell of ours, the head first; `-` where there are no runs.
        measured: How many rows have runs.
    """

    number: int
    rows: Table
    measured: int


def claim_lines(outcomes: Sequence[ClaimOutcome]) -> list[str]:
    """Return a table of the claims that were run, what each says, and what the others lack.

    Args:
        outcomes: As from `judge_claims`.
    """
    judged = [one for one in outcomes if one.was_run]
    lines = aligned(claim_table(judged), left=range(4)) if judged else []
    return [*lines, *map(claim_line, judged), *(claim_line(one) for one in outcomes if not one.was_run)]


def target_lines(outcomes: Sequence[TargetOutcome]) -> list[str]:
    """Return a table of cells against their printed rows, and below it why each verdict is what it is.

    Args:
        outcomes: As from `judge_targets`.
    """
    lines = [*aligned([_TARGETS, *map(_target_row, outcomes)], left=range(3)), *_LEGEND]
    return lines + [f"{one.cell}, {one.printed.place}: {one.reason}" for one in outcomes]


def claim_table(outcomes: Sequence[ClaimOutcome]) -> Table:
    """Return one row a claim that was run, with the head."""
    return [_CLAIMS, *(_claim_row(one) for one in outcomes if one.was_run)]


def printed_tables(printed: Sequence[PrintedRow], outcomes: Sequence[TargetOutcome]) -> list[PrintedTable]:
    """Return every table of the paper that prints means, in its order, with what our runs show.

    Scores in points, mean ± standard deviation (runs). The interval is the 95 % t interval of our mean, `in sd` the
    difference in standard deviations of both sides, `expected` the 95 % prediction interval of our mean.

    Args:
        printed: Every printed row.
        outcomes: As from `judge_targets`.
    """
    found: list[PrintedTable] = []
    for table in sorted({row.table for row in printed}):
        rows = [(row, [one for one in outcomes if one.printed == row]) for row in printed if row.table == table]
        body = [_beside(row, one) for row, ours in rows for one in (ours or (None,))]
        found.append(PrintedTable(table, [_BESIDE, *body], sum(bool(ours) for _, ours in rows)))
    return found


def _beside(row: PrintedRow, one: TargetOutcome | None) -> tuple[str, ...]:
    score = " (dev)" if row.score == "validation" else ""
    head = (row.task + score, row.method, row.length, row.encoder, f"{row.mean:.1f} ± {row.sd:.1f} ({row.runs})")
    if one is None:
        return (*head, *("-" for _ in range(6)), "no runs")
    if one.mean is None or one.sd is None:
        return (*head, *("-" for _ in range(5)), str(one.status), one.reason)
    ours = Sample(one.mean, one.sd, one.runs)
    lower, upper = contrast([(1, ours)]).bounds(_LEVEL)
    return (
        *head,
        f"{one.mean:.2f} ± {one.sd:.2f} ({one.runs})",
        f"{lower:.2f} to {upper:.2f}",
        number(one.difference, "+"),
        number(standardised_difference(ours, Sample(row.mean, row.sd, row.runs)), "+"),
        "-" if one.expected is None else f"{one.expected[0]:.2f} to {one.expected[1]:.2f}",
        str(one.status),
        one.reason,
    )


def _claim_row(one: ClaimOutcome) -> tuple[str, ...]:
    holds = {"more": "> 0", "less": "< 0", "not more": f"< {one.margin:.2f}", "same": f"within ± {one.margin:.2f}"}
    return (
        one.claim.name,
        one.claim.place,
        str(one.status),
        EFFECTS[one.claim.effect].unit,
        str(len(one.tasks)),
        number(one.estimate, "+"),
        "-" if one.lower is None else f"{one.lower:+.2f} to {one.upper:+.2f}",
        holds[one.claim.shows],
        "-" if one.p_for is None else f"{one.p_for:.2g}",
    )


def claim_sentence(one: ClaimOutcome, cited: Mapping[str, ClaimLine]) -> str:
    """Return what the runs say of a claim, and the lines of the paper that it stands for.

    Args:
        one: As from `judge_claims`.
        cited: The lines by id, as from `cited_lines`.
    """
    lines = "; ".join(str(cited[line]) for line in one.claim.sources)
    verdict = "missing" if not one.was_run else str(one.status)
    said = [f"{claim_line(one)}"] if one.status is Status.INVALID else [claim_line(one), one.reason]
    return f"{verdict}: {'; '.join(said)}. {one.claim.place}: {lines}"


def claim_line(one: ClaimOutcome) -> str:
    """Return what a claim says with its effect on each task, or what it lacks."""
    if one.status is Status.INVALID:
        fills = f"; `{one.command}` fills it" if one.command else ""
        return f"{one.claim.name}: {one.reason}{fills}"
    effects = ", ".join(f"{task} {number(effect, '+')}" for task, effect in zip(one.tasks, one.by_task, strict=True))
    return f"{one.claim.name}: {one.claim.says} ({effects})"


def _target_row(one: TargetOutcome) -> tuple[str, ...]:
    printed = one.printed
    return (
        one.cell,
        printed.place.removeprefix("Table "),
        str(one.status),
        f"{one.runs}/{printed.runs}",
        str(one.failed),
        "-" if one.mean is None else f"{one.mean:.2f} ± {one.sd:.2f}",
        f"{printed.mean:.1f} ± {printed.sd:.1f}",
        "-" if one.expected is None else f"{one.expected[0]:.2f} to {one.expected[1]:.2f}",
        number(one.lower_bound, "+"),
        number(one.margin),
        "-" if one.sd_ratio is None else f"{one.sd_ratio:.2f} ({one.sd_lower:.2f} to {one.sd_upper:.2f})",
        f"{_mark(one.marked_in_print)}/{_mark(one.marked_here)}",
    )


def _mark(marked: bool | None) -> str:
    return {None: "-", True: "marked", False: "plain"}[marked]
