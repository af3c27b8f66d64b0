"""Many cells together: the mean of their differences, all of their failed runs, and what a whole session says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stablebert.gate.evidence import before_gap
from stablebert.gate.guards import below_ceiling
from stablebert.gate.location import measure_location
from stablebert.gate.look import Look
from stablebert.gate.part import FAILED_RUNS, LOCATION, Part, Says, deciding, in_order
from stablebert.gate.policy import Policy
from stablebert.gate.verdict import Status, Verdict
from stablebert.runs import RunRow
from stablebert.stats import NonInferiority, pooled_failure_p_value, pooled_noninferiority, pooled_rank_sum_p_value

_LEAST_CELLS = 2
_LEAST_FOR_RATE = 3


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
        looks = [Look(cell.candidate[:n], cell.baseline, cell.margin, policy) for cell in comparisons]
        last = _judge_looks(looks, n, bare)
        if not last.is_open:
            break
    return last


def session_status(verdicts: Sequence[Verdict], pooled: Verdict) -> Status:
    """Return what a session says.

    INVALID if any cell is; else FAIL if a cell or the pooled test fails; else PASS if all cells pass, or the pooled
    test does and no undecided cell's estimate lies below its margin, or is a shown loss without one; else INCONCLUSIVE.

    Args:
        verdicts: One a gated cell, at least one.
        pooled: As from `pool`.

    Raises:
        ValueError: there is no verdict.
    """
    if not verdicts:
        raise ValueError("a session without a gate has no verdict")
    found = {verdict.status for verdict in verdicts}
    if Status.INVALID in found:
        return Status.INVALID
    if Status.FAIL in found or pooled.status is Status.FAIL:
        return Status.FAIL
    undecided = [verdict for verdict in verdicts if verdict.status is Status.INCONCLUSIVE]
    if not undecided:
        return Status.PASS
    carried = pooled.status is Status.PASS and all(map(_is_harmless, undecided))
    return Status.PASS if carried else Status.INCONCLUSIVE


def _is_harmless(verdict: Verdict) -> bool:
    if verdict.difference is None:
        return False
    if verdict.margin is None:
        return verdict.decided_by != LOCATION.name
    return verdict.difference >= -verdict.margin


def _judge_looks(cells: Sequence[Look], n: int, bare: Verdict) -> Verdict:
    gated = [look for look in cells if look.margin is not None]
    mean = _mean(gated)
    location = _location_part(gated, mean)
    parts = in_order([_failure_part(cells), location, _failure_rate_part(cells)])
    part = deciding(parts) or location
    status = {Says.ALARMS: Status.FAIL, Says.ALLOWS: Status.PASS}.get(part.says, Status.INCONCLUSIVE)
    return replace(
        bare,
        status=status,
        reason=part.words,
        runs=n,
        failed=sum(look.summary.failed for look in cells),
        baseline_failed=sum(look.baseline.failed for look in cells),
        difference=mean.difference if mean else None,
        lower_bound=mean.lower_bound if mean else None,
        p_value=mean.p_value if mean else None,
        p_inferior=mean.p_inferior if mean else None,
        parts=parts,
        decided_by=part.name,
    )


def _failure_part(cells: Sequence[Look]) -> Part:
    failed, runs, baseline_failed, baseline_runs = _counts(cells)
    words = f"{failed} of {runs} runs failed in all cells, in the baselines {baseline_failed} of {baseline_runs}"
    p = pooled_failure_p_value([look.counts for look in cells])
    level = _level(cells, cells[0].policy.pooled_failure_share)
    return FAILED_RUNS.alarm(words, failed / runs, baseline_failed / baseline_runs, p, level)


def _location_part(cells: Sequence[Look], mean: NonInferiority | None) -> Part:
    if len(cells) < _LEAST_CELLS:
        return LOCATION.part(Says.UNDECIDED, "fewer than two cells with a margin to pool")
    if mean is None:
        return LOCATION.part(Says.UNDECIDED, "a cell has too few runs that have not failed")
    policy = cells[0].policy
    seen = (mean.difference, mean.lower_bound, -policy.pooled_margin)
    loss, level = f"a mean loss of {policy.pooled_margin:g} margins", _level(cells, policy.alpha)
    if mean.noninferior:
        return LOCATION.part(Says.ALLOWS, f"{loss} is ruled out", *seen, mean.p_value, level)
    p, alarm = mean.p_inferior, _level(cells, policy.location_share)
    if p <= alarm:
        strata = [(list(look.scores.values()), list(look.baseline_scores.values())) for look in cells]
        p = max(p, pooled_rank_sum_p_value(strata))
    if p <= alarm:
        words = f"worse by {-mean.difference:.2f} margins on the mean of the cells (p = {p:.2g})"
        return LOCATION.part(Says.ALARMS, words, *seen, p, alarm)
    return LOCATION.part(Says.WITHHOLDS, f"{loss} is not ruled out", *seen, mean.p_value, level)


def _failure_rate_part(cells: Sequence[Look]) -> Part | None:
    if len(cells) < _LEAST_FOR_RATE:
        return None
    failed, runs, baseline_failed, baseline_runs = _counts(cells)
    return below_ceiling(failed, runs, baseline_failed / baseline_runs + cells[0].policy.pooled_failure_room)


def _mean(cells: Sequence[Look]) -> NonInferiority | None:
    """Return the test of the plain mean of difference / margin, or None where a cell has too few runs."""
    tests = [test for look in cells if (test := measure_location(look)) is not None]
    margins = [look.margin for look in cells if look.margin is not None]
    if len(tests) < max(len(cells), _LEAST_CELLS):
        return None
    policy = cells[0].policy
    return pooled_noninferiority(tests, margins, margin=policy.pooled_margin, alpha=_level(cells, policy.alpha))


def _level(cells: Sequence[Look], alpha: float) -> float:
    smallest = min(len(look.baseline_scores) for look in cells)
    return cells[0].policy.level(alpha, smallest)


def _counts(cells: Sequence[Look]) -> tuple[int, int, int, int]:
    failed, runs, baseline_failed, baseline_runs = map(sum, zip(*(look.counts for look in cells), strict=True))
    return failed, runs, baseline_failed, baseline_runs
