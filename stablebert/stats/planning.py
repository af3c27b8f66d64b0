"""Planning: what seeds a margin needs, before any is spent, from a few stored runs.

A standard deviation from few runs is itself uncertain: from 20 runs its upper 80 % limit is 1.18 times the estimate.
Plans use that limit.
"""

import math
from collections.abc import Callable

from stablebert.stats.power import seeds_needed

_MOST_RUNS = 1000
_LEAST = 3


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
    from scipy.stats import chi2

    if runs < 2:
        raise ValueError(f"{runs} runs have no standard deviation; at least 2 are needed")
    return sd * math.sqrt((runs - 1) / float(chi2.ppf(1 - confidence, runs - 1)))


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

    return _smallest(enough)


def balanced_runs(sd: float, margin: float, *, alpha: float, power: float) -> int | None:
    """Return the smallest n for which n candidate seeds against n baseline runs show a margin; else as above.

    Example:
        >>> balanced_runs(1.0, 0.5, alpha=0.0193, power=0.9)
        91
    """

    def enough(runs: int) -> bool:
        needed = seeds_needed(sd, sd, runs, margin, alpha=alpha, power=power)
        return needed is not None and needed <= runs

    return _smallest(enough)


def _smallest(enough: Callable[[int], bool]) -> int | None:
    """Return the smallest number of runs that is enough, given that all above it are, or None."""
    if not enough(_MOST_RUNS):
        return None
    low, high = _LEAST - 1, _MOST_RUNS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
