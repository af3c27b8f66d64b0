"""The parts that guard the mean: lost runs and their rate, spread, the mean of all runs, the second endpoint."""

import math
import sys
from statistics import fmean, stdev

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
from stablebert.tables import number

_LEAST = 3
_ENDPOINTS = {"log_loss": HELD_OUT_LOSS, "training_loss": TRAINING_LOSS}


def guards_of(look: Look) -> list[Part | None]:
    """Return what every guard says, None where it says nothing of such a look."""
    guards = (failure_part, spread_part, failure_rate_part, all_runs_part, endpoint_part)
    return [guard(look) for guard in guards]


def failure_part(look: Look) -> Part:
    """Return whether more runs are lost than in the baseline, by the exact test of the cell."""
    lost, runs, baseline_lost, baseline_runs = look.counts
    level = look.level(look.policy.failure_share)
    words = f"{lost} of {runs} runs {_lost(look.collapsed[0])}, in the baseline {baseline_lost} of {baseline_runs}"
    return FAILED_RUNS.alarm(words, lost / runs, baseline_lost / baseline_runs, failure_p_value(*look.counts), level)


def failure_rate_part(look: Look) -> Part:
    """Return whether the upper 95 % bound of the rate of lost runs is in reach of the baseline's rate."""
    lost, runs, baseline_lost, baseline_runs = look.counts
    return below_ceiling(lost, runs, baseline_lost / baseline_runs + look.room)


def below_ceiling(failed: int, runs: int, ceiling: float) -> Part:
    """Return whether the upper bound (Clopper and Pearson) of a rate of lost runs stays below a ceiling.

    Args:
        failed: Lost runs, in [0, runs].
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
    """Return whether the sound runs scatter more; None where there are too few.

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
    shown, baseline_shown = (number(one, margin=look.margin) for one in (sd, baseline_sd))
    return SPREAD.alarm(f"standard deviation {shown}, in the baseline {baseline_shown}", sd, baseline_sd, p, level)


def all_runs_part(look: Look) -> Part | None:
    """Return whether the mean of all runs, lost ones at their score, keeps within a wide margin.

    A candidate must not buy a good mean of its other runs by failing on hard seeds. A failed run without a finite score
    counts 0. The wide margin is three margins, or half of what a lost run loses where that is more.

    Returns:
        None where no run is lost, there is no margin, or location is undecided.
    """
    if look.margin is None or not look.has_enough or not (look.summary.failed or look.baseline.failed):
        return None
    sides = (look.our_runs, look.their_runs)
    lost = fmean(_score(row.test) for rows in sides for row in rows if row.failed)
    width = max(look.policy.wide_margin * look.margin, 0.5 * (fmean(look.baseline_scores.values()) - lost))
    level = look.level(look.policy.alpha)
    ours, theirs = ([_score(row.test) for row in rows] for rows in sides)
    test = noninferiority(ours, theirs, margin=width, alpha=level, pairing="moderated", skewed=False)
    says, said = (Says.ALLOWS, "is") if test.noninferior else (Says.WITHHOLDS, "is not")
    words = f"with lost runs a loss of {number(width, margin=look.margin)} points {said} ruled out"
    return ALL_RUNS.part(says, words, test.difference, test.lower_bound, -width, test.p_value, level)


def endpoint_part(look: Look) -> Part | None:
    """Return whether the second endpoint, lower is better, tends to be higher than the baseline's.

    It withholds a PASS where that is shown, and alarms where it is shown at the alarm's level and the mean has moved
    far. A value that is not finite ranks as the worst there is.

    Returns:
        None where the policy names none, or too few runs are sound.
    """
    if look.policy.endpoint not in _ENDPOINTS:
        return None
    ours, theirs = (_values(rows, look.policy.endpoint) for rows in (look.our_runs, look.their_runs))
    if min(len(ours), len(theirs)) < _LEAST:
        return None
    endpoint, level = _ENDPOINTS[look.policy.endpoint], look.level(look.policy.endpoint_alpha)
    p = rank_sum_p_value(_ranked(theirs), _ranked(ours))
    mean, baseline_mean = _mean(ours), _mean(theirs)
    words = f"{endpoint.name} {_shown(mean)}, in the baseline {_shown(baseline_mean)}"
    seen = (mean, None, baseline_mean)
    if p > level:
        return endpoint.part(Says.ALLOWS, words, *seen, p, level)
    moved, alarm = _moved(ours, theirs), look.level(look.policy.endpoint_share)
    by = f" by {moved:.1f} of its standard deviations" if math.isfinite(moved) else ""
    words = f"{words}: higher{by} (p = {p:.2g})"
    if p <= alarm and moved > look.policy.endpoint_far:
        return endpoint.part(Says.ALARMS, words, *seen, p, alarm)
    return endpoint.part(Says.WITHHOLDS, words, *seen, p, level)


def _moved(ours: list[float], theirs: list[float]) -> float:
    """Return how far the mean lies above the baseline's, in its standard deviations; inf if that is not finite."""
    mean, finite = _mean(ours), [value for value in theirs if math.isfinite(value)]
    deviation = stdev(finite) if len(finite) > 1 else 0.0
    if mean is None or not deviation:
        return math.inf
    return (mean - fmean(finite)) / deviation


def _ranked(values: list[float]) -> list[float]:
    """Return finite values of the same order, one that is not finite above them all."""
    return [value if math.isfinite(value) else sys.float_info.max for value in values]


def _mean(values: list[float]) -> float | None:
    """Return the mean, None where a value is not finite, which JSON has no number for."""
    return fmean(values) if all(map(math.isfinite, values)) else None


def _shown(mean: float | None) -> str:
    return "not finite" if mean is None else f"{mean:.3f}"


def _lost(collapsed: int) -> str:
    return f"failed or collapsed ({collapsed} collapsed)" if collapsed else "failed"


def _score(test: float) -> float:
    return test if math.isfinite(test) else 0.0


def _values(rows: Rows, name: str) -> list[float]:
    return [getattr(row, name) for row in rows if not row.failed]
