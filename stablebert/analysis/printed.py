"""Our runs against the paper's printed rows: mean and standard deviation, both as two-sample questions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from stablebert.analysis.difference import Side
from stablebert.gate.evidence import Rows
from stablebert.gate.verdict import Status, Verdict
from stablebert.paper import PrintedRow, paper_margin
from stablebert.runs import Cell
from stablebert.stats import Sample, contrast, highlighted, holm_within, prediction_interval, sample_of, spread_ratio

_ALPHA = 0.05
_LARGEST_RATIO = 2.0
# a printed spread as wide as this comes from a few failed runs, and no bound on it is worth anything
_LARGEST_SD = 8.0


@dataclass(frozen=True)
class Measured:
    """The runs of one cell and the printed row that they are compared with.

    Attributes:
        printed: The row.
        cell: Cell id.
        rows: All runs, failed ones included, in any order.
    """

    printed: PrintedRow
    cell: str
    rows: Rows


@dataclass(frozen=True)
class TargetOutcome:
    """What a comparison with a printed row shows; scores in points, None where there is nothing to say.

    Attributes:
        cell: Cell id.
        printed: The row.
        status: FAIL if the mean or the spread fails, PASS if neither is undecided.
        reason: Why, in one line.
        runs: Ours, failed ones included.
        failed: How many of them.
        mean: Of all runs.
        sd: Of all runs.
        difference: Our mean less the printed one.
        lower_bound: Its one-sided 95 % bound, not adjusted.
        margin: Largest loss that does not matter.
        expected: 95 % prediction interval of our mean.
        p_value: Of a loss of the margin or more; Holm-adjusted within the table.
        p_inferior: Of no loss; Holm-adjusted within the table.
        mean_status: What the mean shows.
        sd_ratio: Our standard deviation over the printed one.
        sd_lower: Its one-sided 95 % lower bound.
        sd_upper: Its one-sided 95 % upper bound.
        sd_status: What the spread shows; None: information only.
        marked_in_print: The paper's own rule (`paper_rule`): whether Table 1 would underline the printed number.
        marked_here: The same of our number among our cells of that group; None where there are fewer than two.
    """

    cell: str
    printed: PrintedRow
    status: Status
    reason: str
    runs: int = 0
    failed: int = 0
    mean: float | None = None
    sd: float | None = None
    difference: float | None = None
    lower_bound: float | None = None
    margin: float | None = None
    expected: tuple[float, float] | None = None
    p_value: float | None = None
    p_inferior: float | None = None
    mean_status: Status | None = None
    sd_ratio: float | None = None
    sd_lower: float | None = None
    sd_upper: float | None = None
    sd_status: Status | None = None
    marked_in_print: bool | None = None
    marked_here: bool | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def judge_targets(measured: Sequence[Measured], printed: Sequence[PrintedRow]) -> list[TargetOutcome]:
    """Judge cells against their printed rows, in the order given.

    Mean: PASS if a loss of the margin is ruled out, else FAIL if a loss is shown, at .05 with Holm's adjustment within
    a table. Spread: PASS if the ratio's upper bound is below 2, else FAIL if its lower bound exceeds 1.

    Args:
        measured: Cells with their rows.
        printed: Every printed row, for the paper's own rule.
    """
    seen = [_measure(one) for one in measured]
    tables = [one.printed.table for one in measured]
    p_values = holm_within(tables, [one.p_value for one in seen])
    p_inferior = holm_within(tables, [one.p_inferior for one in seen])
    seen = [*map(_decide, seen, p_values, p_inferior)]
    return [_mark(one, seen, printed) for one in seen]


def judge_printed(measured: Measured) -> Verdict:
    """Judge one cell against its printed row, as a gate does that has no stored runs.

    Args:
        measured: The cell's runs, all that were asked for.
    """
    (outcome,) = judge_targets([measured], [measured.printed])
    return Verdict(
        outcome.cell,
        outcome.status,
        f"against Table {outcome.printed.table}: {outcome.reason}",
        runs=outcome.runs,
        failed=outcome.failed,
        mean=outcome.mean,
        sd=outcome.sd,
        baseline_runs=outcome.printed.runs,
        baseline_mean=outcome.printed.mean,
        baseline_sd=outcome.printed.sd,
        difference=outcome.difference,
        lower_bound=outcome.lower_bound,
        margin=outcome.margin,
        p_value=outcome.p_value,
        p_inferior=outcome.p_inferior,
        pairing="printed",
    )


def targets_of(cells: Mapping[Cell, Rows], printed: Sequence[PrintedRow]) -> list[TargetOutcome]:
    """Return the judgement of every cell that has a printed row, once a row, in the paper's order.

    Args:
        cells: Rows by cell.
        printed: Every printed row.
    """
    measured = [
        Measured(row, cell.id, rows)
        for row in printed
        for cell, rows in sorted(cells.items(), key=lambda pair: pair[0].id)
        if row.is_of(cell)
    ]
    return judge_targets(measured, printed)


def _measure(one: Measured) -> TargetOutcome:
    side = Side(one.cell, one.rows)
    bare = TargetOutcome(one.cell, one.printed, Status.INVALID, "", side.summary.runs, side.summary.failed)
    try:
        ours = sample_of(side.all_scores(one.printed.score))
    except ValueError as error:
        return replace(bare, reason=str(error))
    theirs = Sample(one.printed.mean, one.printed.sd, one.printed.runs)
    gap, margin = contrast([(1, ours), (-1, theirs)]), paper_margin(one.printed.task)
    ratio, lower, upper = spread_ratio(ours, theirs)
    return replace(
        bare,
        status=Status.INCONCLUSIVE,
        mean=ours.mean,
        sd=ours.sd,
        difference=gap.value,
        lower_bound=gap.bounds()[0],
        margin=margin,
        expected=prediction_interval(theirs, ours.runs),
        p_value=gap.p_above(-margin),
        p_inferior=gap.p_below(0),
        sd_ratio=ratio,
        sd_lower=lower,
        sd_upper=upper,
        sd_status=None if theirs.sd > _LARGEST_SD else _judge_ratio(lower, upper),
    )


def _judge_ratio(lower: float, upper: float) -> Status:
    if upper < _LARGEST_RATIO:
        return Status.PASS
    return Status.FAIL if lower > 1 else Status.INCONCLUSIVE


def _decide(seen: TargetOutcome, p_value: float | None, p_inferior: float | None) -> TargetOutcome:
    if p_value is None or p_inferior is None:
        return seen
    mean, said = Status.INCONCLUSIVE, f"a loss of {seen.margin:g} is not ruled out"
    if p_value <= _ALPHA:
        mean, said = Status.PASS, f"a loss of {seen.margin:g} is ruled out"
    elif p_inferior <= _ALPHA:
        mean, said = Status.FAIL, f"{-(seen.difference or 0.0):.2f} points below the printed mean"
    about = {
        None: f"a printed spread of {seen.printed.sd:g} is information only",
        Status.PASS: "a spread twice as wide is ruled out",
        Status.FAIL: f"the spread is wider (ratio {seen.sd_ratio:.2f})",
        Status.INCONCLUSIVE: "a spread twice as wide is not ruled out",
    }[seen.sd_status]
    worst = next(
        (status for status in (Status.FAIL, Status.INCONCLUSIVE) if status in (mean, seen.sd_status)), Status.PASS
    )
    return replace(
        seen, status=worst, mean_status=mean, p_value=p_value, p_inferior=p_inferior, reason=f"{said}; {about}"
    )


def _mark(one: TargetOutcome, seen: Sequence[TargetOutcome], printed: Sequence[PrintedRow]) -> TargetOutcome:
    """Return the outcome with the paper's own rule applied to the group of its row and of its cell."""
    group = [row for row in printed if (row.table, row.task) == (1, one.printed.task)]
    if one.printed not in group:
        return one
    marks = highlighted([Sample(row.mean, row.sd, row.runs) for row in group])
    cell = Cell.parse(one.cell)
    ours = [
        other
        for other in seen
        if other.printed in group and other.mean is not None and Cell.parse(other.cell).precision == cell.precision
    ]
    here = None
    if one in ours and len(ours) > 1:
        summaries = [Sample(other.mean or 0.0, other.sd or 0.0, other.runs) for other in ours]
        here = highlighted(summaries)[ours.index(one)]
    return replace(one, marked_in_print=marks[group.index(one.printed)], marked_here=here)
