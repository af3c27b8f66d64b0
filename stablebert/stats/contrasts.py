r"""A weighted sum of independent means, known by mean, standard deviation and number of runs alone.

With weights w_i the estimate is sum w_i m_i, its variance sum w_i^2 s_i^2 / n_i, its degrees of freedom those of Welch
and Satterthwaite. Weights 1 and -1 are Welch's test. Arms that share their seeds are mostly correlated above 0, and the
test is then conservative.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev


@dataclass(frozen=True)
class Sample:
    """What a paper prints of the runs of a cell.

    Attributes:
        mean: Of all runs.
        sd: Sample standard deviation, >= 0.
        runs: At least 2.

    Raises:
        ValueError: a value is not finite or outside its range.
    """

    mean: float
    sd: float
    runs: int

    def __post_init__(self) -> None:
        if self.runs < 2:
            raise ValueError(f"a spread needs at least 2 runs, not {self.runs}")
        if not (math.isfinite(self.mean) and math.isfinite(self.sd) and self.sd >= 0):
            raise ValueError(f"mean {self.mean} and standard deviation {self.sd} must be finite, the latter >= 0")


@dataclass(frozen=True)
class Estimate:
    """An estimate that follows a t distribution about the truth.

    Attributes:
        value: The estimate.
        standard_error: Its standard error, >= 0; 0 where nothing varies.
        degrees: Degrees of freedom, > 0.
    """

    value: float
    standard_error: float
    degrees: float

    def p_above(self, threshold: float) -> float:
        """Return the one-sided p-value of the hypothesis that the truth is at most the threshold."""
        from scipy.special import stdtr

        if self.standard_error == 0:
            return float(self.value <= threshold)
        return float(stdtr(self.degrees, (threshold - self.value) / self.standard_error))

    def p_below(self, threshold: float) -> float:
        """Return the one-sided p-value of the hypothesis that the truth is at least the threshold."""
        return Estimate(-self.value, self.standard_error, self.degrees).p_above(-threshold)

    def bounds(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the lower and the upper bound, each one-sided at the confidence given."""
        from scipy.special import stdtrit

        half = self.standard_error * float(stdtrit(self.degrees, confidence))
        return self.value - half, self.value + half


def sample_of(values: Sequence[float]) -> Sample:
    """Return what is printed of raw values.

    Raises:
        ValueError: there are fewer than 2, or one is not finite.

    Example:
        >>> sample_of([1.0, 2.0, 3.0])
        Sample(mean=2.0, sd=1.0, runs=3)
    """
    if len(values) < 2 or not all(map(math.isfinite, values)):
        raise ValueError(f"a sample needs at least 2 finite values, not {list(values)}")
    return Sample(fmean(values), stdev(values), len(values))


def contrast(terms: Sequence[tuple[float, Sample]]) -> Estimate:
    """Return the estimate of a weighted sum of means.

    Args:
        terms: Weight, not 0, and sample of each independent mean; at least one.

    Raises:
        ValueError: there is no term, or a weight is 0.

    Example:
        >>> found = contrast([(1, Sample(90.0, 1.0, 20)), (-1, Sample(89.0, 1.0, 20))])
        >>> found.value, round(found.standard_error, 4), round(found.degrees, 4)
        (1.0, 0.3162, 38.0)
    """
    if not terms or any(weight == 0 for weight, _ in terms):
        raise ValueError(
            f"a contrast needs weights other than 0, at least one; given {[weight for weight, _ in terms]}"
        )
    parts = [(weight**2 * one.sd**2 / one.runs, one.runs - 1) for weight, one in terms]
    value = math.fsum(weight * one.mean for weight, one in terms)
    return Estimate(value, *satterthwaite(parts))


def satterthwaite(terms: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the standard error and degrees of freedom of a sum of independent estimates.

    With variances v of degrees d: sqrt(sum v) and (sum v)^2 / sum(v^2 / d).

    Args:
        terms: Variance, >= 0, and degrees of freedom, > 0, of each estimate; at least one.

    Example:
        >>> satterthwaite([(0.5, 19), (0.5, 19)])
        (1.0, 38.0)
    """
    total = math.fsum(variance for variance, _ in terms)
    if total == 0:
        return 0.0, float(min(degrees for _, degrees in terms))
    # shares, since the square of a small variance would be 0
    return math.sqrt(total), 1 / math.fsum((variance / total) ** 2 / degrees for variance, degrees in terms)
