"""How many seeds a claim needs, before any is spent, and how small a loss the seeds at hand could rule out.

A standard deviation from few runs is itself uncertain: from 20 runs its upper 80 % limit is 1.18 times the estimate.
Plans use that limit.
"""

import math
from collections.abc import Callable, Sequence

from stablebert.stats.contrasts import satterthwaite

# in so many cases an equal candidate is to pass: of a plan, an acceptance and a grid alike
POWER = 0.9
_MOST_RUNS = 1000
_LEAST = 3


def seeds_needed(
    candidate_sd: float, baseline_sd: float, baseline_runs: int, margin: float, *, alpha: float, power: float = 0.8
) -> int | None:
    """Return how many candidate seeds show non-inferiority with the given power if the true difference is 0.

    Args:
        candidate_sd: Standard deviation of the candidate's scores, >= 0.
        baseline_sd: Standard deviation of the baseline's scores, >= 0.
        baseline_runs: Runs in the baseline, >= 2.
        margin: In the unit of the scores, > 0.
        alpha: One-sided level.
        power: Wanted probability, in (0, 1).

    Returns:
        A number of seeds, >= 2, or None: with this baseline no number is enough.

    Example:
        >>> seeds_needed(1.0, 1.0, 20, 1.0, alpha=0.05)
        11
        >>> seeds_needed(1.0, 1.0, 20, 0.4, alpha=0.05) is None
        True
    """

    def enough(runs: int) -> bool:
        return _power(runs, candidate_sd, baseline_sd, baseline_runs, margin, alpha) >= power

    return _smallest(enough, least=2)


def detectable_margin(error: float, degrees: float, *, alpha: float, power: float = 0.8) -> float:
    """Return the smallest margin that would be shown with the given power if the true difference is 0.

    Args:
        error: Standard error of the difference, >= 0.
        degrees: Its degrees of freedom, > 0.
        alpha: One-sided level.
        power: Wanted probability.

    Example:
        >>> round(detectable_margin(1.0, 1e6, alpha=0.05), 2)
        2.49
    """
    from scipy.special import stdtrit

    return error * float(stdtrit(degrees, power) - stdtrit(degrees, alpha))


def upper_deviation(sd: float, runs: int, confidence: float = 0.8) -> float:
    """Return the upper confidence limit of a normal standard deviation, from the chi-square distribution.

    Args:
        sd: Estimate with runs - 1 degrees of freedom, >= 0.
        runs: Runs behind it, >= 2.
        confidence: One-sided, in (0, 1).

    Raises:
        ValueError: there are fewer than 2 runs.

    Example:
        >>> round(upper_deviation(1.0, 20), 2), round(upper_deviation(1.0, 5), 2)
        (1.18, 1.56)
    """
    from scipy.special import gammaincinv

    if runs < 2:
        raise ValueError(f"{runs} runs have no standard deviation; at least 2 are needed")
    return sd * math.sqrt((runs - 1) / 2 / float(gammaincinv((runs - 1) / 2, 1 - confidence)))


def baseline_needed(sd: float, margin: float, most_seeds: int, *, alpha: float, power: float) -> int | None:
    """Return the smallest baseline against which most_seeds candidate seeds show a margin with the power wanted.

    Args:
        sd: Standard deviation on both sides, >= 0.
        margin: In the unit of the scores, > 0.
        most_seeds: Candidate seeds at the most, >= 2.
        alpha: One-sided level.
        power: Wanted probability where nothing is lost.

    Returns:
        A number of runs, >= 3, or None: no baseline of up to 1,000 runs is enough.

    Example:
        >>> baseline_needed(1.0, 0.9, 20, alpha=0.0193, power=0.9)
        57
        >>> baseline_needed(1.0, 0.5, 20, alpha=0.0193, power=0.9) is None
        True
    """

    def enough(runs: int) -> bool:
        needed = seeds_needed(sd, sd, runs, margin, alpha=alpha, power=power)
        return needed is not None and needed <= most_seeds

    return _smallest(enough, least=_LEAST)


def balanced_runs(sd: float, margin: float, *, alpha: float, power: float) -> int | None:
    """Return the smallest n, in [3, 1000], for which n seeds against n baseline runs show a margin, or None.

    Example:
        >>> balanced_runs(1.0, 0.5, alpha=0.0193, power=0.9)
        91
    """

    def enough(runs: int) -> bool:
        needed = seeds_needed(sd, sd, runs, margin, alpha=alpha, power=power)
        return needed is not None and needed <= runs

    return _smallest(enough, least=_LEAST)


def equivalence_runs(deviations: Sequence[float], limit: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return the runs a side that show equivalence with at least the given power if the means are equal.

    Each of the two tests gets half of the probability to miss it, so the power is a lower bound.

    Args:
        deviations: Standard deviation of the differences of pairs (one value), or of the scores of each side (two),
            each >= 0.
        limit: In the unit of the scores, > 0.
        alpha: Level of each test.
        power: Wanted probability, in (0, 1).

    Returns:
        Runs a side, in [3, 1000]; 1000 also where more are needed.

    Raises:
        ValueError: there are not one or two deviations.

    Example:
        >>> equivalence_runs([1.0], 1.0), equivalence_runs([1.0, 1.0], 1.0)
        (11, 18)
    """
    if len(deviations) not in (1, 2):
        raise ValueError(f"{len(deviations)} standard deviations; wanted one (of pairs) or two (of the sides)")
    total, samples = sum(sd**2 for sd in deviations), len(deviations)
    for runs in range(_LEAST, _MOST_RUNS):
        degrees = samples * (runs - 1)
        shift = limit * math.sqrt(runs / total) if total else math.inf
        if _missed(degrees, shift, alpha) <= (1 - power) / 2:
            return runs
    return _MOST_RUNS


def _smallest(enough: Callable[[int], bool], least: int) -> int | None:
    """Return the smallest number of runs that is enough, given that all above it are, or None."""
    if not enough(_MOST_RUNS):
        return None
    low, high = least - 1, _MOST_RUNS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _power(n: int, candidate_sd: float, baseline_sd: float, m: int, margin: float, alpha: float) -> float:
    error, degrees = satterthwaite([(candidate_sd**2 / n, n - 1), (baseline_sd**2 / m, m - 1)])
    return 1.0 - _missed(degrees, margin / error, alpha) if error else 1.0


def _missed(degrees: float, shift: float, alpha: float) -> float:
    """Return the probability that a test at a level does not show a shift, in standard errors, that is there."""
    from scipy.special import nctdtr, stdtrit

    if shift == math.inf:
        return 0.0
    chance = float(nctdtr(degrees, shift, stdtrit(degrees, 1 - alpha)))
    # from 36 standard errors on it may be too small to be computed
    return 0.0 if math.isnan(chance) else chance
