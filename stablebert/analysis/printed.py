"""Our runs against the paper's printed rows: mean and standard deviation, both as two-sample questions.

A row is judged alone, by its own figures, whatever else is judged beside it. What is printed is rounded: of a mean
half the last digit may be missing either way, and a standard deviation may be larger by as much.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from stablebert.analysis.difference import Side
from stablebert.gate.evidence import Rows
from stablebert.gate.verdict import Status, Verdict
from stablebert.paper import PrintedRow, paper_margin
from stablebert.stats import (
    Sample,
    contrast,
    detectable_loss,
    detectable_ratio,
    prediction_interval,
    sample_of,
    spread_ratio,
)

ROUNDING = 0.05
# errors of a FAIL over the rows of a table, when nothing is wrong: of their means, and of their spreads
MEAN_ALARM, SPREAD_ALARM = 0.04, 0.01
# a printed spread as wide as this comes from a few failed runs, and no bound on it is worth anything
_LARGEST_SD = 8.0


@dataclass(frozen=True)
class Measured:
    """The runs of one cell and the printed row that they are compared with.

    Attributes:
        printed: The row.
        cell: Cell id.
        rows: All runs, failed ones included, in any order.
        beside: The other rows that the cell is the target of.
    """

    printed: PrintedRow
    cell: str
    rows: Rows
    beside: tuple[PrintedRow, ...] = ()


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
        lower_bound: Its one-sided 95 % bound, rounding in print included.
        margin: Smallest loss that so many runs of both can rule out (`detectable_loss`), rounding included.
        expected: 95 % prediction interval of our mean.
        p_value: Of a loss of the margin or more.
        p_inferior: Of no loss.
        level: What `p_inferior` is held against: the row's share of its table's error.
        mean_status: What the mean shows.
        sd_ratio: Our standard deviation over the printed one, which is taken as large as its rounding allows.
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
    level: float | None = None
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


def judge_target(measured: Measured) -> TargetOutcome:
    """Judge the runs of a cell against one printed row: the only way to a verdict on print.

    Mean: FAIL if a loss is shown at the row's share of .04 for its table; else PASS if the paper's margin is ruled out
    at .05, or if as many runs as printed rule out the smallest loss that they can (`detectable_loss`). Where print
    contradicts itself, so that another printed number of the cell would FAIL as well and these runs are not below that
    one, INCONCLUSIVE takes the place of FAIL. Spread: FAIL if
    more of it is shown at the row's share of .01 and without failed runs, which come and go by chance; else PASS if the
    smallest ratio that these runs can rule out is.

    Args:
        measured: The cell with all its runs.
    """
    row, side = measured.printed, Side(measured.cell, measured.rows)
    bare = TargetOutcome(measured.cell, row, Status.INVALID, "", side.summary.runs, side.summary.failed)
    try:
        ours = sample_of(side.all_scores(row.score))
    except ValueError as error:
        return replace(bare, reason=str(error))
    mean, said = _judge_mean(replace(bare, mean=ours.mean, sd=ours.sd), ours)
    other = next((each for each in measured.beside if _contradicts(each, row) and not _is_below(ours, each)), None)
    if mean.mean_status is Status.FAIL and other is not None:
        mean = replace(mean, mean_status=Status.INCONCLUSIVE)
        said += f", but so is the {other.mean:g} that {other.place} prints of the cell: print contradicts itself"
    sound = [float(getattr(each, row.score)) for each in measured.rows if not each.failed]
    seen, also = _judge_spread(mean, ours, sample_of(sound) if len(sound) > 1 else None)
    found = (seen.mean_status, seen.sd_status)
    worst = next((status for status in (Status.FAIL, Status.INCONCLUSIVE) if status in found), Status.PASS)
    return replace(seen, status=worst, reason=f"{said}; {also}")


def judge_printed(measured: Sequence[Measured]) -> Verdict:
    """Judge one cell against its printed rows, as a gate does that has no stored runs.

    The verdict is that on the row that bears the worst, and `targets` holds one a row.

    Args:
        measured: The cell's runs, all that were asked for, once a row; at least one.
    """
    targets = tuple(_verdict(judge_target(one)) for one in measured)
    order = (Status.INVALID, Status.FAIL, Status.INCONCLUSIVE, Status.PASS)
    worst = min(targets, key=lambda target: order.index(target.status))
    reason = "; ".join(f"against {target.target}: {target.reason}" for target in targets)
    return replace(worst, reason=reason, target="", targets=targets)


def measured_once_a_row(cell: str, rows: Rows, targets: Sequence[PrintedRow]) -> list[Measured]:
    """Return the runs of a cell as `judge_printed` takes them.

    Args:
        cell: Cell id.
        rows: Its runs.
        targets: The printed rows that it is the target of.
    """
    return [Measured(row, cell, rows, tuple(other for other in targets if other != row)) for row in targets]


def _verdict(outcome: TargetOutcome) -> Verdict:
    return Verdict(
        outcome.cell,
        outcome.status,
        outcome.reason,
        target=outcome.printed.place,
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


def _judge_mean(bare: TargetOutcome, ours: Sample) -> tuple[TargetOutcome, str]:
    row, theirs = bare.printed, _largest(bare.printed)
    gap = contrast([(1, ours), (-1, theirs)])
    margin, level = ROUNDING + detectable_loss(theirs, ours.runs), MEAN_ALARM / row.table_rows
    seen = replace(
        bare,
        difference=gap.value,
        lower_bound=gap.bounds()[0] - ROUNDING,
        margin=margin,
        expected=prediction_interval(replace(theirs, sd=row.sd), ours.runs),
        p_value=gap.p_above(ROUNDING - margin),
        p_inferior=gap.p_below(-ROUNDING),
        level=level,
    )
    status, said = _mean_says(seen, gap.p_above(ROUNDING))
    return replace(seen, mean_status=status), said


def _mean_says(seen: TargetOutcome, p_superior: float) -> tuple[Status, str]:
    row, matters = seen.printed, paper_margin(seen.printed.task)
    difference, bound = seen.difference or 0.0, seen.lower_bound or 0.0
    margin, level = seen.margin or 0.0, seen.level or 0.0
    p = 1.0 if seen.p_inferior is None else seen.p_inferior
    apart = f"{abs(difference):.2f} points {'below' if difference < 0 else 'above'} the printed mean"
    if p <= level:
        small = f"; a loss of {matters:g} is ruled out all the same" if bound > -matters else ""
        return Status.FAIL, f"{apart} (p = {p:.2g}, level {level:.2g}){small}"
    if bound > -matters:
        above = f"{apart} (p = {p_superior:.2g}); " if p_superior <= level else ""
        return Status.PASS, f"{above}a loss of {matters:g} is ruled out"
    if seen.runs < row.runs:
        return Status.INCONCLUSIVE, (
            f"a loss of {matters:g} is not ruled out, and {seen.runs} runs, fewer than the printed {row.runs}, are not "
            "called consistent"
        )
    if bound > -margin:
        vacuous = row.mean - margin <= row.majority
        beside = f"; print itself is no further above the majority class ({row.majority:g})" if vacuous else ""
        return Status.PASS, (
            f"consistent: a loss of {margin:.2f}, the smallest that {seen.runs} and {row.runs} runs can rule out, is "
            f"ruled out, one of {matters:g} is not{beside}"
        )
    return Status.INCONCLUSIVE, (
        f"{apart}: a loss of {margin:.2f}, which {seen.runs} and {row.runs} equal runs mostly rule out, is not ruled "
        f"out, and none is shown (p = {p:.2g}, level {level:.2g})"
    )


def _judge_spread(bare: TargetOutcome, ours: Sample, sound: Sample | None) -> tuple[TargetOutcome, str]:
    row, theirs = bare.printed, _largest(bare.printed)
    ratio, lower, upper = spread_ratio(ours, theirs)
    seen = replace(bare, sd_ratio=ratio, sd_lower=lower, sd_upper=upper)
    if row.sd > _LARGEST_SD:
        return seen, f"a printed spread of {row.sd:g} is information only"
    most, level = detectable_ratio(theirs, ours.runs), SPREAD_ALARM / row.table_rows
    if sound is not None and spread_ratio(sound, theirs, 1 - level)[1] > 1:
        return replace(seen, sd_status=Status.FAIL), f"the spread is wider (ratio {ratio:.2f})"
    if upper < most:
        return replace(seen, sd_status=Status.PASS), f"a spread {most:.1f} times as wide is ruled out"
    return replace(seen, sd_status=Status.INCONCLUSIVE), (
        f"a spread {most:.1f} times as wide is not ruled out (ratio {ratio:.2f}, {bare.failed} failed runs in it)"
    )


def _contradicts(other: PrintedRow, row: PrintedRow) -> bool:
    """Return whether what another row prints of the same cell and score is below a row."""
    return other.score == row.score and _is_below(Sample(other.mean, other.sd, other.runs), row)


def _is_below(runs: Sample, row: PrintedRow) -> bool:
    gap = contrast([(1, runs), (-1, _largest(row))])
    return gap.p_below(-ROUNDING) <= MEAN_ALARM / row.table_rows


def _largest(row: PrintedRow) -> Sample:
    """Return what is printed with the largest standard deviation that is rounded to it."""
    return Sample(row.mean, row.sd + ROUNDING, row.runs)
