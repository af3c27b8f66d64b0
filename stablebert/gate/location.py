"""The part that asks whether the runs that have not failed are as good as the baseline's."""

import math

from stablebert.gate.anytime import anytime_location
from stablebert.gate.look import Look
from stablebert.gate.part import LOCATION, Part, Says
from stablebert.stats import NonInferiority, anchor_helps, noninferiority, rank_sum_p_value

_LEAST_PAIRS = {"paired": 3, "anchored": 4}


def measure_location(look: Look) -> NonInferiority | None:
    """Return the test of the non-failed runs at the level of the look, or None where there are too few.

    Without a margin only its estimate, its bound and `p_inferior` mean anything.
    """
    if not look.has_enough:
        return None
    pairing = pairing_of(look)
    # all looks share the baseline's mean; differences of pairs share nothing
    level = look.policy.level(look.policy.alpha, None if pairing == "paired" else len(look.baseline_scores))
    margin = look.margin or 1.0
    location = noninferiority(look.scores, look.baseline_scores, margin=margin, alpha=level, pairing=pairing)
    return anytime_location(look, location, margin) if look.policy.anytime else location


def pairing_of(look: Look) -> str:
    """Return the estimate that the policy wants, as far as the seeds allow it."""
    wanted = look.policy.pairing
    if wanted == "auto":
        helps = look.pairs and anchor_helps(look.scores, look.baseline_scores)
        return "anchored" if helps else "moderated"
    return wanted if look.pairs >= _LEAST_PAIRS.get(wanted, 0) else "moderated"


def location_part(look: Look, location: NonInferiority | None) -> Part:
    """Return what location says: a PASS by non-inferiority, an alarm by inferiority in the mean and in the ranks.

    The rank sum stands beside the alarm since t at levels of 1e-4 errs more often under skewed or mixed scores.

    Args:
        look: The look.
        location: As from `measure_location`.
    """
    if location is None:
        words = f"fewer than {look.policy.least_runs} runs on a side have not failed"
        return LOCATION.part(Says.UNDECIDED, words)
    if look.margin is None:
        return _without_margin(look, location)
    seen = (location.difference, _finite(location.lower_bound), -look.margin)
    level, alarm = (look.evidence_level(share) for share in (look.policy.alpha, look.policy.location_share))
    if location.noninferior:
        words = f"a loss of {look.margin:.2f} points is ruled out"
        return LOCATION.part(Says.ALLOWS, words, *seen, location.p_value, level)
    p = _p_inferior(look, location, alarm)
    if p <= alarm:
        return LOCATION.part(Says.ALARMS, f"{-location.difference:.2f} points worse (p = {p:.2g})", *seen, p, alarm)
    words = f"a loss of {look.margin:.2f} points is not ruled out"
    return LOCATION.part(Says.WITHHOLDS, words, *seen, location.p_value, level)


def _without_margin(look: Look, location: NonInferiority) -> Part:
    """Return what location says where nobody knows how large a loss matters: it withholds a PASS from a shown one."""
    seen = (location.difference, _finite(location.lower_bound), None)
    level = look.evidence_level(look.policy.endpoint_alpha)
    p = _p_inferior(look, location, level)
    if p <= level:
        words = f"{-location.difference:.2f} points worse (p = {p:.2g}), and no margin says whether that matters"
        return LOCATION.part(Says.WITHHOLDS, words, *seen, p, level)
    return LOCATION.part(Says.ALLOWS, "its mean is reported, not gated: it has no margin", *seen, p, level)


def _p_inferior(look: Look, location: NonInferiority, level: float) -> float:
    """Return the p-value of a lower mean: that of t, or where it reaches the level the larger of t's and the ranks'."""
    if location.p_inferior > level:
        return location.p_inferior
    ranks = rank_sum_p_value(list(look.scores.values()), list(look.baseline_scores.values()))
    return max(location.p_inferior, ranks)


def _finite(bound: float) -> float | None:
    # at the first looks of an e-process nothing is ruled out yet, and JSON has no infinity
    return bound if math.isfinite(bound) else None
