"""Failed runs of two arms over several data sets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stablebert.stats.failed import upper_failure_rate


@dataclass(frozen=True)
class Counts:
    """Failed runs of two arms on one data set.

    Attributes:
        failed: Of the first arm, in [0, runs].
        runs: At least 1.
        other_failed: Of the second arm, in [0, other_runs].
        other_runs: At least 1.

    Raises:
        ValueError: a count is outside its range.
    """

    failed: int
    runs: int
    other_failed: int
    other_runs: int

    def __post_init__(self) -> None:
        for failed, runs in ((self.failed, self.runs), (self.other_failed, self.other_runs)):
            if runs < 1 or not 0 <= failed <= runs:
                raise ValueError(f"{failed} failed of {runs} runs: wanted 1 run or more and no more failures than runs")

    @property
    def swapped(self) -> "Counts":
        """The same with the arms in the other order."""
        return Counts(self.other_failed, self.other_runs, self.failed, self.runs)


def stratified_failure_p_value(strata: Sequence[Counts]) -> float:
    """Return the one-sided exact p-value that the first arm fails no more often than the second on any data set.

    Given how many runs failed on each data set, the first arm's number is hypergeometric there, and the sum over the
    data sets is compared: Fisher's test, stratified.

    Args:
        strata: One a data set, at least one.

    Example:
        >>> round(stratified_failure_p_value([Counts(2, 20, 0, 20), Counts(0, 20, 0, 20)]), 4)
        0.2436
    """
    import numpy as np
    from scipy.stats import hypergeom

    chances = np.ones(1)
    for one in strata:
        total = one.failed + one.other_failed
        drawn = np.arange(total + 1)
        chances = np.convolve(chances, hypergeom.pmf(drawn, one.runs + one.other_runs, total, one.runs))
    return min(1.0, float(chances[sum(one.failed for one in strata) :].sum()))


def failure_difference(strata: Sequence[Counts], confidence: float = 0.95) -> tuple[float, float, float]:
    """Return the plain mean over data sets of the first arm's failure rate less the second's, with bounds.

    Each rate's Clopper-Pearson bound is added in squares (Newcombe's square-and-add); a bound is one-sided.

    Args:
        strata: One a data set, at least one.
        confidence: Of each bound.

    Returns:
        Difference, lower and upper bound, in [-1, 1].

    Example:
        >>> [round(value, 2) for value in failure_difference([Counts(0, 20, 2, 20)])]
        [-0.1, -0.28, 0.06]
    """
    rates = [
        (sign / len(strata), failed, runs)
        for one in strata
        for sign, failed, runs in ((1, one.failed, one.runs), (-1, one.other_failed, one.other_runs))
    ]
    value = math.fsum(weight * failed / runs for weight, failed, runs in rates)
    below, above = 0.0, 0.0
    for weight, failed, runs in rates:
        rate = failed / runs
        down, up = rate - _lower_rate(failed, runs, confidence), upper_failure_rate(failed, runs, confidence) - rate
        below += (weight * (down if weight > 0 else up)) ** 2
        above += (weight * (up if weight > 0 else down)) ** 2
    return value, max(-1.0, value - math.sqrt(below)), min(1.0, value + math.sqrt(above))


def _lower_rate(failed: int, runs: int, confidence: float) -> float:
    return 1 - upper_failure_rate(runs - failed, runs, confidence)
