"""One look: exactly these runs against the baseline's, and what they show."""

from dataclasses import replace
from statistics import fmean, stdev

from stablebert.gate.evidence import Rows, are_identical, problem_with, share_streams
from stablebert.gate.policy import Policy
from stablebert.gate.verdict import Status, Verdict
from stablebert.stats import (
    NonInferiority,
    detectable_margin,
    failure_p_value,
    noninferiority,
    seeds_needed,
    spread_p_value,
    upper_failure_rate,
)


def compare_location(candidate: Rows, baseline: Rows, policy: Policy, margin: float) -> NonInferiority | None:
    """Return the test of the non-failed runs at the policy's level, or None where there are too few."""
    ours = {row.seed: row.test for row in candidate if not row.failed}
    theirs = {row.seed: row.test for row in baseline if not row.failed}
    if min(len(ours), len(theirs)) < policy.least_runs:
        return None
    # too few pairs left by failed runs say less than two samples do
    pairs = len(ours.keys() & theirs.keys()) if share_streams(candidate, baseline) else 0
    pairing = policy.pairing if pairs >= policy.least_runs else "welch"
    return noninferiority(ours, theirs, margin=margin, alpha=policy.pass_level, pairing=pairing)


def look_at(ours: Rows, theirs: Rows, policy: Policy, bare: Verdict) -> Verdict:
    """Return what exactly these rows say, whatever else is stored.

    Args:
        ours: Candidate rows of the look, in seed order.
        theirs: The baseline's rows.
        policy: The rule.
        bare: A verdict with the cell's name and margin, to be filled in.
    """
    problem = problem_with("candidate", ours)
    if problem:
        return replace(bare, reason=problem)
    if are_identical(ours, theirs):
        reason = f"identical, {len(ours)} seeds"
        return replace(bare, status=Status.PASS, reason=reason, runs=len(ours), pairing="identical")
    failed, baseline_failed = (sum(row.failed for row in rows) for rows in (ours, theirs))
    scores, baseline_scores = ([row.test for row in rows if not row.failed] for rows in (ours, theirs))
    p_failures = failure_p_value(failed, len(ours), baseline_failed, len(theirs))
    location = compare_location(ours, theirs, policy, bare.margin) if bare.margin else None
    reported = location or compare_location(ours, theirs, policy, 1.0)
    seen = replace(
        bare,
        runs=len(ours),
        failed=failed,
        baseline_failed=baseline_failed,
        mean=fmean(scores) if scores else None,
        sd=stdev(scores) if len(scores) > 1 else None,
        baseline_mean=fmean(baseline_scores) if baseline_scores else None,
        baseline_sd=stdev(baseline_scores) if len(baseline_scores) > 1 else None,
        p_failures=p_failures,
        p_spread=spread_p_value(scores, baseline_scores) if min(len(scores), len(baseline_scores)) >= 3 else None,
    )
    if reported is not None:
        seen = replace(
            seen,
            difference=reported.difference,
            lower_bound=reported.lower_bound,
            p_value=location.p_value if location else None,
            p_inferior=reported.p_inferior,
            detectable=detectable_margin(reported.standard_error, reported.degrees, alpha=policy.pass_level),
            pairing=reported.pairing,
        )
    status, reason = _decide(seen, location, policy)
    if status is not Status.INCONCLUSIVE or location is None:
        return replace(seen, status=status, reason=reason)
    needed = _seeds_needed(seen, location, policy)
    return replace(seen, status=status, reason=reason + _outlook(needed, seen, policy), seeds_needed=needed)


def _decide(seen: Verdict, location: NonInferiority | None, policy: Policy) -> tuple[Status, str]:
    if seen.p_failures is not None and seen.p_failures <= policy.failure_level:
        counts = (
            f"{seen.failed} of {seen.runs} runs failed, in the baseline {seen.baseline_failed} of {seen.baseline_runs}"
        )
        return Status.FAIL, f"{counts} (p = {seen.p_failures:.2g})"
    if location is None and seen.difference is None:
        return Status.INCONCLUSIVE, f"fewer than {policy.least_runs} runs on a side have not failed"
    if location is None:
        return Status.INCONCLUSIVE, "no margin for this cell: its mean is reported, not gated"
    if not location.noninferior and location.p_inferior <= policy.location_level:
        return Status.FAIL, f"{-location.difference:.2f} points worse (p = {location.p_inferior:.2g})"
    if not location.noninferior:
        return Status.INCONCLUSIVE, f"a loss of {seen.margin:.2f} points is not ruled out"
    ceiling = _failure_ceiling(seen, policy)
    upper = upper_failure_rate(seen.failed, seen.runs)
    if upper > ceiling:
        return Status.INCONCLUSIVE, f"the failure rate may be {100 * upper:.0f} %, above {100 * ceiling:.0f} %"
    return Status.PASS, f"a loss of {seen.margin:.2f} points is ruled out"


def _failure_ceiling(seen: Verdict, policy: Policy) -> float:
    return seen.baseline_failed / seen.baseline_runs + policy.failure_room


def _seeds_needed(seen: Verdict, location: NonInferiority, policy: Policy) -> int | None:
    """Return the seeds that would mostly decide: the mean if nothing is lost, failures if no further run fails."""
    if location.noninferior:
        ceiling, more = _failure_ceiling(seen, policy), range(seen.runs + 1, 1000)
        return next((runs for runs in more if upper_failure_rate(seen.failed, runs) <= ceiling), None)
    return None if seen.margin is None else _seeds_to_show(seen.margin, seen, policy)


def _seeds_to_show(distance: float, seen: Verdict, policy: Policy) -> int | None:
    """Return the seeds that mostly rule a loss out that lies this far, in points, beyond the true one."""
    if seen.sd is None or seen.baseline_sd is None or distance <= 0:
        return None
    left = seen.baseline_runs - seen.baseline_failed
    return seeds_needed(seen.sd, seen.baseline_sd, left, distance, alpha=policy.pass_level)


def _outlook(needed: int | None, seen: Verdict, policy: Policy) -> str:
    if needed is None:
        return "; no number of seeds would decide it with this baseline"
    if needed > seen.runs:
        return f"; about {needed} seeds would{_beyond(needed, policy)}"
    spent = f"; were nothing lost, {needed} seeds would mostly have shown it: the loss may be real"
    if seen.margin is None or seen.difference is None:
        return spent
    more = _seeds_to_show(seen.margin + seen.difference, seen, policy)
    if more is None or more <= seen.runs:
        return spent
    return f"{spent}; if it is {-seen.difference:.2f} points, about {more} seeds would{_beyond(more, policy)}"


def _beyond(seeds: int, policy: Policy) -> str:
    return f", more than the {policy.looks[-1]} of the last look" if seeds > policy.looks[-1] else ""
