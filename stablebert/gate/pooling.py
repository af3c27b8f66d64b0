"""Many cells together: the mean of their differences, and all of their failed runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stablebert.gate.evidence import before_gap
from stablebert.gate.failures import cap_part
from stablebert.gate.location import measure_location
from stablebert.gate.part import Part, Says, alarm_part, deciding
from stablebert.gate.policy import Policy
from stablebert.gate.sides import Sides
from stablebert.gate.verdict import Status, Verdict
from stablebert.runs import RunRow
from stablebert.stats import NonInferiority, pooled_failure_p_value, pooled_noninferiority, pooled_rank_sum_p_value

_LEAST_CELLS = 2
_LEAST_FOR_CAP = 3


@dataclass(frozen=True)
class Comparison:
    """The runs of one gated cell, candidate rows in seed order.

    Attributes:
        candidate: At least the first look's runs.
        baseline: The accepted runs.
        margin: Margin of the cell, > 0; None: only its failed runs count.
    """

    candidate: Sequence[RunRow]
    baseline: Sequence[RunRow]
    margin: float | None


def pool(comparisons: Sequence[Comparison], policy: Policy) -> Verdict:
    """Judge all cells at once, at the policy's looks, on the first n seeds of every cell.

    PASS: the plain mean of difference / margin exceeds -0.5 (`pooled_margin`), and of three cells or more the upper
    bound of the pooled failure rate is in reach of the baselines'. FAIL: more failed runs by the exact test stratified
    by cell, or a mean below 0 shown by t and by the sum of the cells' rank sums. Cells are independent, so the
    variances of their estimates add up.

    Args:
        comparisons: Gated cells that are not identical to their baseline; at least 2.
        policy: The rule.
    """
    bare = Verdict(
        "pooled",
        Status.INCONCLUSIVE,
        "fewer than two cells to pool",
        baseline_runs=min((len(cell.baseline) for cell in comparisons), default=0),
        margin=policy.pooled_margin,
        unit="margins",
        pairing=policy.pairing,
        policy=policy.digest,
    )
    if len(comparisons) < _LEAST_CELLS:
        return bare
    last = bare
    whole = min(len(before_gap(cell.candidate)) for cell in comparisons)
    for n in (moment for moment in policy.moments if moment <= whole):
        sides = [Sides(cell.candidate[:n], cell.baseline, cell.margin, policy) for cell in comparisons]
        last = _look(sides, n, bare)
        if not last.is_open:
            break
    return last


def _look(cells: Sequence[Sides], n: int, bare: Verdict) -> Verdict:
    gated = [sides for sides in cells if sides.margin is not None]
    mean = _mean(gated)
    parts = tuple(
        part for part in (_failure_part(cells), _location_part(gated, mean), _cap_part(cells)) if part is not None
    )
    part = deciding(parts) or parts[1]
    status = {Says.ALARMS: Status.FAIL, Says.ALLOWS: Status.PASS}.get(part.says, Status.INCONCLUSIVE)
    return replace(
        bare,
        status=status,
        reason=part.words,
        runs=n,
        failed=sum(sides.failed for sides in cells),
        baseline_failed=sum(sides.baseline_failed for sides in cells),
        difference=mean.difference if mean else None,
        lower_bound=mean.lower_bound if mean else None,
        p_value=mean.p_value if mean else None,
        p_inferior=mean.p_inferior if mean else None,
        parts=parts,
        decided_by=part.name,
    )


def _failure_part(cells: Sequence[Sides]) -> Part:
    failed, runs, baseline_failed, baseline_runs = _counts(cells)
    words = f"{failed} of {runs} runs failed in all cells, in the baselines {baseline_failed} of {baseline_runs}"
    p = pooled_failure_p_value([sides.counts for sides in cells])
    level = _level(cells, cells[0].policy.pooled_failure_share)
    return alarm_part("failed runs", words, failed / runs, baseline_failed / baseline_runs, p, level)


def _location_part(cells: Sequence[Sides], mean: NonInferiority | None) -> Part:
    if len(cells) < _LEAST_CELLS:
        return Part("location", Says.UNDECIDED, "fewer than two cells with a margin to pool")
    if mean is None:
        return Part("location", Says.UNDECIDED, "a cell has too few runs that have not failed")
    policy = cells[0].policy
    seen = (mean.difference, mean.lower_bound, -policy.pooled_margin)
    loss, level = f"a mean loss of {policy.pooled_margin:g} margins", _level(cells, policy.alpha)
    if mean.noninferior:
        return Part("location", Says.ALLOWS, f"{loss} is ruled out", *seen, mean.p_value, level)
    p, alarm = mean.p_inferior, _level(cells, policy.location_share)
    if p <= alarm:
        strata = [(list(sides.scores.values()), list(sides.baseline_scores.values())) for sides in cells]
        p = max(p, pooled_rank_sum_p_value(strata))
    if p <= alarm:
        words = f"worse by {-mean.difference:.2f} margins on the mean of the cells (p = {p:.2g})"
        return Part("location", Says.ALARMS, words, *seen, p, alarm)
    return Part("location", Says.WITHHOLDS, f"{loss} is not ruled out", *seen, mean.p_value, level)


def _cap_part(cells: Sequence[Sides]) -> Part | None:
    if len(cells) < _LEAST_FOR_CAP:
        return None
    failed, runs, baseline_failed, baseline_runs = _counts(cells)
    return cap_part(failed, runs, baseline_failed / baseline_runs + cells[0].policy.pooled_failure_room)


def _mean(cells: Sequence[Sides]) -> NonInferiority | None:
    """Return the test of the plain mean of difference / margin, or None where a cell has too few runs."""
    tests = [test for sides in cells if (test := measure_location(sides)) is not None]
    margins = [sides.margin for sides in cells if sides.margin is not None]
    if len(tests) < max(len(cells), _LEAST_CELLS):
        return None
    policy = cells[0].policy
    return pooled_noninferiority(tests, margins, margin=policy.pooled_margin, alpha=_level(cells, policy.alpha))


def _level(cells: Sequence[Sides], alpha: float) -> float:
    smallest = min(len(sides.baseline_scores) for sides in cells)
    return cells[0].policy.level(alpha, smallest)


def _counts(cells: Sequence[Sides]) -> tuple[int, int, int, int]:
    failed, runs, baseline_failed, baseline_runs = map(sum, zip(*(sides.counts for sides in cells), strict=True))
    return failed, runs, baseline_failed, baseline_runs
