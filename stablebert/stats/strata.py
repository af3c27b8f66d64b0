"""How much more often the runs of one arm fail than those of another, over several data sets."""

import math
from collections.abc import Sequence

from stablebert.stats.failed import upper_failure_rate


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


def _lower_rate(failed: int, runs: int, confidence: float) -> float:
    return 1 - upper_failure_rate(runs - failed, runs, confidence)
