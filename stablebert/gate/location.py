"""The part that asks whether the runs that have not failed are as good as the baseline's."""

import math

from stablebert.gate.anytime import anytime_location
from stablebert.gate.part import Part, Says
from stablebert.gate.sides import Sides
from stablebert.stats import NonInferiority, anchor_helps, noninferiority, rank_sum_p_value

NAME = "location"
_LEAST_PAIRS = {"paired": 3, "anchored": 4}


def measure_location(sides: Sides) -> NonInferiority | None:
    """Return the test of the non-failed runs at the level of the look, or None where there are too few.

    Without a margin only its estimate, its bound and `p_inferior` mean anything.
    """
    if not sides.has_enough:
        return None
    pairing = pairing_of(sides)
    # all looks share the baseline's mean; differences of pairs share nothing
    level = sides.policy.level(sides.policy.alpha, None if pairing == "paired" else len(sides.baseline_scores))
    margin = sides.margin or 1.0
    location = noninferiority(sides.scores, sides.baseline_scores, margin=margin, alpha=level, pairing=pairing)
    return anytime_location(sides, location, margin) if sides.policy.anytime else location


def pairing_of(sides: Sides) -> str:
    """Return the estimate that the policy wants, as far as the seeds allow it."""
    wanted = sides.policy.pairing
    if wanted == "auto":
        helps = sides.pairs and anchor_helps(sides.scores, sides.baseline_scores)
        return "anchored" if helps else "moderated"
    return wanted if sides.pairs >= _LEAST_PAIRS.get(wanted, 0) else "moderated"


def location_part(sides: Sides, location: NonInferiority | None) -> Part:
    """Return what location says: a PASS by non-inferiority, an alarm by inferiority in the mean and in the ranks.

    The rank sum stands beside the alarm since t at levels of 1e-4 errs more often under skewed or mixed scores.

    Args:
        sides: The look.
        location: As from `measure_location`.
    """
    if location is None:
        words = f"fewer than {sides.policy.least_runs} runs on a side have not failed"
        return Part(NAME, Says.UNDECIDED, words)
    if sides.margin is None:
        return _without_margin(sides, location)
    seen = (location.difference, _finite(location.lower_bound), -sides.margin)
    level, alarm = (sides.evidence_level(share) for share in (sides.policy.alpha, sides.policy.location_share))
    if location.noninferior:
        words = f"a loss of {sides.margin:.2f} points is ruled out"
        return Part(NAME, Says.ALLOWS, words, *seen, location.p_value, level)
    p = _p_inferior(sides, location, alarm)
    if p <= alarm:
        return Part(NAME, Says.ALARMS, f"{-location.difference:.2f} points worse (p = {p:.2g})", *seen, p, alarm)
    words = f"a loss of {sides.margin:.2f} points is not ruled out"
    return Part(NAME, Says.WITHHOLDS, words, *seen, location.p_value, level)


def _without_margin(sides: Sides, location: NonInferiority) -> Part:
    """Return what location says where nobody knows how large a loss matters: it withholds a PASS from a shown one."""
    seen = (location.difference, _finite(location.lower_bound), None)
    level = sides.evidence_level(sides.policy.endpoint_alpha)
    p = _p_inferior(sides, location, level)
    if p <= level:
        words = f"{-location.difference:.2f} points worse (p = {p:.2g}), and no margin says whether that matters"
        return Part(NAME, Says.WITHHOLDS, words, *seen, p, level)
    return Part(NAME, Says.ALLOWS, "its mean is reported, not gated: it has no margin", *seen, p, level)


def _p_inferior(sides: Sides, location: NonInferiority, level: float) -> float:
    """Return the p-value of a lower mean: that of t, or where it reaches the level the larger of t's and the ranks'."""
    if location.p_inferior > level:
        return location.p_inferior
    ranks = rank_sum_p_value(list(sides.scores.values()), list(sides.baseline_scores.values()))
    return max(location.p_inferior, ranks)


def _finite(bound: float) -> float | None:
    # at the first looks of an e-process nothing is ruled out yet, and JSON has no infinity
    return bound if math.isfinite(bound) else None
