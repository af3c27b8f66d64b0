"""One look: exactly these runs against the baseline's, part by part, and what they show together."""

import math
from dataclasses import replace
from statistics import fmean, stdev

from stablebert.gate.evidence import are_identical, problem_between, problem_with
from stablebert.gate.failures import failure_cap_part, failure_part
from stablebert.gate.guards import all_runs_part, endpoint_part, spread_part
from stablebert.gate.location import location_part, measure_location
from stablebert.gate.part import Part, Says, deciding
from stablebert.gate.sides import Sides
from stablebert.gate.verdict import Status, Verdict
from stablebert.stats import NonInferiority, detectable_margin


def look_at(sides: Sides, bare: Verdict) -> Verdict:
    """Return what exactly these rows say, whatever else is stored.

    Args:
        sides: The look.
        bare: A verdict with the cell's name and margin, to be filled in.
    """
    problem = problem_with("candidate", sides.ours) or problem_between(sides.ours, sides.theirs)
    if problem:
        return replace(bare, reason=problem)
    if are_identical(sides.ours, sides.theirs):
        counted = replace(bare, runs=len(sides.ours), failed=sides.failed, baseline_failed=sides.baseline_failed)
        return replace(counted, status=Status.PASS, reason=f"identical, {len(sides.ours)} seeds", pairing="identical")
    location = measure_location(sides)
    parts = parts_of(sides, location)
    part = deciding(parts)
    status, reason = Status.PASS, next(part.words for part in parts if part.name == "location")
    if part is not None:
        status = Status.FAIL if part.says is Says.ALARMS else Status.INCONCLUSIVE
        reason = part.words
    decided_by = part.name if part else "location"
    return replace(_described(bare, sides, location), status=status, reason=reason, parts=parts, decided_by=decided_by)


def parts_of(sides: Sides, location: NonInferiority | None) -> tuple[Part, ...]:
    """Return what the parts say, in the order in which one decides: alarms first, then what withholds a PASS."""
    parts = (
        failure_part(sides),
        location_part(sides, location),
        spread_part(sides),
        failure_cap_part(sides),
        all_runs_part(sides),
        endpoint_part(sides),
    )
    return tuple(part for part in parts if part is not None)


def _described(bare: Verdict, sides: Sides, location: NonInferiority | None) -> Verdict:
    scores, baseline_scores = list(sides.scores.values()), list(sides.baseline_scores.values())
    seen = replace(
        bare,
        runs=len(sides.ours),
        failed=sides.failed,
        baseline_failed=sides.baseline_failed,
        mean=fmean(scores) if scores else None,
        sd=stdev(scores) if len(scores) > 1 else None,
        baseline_mean=fmean(baseline_scores) if baseline_scores else None,
        baseline_sd=stdev(baseline_scores) if len(baseline_scores) > 1 else None,
        correlation=sides.correlation,
    )
    if location is None:
        return seen
    return replace(
        seen,
        difference=location.difference,
        lower_bound=location.lower_bound if math.isfinite(location.lower_bound) else None,
        p_value=location.p_value if sides.margin is not None else None,
        p_inferior=location.p_inferior,
        detectable=detectable_margin(location.standard_error, location.degrees, alpha=sides.level(sides.policy.alpha)),
        pairing=location.pairing,
    )
