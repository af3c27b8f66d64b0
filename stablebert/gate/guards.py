"""The parts that guard the mean: failed runs, spread, failure rate, the mean of all runs, the second endpoint."""

import math
from statistics import fmean, stdev

from stablebert.gate.anytime import anytime_failure_p_value
from stablebert.gate.evidence import Rows
from stablebert.gate.look import Look
from stablebert.gate.part import (
    ALL_RUNS,
    FAILED_RUNS,
    FAILURE_RATE,
    HELD_OUT_LOSS,
    SPREAD,
    TRAINING_LOSS,
    Part,
    Says,
)
from stablebert.stats import (
    failure_p_value,
    noninferiority,
    rank_sum_p_value,
    spread_p_value,
    spread_rank_p_value,
    upper_failure_rate,
)

_LEAST = 3
_ENDPOINTS = {"log_loss": HELD_OUT_LOSS, "training_loss": TRAINING_LOSS}


def guards_of(look: Look) -> list[Part | None]:
    """Return what every guard says, None where it says nothing of such a look."""
    guards = (failure_part, spread_part, failure_rate_part, all_runs_part, endpoint_part)
    return [guard(look) for guard in guards]


def failure_part(look: Look) -> Part:
    """Return whether more runs have failed than in the baseline, by the exact test of the cell."""
    failed, runs, baseline_failed, baseline_runs = look.counts
    level = look.evidence_level(look.policy.failure_share)
    p = anytime_failure_p_value(look) if look.policy.anytime else failure_p_value(*look.counts)
    words = f"{failed} of {runs} runs failed, in the baseline {baseline_failed} of {baseline_runs}"
    return FAILED_RUNS.alarm(words, failed / runs, baseline_failed / baseline_runs, p, level)


def failure_rate_part(look: Look) -> Part:
    """Return whether the failure rate's upper 95 % bound is in reach of the baseline's rate."""
    failed, runs, baseline_failed, baseline_runs = look.counts
    return below_ceiling(failed, runs, baseline_failed / baseline_runs + look.policy.failure_room)


def below_ceiling(failed: int, runs: int, ceiling: float) -> Part:
    """Return whether a failure rate's upper bound (Clopper and Pearson) stays below a ceiling.

    Args:
        failed: Failed runs, in [0, runs].
        runs: At least 1.
        ceiling: A rate, > 0.
    """
    upper = upper_failure_rate(failed, runs)
    seen = (failed / runs, upper, ceiling)
    if upper <= ceiling:
        return FAILURE_RATE.part(Says.ALLOWS, f"the failure rate is at most {100 * upper:.0f} %", *seen)
    words = f"the failure rate may be {100 * upper:.0f} %, above {100 * ceiling:.0f} %"
    return FAILURE_RATE.part(Says.WITHHOLDS, words, *seen)


def spread_part(look: Look) -> Part | None:
    """Return whether the runs that have not failed scatter more; None where there are too few.

    Both Brown and Forsythe's test and the rank sum of the distances from the median must say so: one far run carries
    the first at small levels.
    """
    ours, theirs = list(look.scores.values()), list(look.baseline_scores.values())
    if min(len(ours), len(theirs)) < _LEAST:
        return None
    level = look.level(look.policy.spread_share)
    p = spread_p_value(ours, theirs)
    if p <= level:
        p = max(p, spread_rank_p_value(ours, theirs))
    sd, baseline_sd = stdev(ours), stdev(theirs)
    return SPREAD.alarm(f"standard deviation {sd:.2f}, in the baseline {baseline_sd:.2f}", sd, baseline_sd, p, level)


def all_runs_part(look: Look) -> Part | None:
    """Return whether the mean of all runs, failed ones at their score, keeps within a wide margin.

    A candidate must not buy a good mean of its other runs by failing on hard seeds. A failed run without a finite score
    counts 0. The wide margin is three margins, or half of what a failed run loses where that is more.

    Returns:
        None where no run has failed, there is no margin, or location is undecided.
    """
    if look.margin is None or not look.has_enough or not (look.summary.failed or look.baseline.failed):
        return None
    lost = fmean(_score(row.test) for rows in (look.ours, look.theirs) for row in rows if row.failed)
    width = max(look.policy.wide_margin * look.margin, 0.5 * (fmean(look.baseline_scores.values()) - lost))
    level = look.level(look.policy.alpha)
    ours, theirs = ([_score(row.test) for row in rows] for rows in (look.ours, look.theirs))
    test = noninferiority(ours, theirs, margin=width, alpha=level, pairing="moderated")
    says, said = (Says.ALLOWS, "is") if test.noninferior else (Says.WITHHOLDS, "is not")
    words = f"with failed runs a loss of {width:.2f} points {said} ruled out"
    return ALL_RUNS.part(says, words, test.difference, test.lower_bound, -width, test.p_value, level)


def endpoint_part(look: Look) -> Part | None:
    """Return whether the second endpoint, lower is better, tends to be higher than the baseline's.

    Returns:
        None where the policy names none, a value is not finite, or too few runs have not failed.
    """
    if look.policy.endpoint not in _ENDPOINTS:
        return None
    ours, theirs = (_values(rows, look.policy.endpoint) for rows in (look.ours, look.theirs))
    if min(len(ours), len(theirs)) < _LEAST or not all(map(math.isfinite, (*ours, *theirs))):
        return None
    endpoint, level = _ENDPOINTS[look.policy.endpoint], look.level(look.policy.endpoint_alpha)
    p = rank_sum_p_value(theirs, ours)
    means = (fmean(ours), None, fmean(theirs))
    words = f"{endpoint.name} {means[0]:.3f}, in the baseline {means[2]:.3f}"
    if p <= level:
        return endpoint.part(Says.WITHHOLDS, f"{words}: higher (p = {p:.2g})", *means, p, level)
    return endpoint.part(Says.ALLOWS, words, *means, p, level)


def _score(test: float) -> float:
    return test if math.isfinite(test) else 0.0


def _values(rows: Rows, name: str) -> list[float]:
    return [getattr(row, name) for row in rows if not row.failed]
