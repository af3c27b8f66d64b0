"""Many cells together: the pooled test, and what a whole session says."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stablebert.gate.evidence import before_gap
from stablebert.gate.look import compare_location
from stablebert.gate.policy import Policy
from stablebert.gate.verdict import Status, Verdict
from stablebert.runs import RunRow

_HALF = 0.5


@dataclass(frozen=True)
class Comparison:
    """The runs of one gated cell, candidate rows in seed order.

    Attributes:
        candidate: At least the first look's runs.
        baseline: The accepted runs.
        margin: Margin of the cell, > 0.
    """

    candidate: Sequence[RunRow]
    baseline: Sequence[RunRow]
    margin: float


def pool(comparisons: Sequence[Comparison], policy: Policy) -> Verdict:
    """Judge all cells at once: does the plain mean of difference / margin exceed -0.5?

    The estimate of every cell at a look uses its first n seeds; cells are independent, so the variances add up.

    Args:
        comparisons: Gated cells that are not identical to their baseline; at least 2.
        policy: The rule.
    """
    bare = Verdict(
        "pooled",
        Status.INCONCLUSIVE,
        "fewer than two cells to pool",
        margin=_HALF,
        unit="margins",
        pairing=policy.pairing,
        policy=policy.digest,
    )
    if len(comparisons) < 2:
        return bare
    last = bare
    for n in policy.looks:
        if any(len(before_gap(comparison.candidate)) < n for comparison in comparisons):
            break
        last = _look(comparisons, n, policy, bare)
        if last.status is not Status.INCONCLUSIVE:
            break
    return last


def session_status(verdicts: Sequence[Verdict], pooled: Verdict) -> Status:
    """Return what a session says.

    INVALID if any cell is; else FAIL if a cell or the pooled test fails; else PASS if all cells pass, or the pooled
    test does and no undecided cell's estimate lies below its margin; else INCONCLUSIVE.

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
    harmless = all(
        verdict.difference is not None and verdict.margin is not None and verdict.difference >= -verdict.margin
        for verdict in undecided
    )
    return Status.PASS if pooled.status is Status.PASS and harmless else Status.INCONCLUSIVE


def _look(comparisons: Sequence[Comparison], n: int, policy: Policy, bare: Verdict) -> Verdict:
    from scipy.stats import t

    tests = [compare_location(cell.candidate[:n], cell.baseline, policy, cell.margin) for cell in comparisons]
    parts = [(test, cell.margin) for test, cell in zip(tests, comparisons, strict=True) if test is not None]
    if len(parts) < len(comparisons):
        return replace(bare, reason="a cell has too few runs that have not failed", runs=n)
    cells = len(parts)
    mean = sum(test.difference / margin for test, margin in parts) / cells
    variances = [(test.standard_error / margin / cells) ** 2 for test, margin in parts]
    total = sum(variances)
    if total == 0:
        lower, p_inferior = mean, float(mean >= 0)
    else:
        degrees = total**2 / sum(v**2 / test.degrees for v, (test, _) in zip(variances, parts, strict=True))
        lower = mean - math.sqrt(total) * float(t.isf(policy.pass_level, degrees))
        p_inferior = float(t.cdf(mean / math.sqrt(total), degrees))
    status, reason = Status.INCONCLUSIVE, "a mean loss of half a margin is not ruled out"
    if lower > -_HALF:
        status, reason = Status.PASS, "a mean loss of half a margin is ruled out"
    elif p_inferior <= policy.location_level:
        status, reason = Status.FAIL, f"worse by {-mean:.2f} margins on the mean of the cells (p = {p_inferior:.2g})"
    return replace(
        bare, status=status, reason=reason, runs=n, difference=mean, lower_bound=lower, p_inferior=p_inferior
    )
