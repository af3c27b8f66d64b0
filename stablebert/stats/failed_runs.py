"""Failed runs, counted and never averaged away: whether one side fails more often, and by how much."""

import math
from collections.abc import Sequence

# possible tables beyond which Boschloo's test takes seconds
_MOST_TABLES = 20_000
# outcomes whose p-values are equal but for it are equally extreme
_ROUNDING = 1e-9
# at how many rates a chance is looked at, and how often more closely about the largest
_RATES, _ROUNDS = 401, 3


def failure_p_value(failed: int, runs: int, baseline_failed: int, baseline_runs: int) -> float:
    """Return the one-sided exact p-value that a candidate fails no more often than its baseline.

    Boschloo's test; Fisher's, which is a little weaker, where runs x baseline runs exceed 20,000.

    Args:
        failed: Failed candidate runs, in [0, runs].
        runs: Candidate runs, >= 1.
        baseline_failed: Failed baseline runs, in [0, baseline_runs].
        baseline_runs: Baseline runs, >= 1.

    Raises:
        ValueError: a count is outside its range.

    Example:
        >>> round(failure_p_value(5, 5, 0, 20), 6) < 0.001 < failure_p_value(1, 5, 0, 20)
        True
    """
    _check(failed, runs)
    _check(baseline_failed, baseline_runs)
    if failed * baseline_runs <= baseline_failed * runs:
        return 1.0
    fisher = pooled_failure_p_value([(failed, runs, baseline_failed, baseline_runs)])
    if runs * baseline_runs > _MOST_TABLES:
        return fisher
    return _largest_chance(_as_extreme(fisher, runs, baseline_runs), runs, baseline_runs)


def pooled_failure_p_value(strata: Sequence[tuple[int, int, int, int]]) -> float:
    """Return the one-sided exact p-value that a candidate fails no more often than its baseline in any stratum.

    The failures of all strata are added, given how many runs and failures each stratum has on both sides together: a
    convolution of hypergeometric distributions (the exact form of Mantel and Haenszel's test; one stratum: Fisher's).

    Args:
        strata: (failed, runs, baseline failed, baseline runs), as `failure_p_value` takes them; at least one.

    Raises:
        ValueError: a count is outside its range, or there is no stratum.

    Example:
        >>> pooled_failure_p_value([(1, 5, 0, 20)] * 3) < 0.01 < pooled_failure_p_value([(1, 5, 0, 20)])
        True
    """
    import numpy as np

    if not strata:
        raise ValueError("failed runs need at least one stratum")
    chances = np.ones(1)
    for failed, runs, baseline_failed, baseline_runs in strata:
        _check(failed, runs)
        _check(baseline_failed, baseline_runs)
        chances = np.convolve(chances, _hypergeometric(failed + baseline_failed, runs, baseline_runs))
    observed = sum(stratum[0] for stratum in strata)
    return min(1.0, float(chances[observed:].sum()))


def upper_failure_rate(failed: int, runs: int, confidence: float = 0.95) -> float:
    """Return the one-sided Clopper-Pearson upper bound of a failure rate, in [0, 1].

    Example:
        >>> round(upper_failure_rate(0, 5), 2)
        0.45
    """
    _check(failed, runs)
    if failed == runs:
        return 1.0
    from scipy.special import betaincinv

    return float(betaincinv(failed + 1, runs - failed, confidence))


def failure_difference(
    strata: Sequence[tuple[int, int, int, int]], confidence: float = 0.95
) -> tuple[float, float, float]:
    """Return the plain mean over data sets of the first arm's failure rate less the second's, with bounds.

    Each rate's Clopper-Pearson bound is added in squares (Newcombe's square-and-add); a bound is one-sided.

    Args:
        strata: (failed, runs, other failed, other runs), one a data set, as `pooled_failure_p_value` takes them.
        confidence: Of each bound.

    Returns:
        Difference, lower and upper bound, in [-1, 1].

    Raises:
        ValueError: a count is outside its range, or there is no stratum.

    Example:
        >>> [round(value, 2) for value in failure_difference([(0, 20, 2, 20)])]
        [-0.1, -0.28, 0.06]
    """
    if not strata:
        raise ValueError("failed runs need at least one stratum")
    rates = [
        (sign / len(strata), failed, runs)
        for ours, our_runs, theirs, their_runs in strata
        for sign, failed, runs in ((1, ours, our_runs), (-1, theirs, their_runs))
    ]
    bounds = [
        (_lower_rate(failed, runs, confidence), upper_failure_rate(failed, runs, confidence))
        for _, failed, runs in rates
    ]
    value = math.fsum(weight * failed / runs for weight, failed, runs in rates)
    below, above = 0.0, 0.0
    for (weight, failed, runs), (lower, upper) in zip(rates, bounds, strict=True):
        down, up = failed / runs - lower, upper - failed / runs
        below += (weight * (down if weight > 0 else up)) ** 2
        above += (weight * (up if weight > 0 else down)) ** 2
    return value, max(-1.0, value - math.sqrt(below)), min(1.0, value + math.sqrt(above))


def _as_extreme(fisher: float, runs: int, baseline_runs: int) -> list[int]:
    """Return for 0, 1, ... failed runs the most baseline failures that Fisher's test finds as extreme; -1: none."""
    limit, most, found = fisher * (1 + _ROUNDING), -1, []
    for failed in range(runs + 1):
        while most < baseline_runs and pooled_failure_p_value([(failed, runs, most + 1, baseline_runs)]) <= limit:
            most += 1
        found.append(most)
    return found


def _largest_chance(most: Sequence[int], runs: int, baseline_runs: int) -> float:
    """Return the chance of 0, 1, ... failed runs with at most so many in the baseline, at its worst rate."""
    import numpy as np
    from scipy.special import bdtr, gammaln, xlog1py, xlogy

    failed = np.array([ours for ours, theirs in enumerate(most) if theirs >= 0])
    theirs = np.array([theirs for theirs in most if theirs >= 0])
    ways = gammaln(runs + 1) - gammaln(failed + 1) - gammaln(runs - failed + 1)
    angles, chance = np.linspace(0, np.pi / 2, _RATES), 0.0
    for _ in range(_ROUNDS):
        rates = np.sin(angles[:, None]) ** 2
        ours = np.exp(ways + xlogy(failed, rates) + xlog1py(runs - failed, -rates))
        chances = (ours * bdtr(theirs, baseline_runs, rates)).sum(1)
        place = int(chances.argmax())
        chance = max(chance, float(chances[place]))
        angles = np.linspace(angles[max(place - 1, 0)], angles[min(place + 1, _RATES - 1)], _RATES)
    return min(1.0, chance)


def _hypergeometric(failed: int, runs: int, other_runs: int) -> list[float]:
    """Return the probability that 0, 1, ... of `runs` are among all failures, each of both sides equally likely so."""
    ways = math.comb(runs + other_runs, runs)
    least, most = max(0, failed - other_runs), min(failed, runs)
    possible = [
        math.comb(failed, ours) * math.comb(runs + other_runs - failed, runs - ours) / ways
        for ours in range(least, most + 1)
    ]
    return [*[0.0] * least, *possible, *[0.0] * (runs - most)]


def _lower_rate(failed: int, runs: int, confidence: float) -> float:
    _check(failed, runs)
    return 1 - upper_failure_rate(runs - failed, runs, confidence)


def _check(failed: int, runs: int) -> None:
    if runs < 1 or not 0 <= failed <= runs:
        raise ValueError(f"{failed} failed of {runs} runs: wanted at least one run and no more failures than runs")
