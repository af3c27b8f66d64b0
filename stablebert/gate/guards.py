"""The parts beside location and failed runs: spread, the mean of all runs, the second endpoint."""

import math
from statistics import fmean, stdev

from stablebert.gate.evidence import Rows
from stablebert.gate.part import Part, Says, alarm_part
from stablebert.gate.sides import Sides
from stablebert.stats import noninferiority, rank_sum_p_value, spread_p_value, spread_rank_p_value

_LEAST = 3
_ENDPOINTS = {"log_loss": "held-out log-loss", "training_loss": "training loss"}


def spread_part(sides: Sides) -> Part | None:
    """Return whether the runs that have not failed scatter more; None where there are too few.

    Both Brown and Forsythe's test and the rank sum of the distances from the median must say so: one far run carries
    the first at small levels.
    """
    ours, theirs = list(sides.scores.values()), list(sides.baseline_scores.values())
    if min(len(ours), len(theirs)) < _LEAST:
        return None
    level = sides.level(sides.policy.spread_share)
    p = spread_p_value(ours, theirs)
    if p <= level:
        p = max(p, spread_rank_p_value(ours, theirs))
    sd, baseline_sd = stdev(ours), stdev(theirs)
    words = f"standard deviation {sd:.2f}, in the baseline {baseline_sd:.2f}"
    return alarm_part("spread", words, sd, baseline_sd, p, level)


def all_runs_part(sides: Sides) -> Part | None:
    """Return whether the mean of all runs, failed ones at their score, keeps within a wide margin.

    A candidate must not buy a good mean of its other runs by failing on hard seeds. A failed run without a finite score
    counts 0. The wide margin is three margins, or half of what a failed run loses where that is more. It sets no alarm.

    Returns:
        None where no run has failed, there is no margin, or location is undecided.
    """
    if sides.margin is None or not sides.has_enough or not (sides.failed or sides.baseline_failed):
        return None
    lost = fmean(_score(row.test) for rows in (sides.ours, sides.theirs) for row in rows if row.failed)
    width = max(sides.policy.wide_margin * sides.margin, 0.5 * (fmean(sides.baseline_scores.values()) - lost))
    level = sides.level(sides.policy.alpha)
    ours, theirs = ([_score(row.test) for row in rows] for rows in (sides.ours, sides.theirs))
    test = noninferiority(ours, theirs, margin=width, alpha=level, pairing="moderated")
    seen = (test.difference, test.lower_bound, -width, test.p_value, level)
    if test.noninferior:
        return Part("all runs", Says.ALLOWS, f"with failed runs a loss of {width:.2f} points is ruled out", *seen)
    return Part("all runs", Says.WITHHOLDS, f"with failed runs a loss of {width:.2f} points is not ruled out", *seen)


def endpoint_part(sides: Sides) -> Part | None:
    """Return whether the second endpoint, lower is better, tends to be higher than the baseline's.

    It can withhold a PASS and sets no alarm.

    Returns:
        None where the policy names none, a value is not finite, or too few runs have not failed.
    """
    if sides.policy.endpoint not in _ENDPOINTS:
        return None
    ours, theirs = (_values(rows, sides.policy.endpoint) for rows in (sides.ours, sides.theirs))
    if min(len(ours), len(theirs)) < _LEAST or not all(map(math.isfinite, (*ours, *theirs))):
        return None
    name, level = _ENDPOINTS[sides.policy.endpoint], sides.level(sides.policy.endpoint_alpha)
    p = rank_sum_p_value(theirs, ours)
    means = (fmean(ours), None, fmean(theirs))
    words = f"{name} {means[0]:.3f}, in the baseline {means[2]:.3f}"
    if p <= level:
        return Part(name, Says.WITHHOLDS, f"{words}: higher (p = {p:.2g})", *means, p, level)
    return Part(name, Says.ALLOWS, words, *means, p, level)


def _score(test: float) -> float:
    return test if math.isfinite(test) else 0.0


def _values(rows: Rows, name: str) -> list[float]:
    return [getattr(row, name) for row in rows if not row.failed]
