r"""Whether a mean is lower: non-inferiority with a margin, of one difference or of the plain mean of several.

With Delta = mean(candidate) - mean(baseline), higher is better, the hypothesis to reject is Delta <= -margin. The
candidate is non-inferior if the lower (1 - alpha) confidence bound of Delta lies above -margin. A test that merely
fails to find a difference shows nothing of the kind.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from stablebert.stats.contrasts import satterthwaite
from stablebert.stats.skewness import corrected, skewness_of_difference, uncorrected

# variance of the candidate over the baseline's above which the two are not pooled
MOST_RATIO = 1.25

Scores = Sequence[float] | Mapping[int, float] | Mapping[str, float] | np.ndarray


@dataclass(frozen=True)
class NonInferiority:
    """The outcome of one test; differences in the unit of the scores.

    Attributes:
        difference: Estimate of mean(candidate) - mean(baseline).
        standard_error: Of the estimate; 0 where no score varies.
        degrees: Degrees of freedom of the t distribution.
        lower_bound: Lower (1 - alpha) confidence bound of the difference.
        p_value: One-sided, of the hypothesis that the difference is at most -margin.
        p_inferior: One-sided, of the hypothesis that the difference is at least 0: small where the candidate is worse.
        noninferior: Whether `lower_bound` lies above -margin.
        pairing: `welch`, `moderated`, `paired` or `anchored`; `pooled` for the mean of several.
    """

    difference: float
    standard_error: float
    degrees: float
    lower_bound: float
    p_value: float
    p_inferior: float
    noninferior: bool
    pairing: str

    def p_loss(self, most: float) -> float:
        """Return the one-sided p-value of the hypothesis that at most so much is lost; of 0 it is `p_inferior`.

        Args:
            most: In the unit of the scores, >= 0.

        Example:
            >>> found = noninferiority([80.1, 80.4, 79.9], [85.0, 85.3, 85.2], margin=1.0)
            >>> found.p_loss(0.0) == found.p_inferior < 0.001 < 0.5 < found.p_loss(6.0)
            True
        """
        return _p_below(self.difference + most, self.standard_error, self.degrees)


def noninferiority(
    candidate: Scores,
    baseline: Scores,
    *,
    margin: float,
    alpha: float = 0.05,
    pairing: str = "welch",
    skewed: bool = True,
) -> NonInferiority:
    """Test whether a candidate's mean is at most a margin below the baseline's.

    Args:
        candidate: Scores, shape (runs,), or {seed: score} for the paired forms.
        baseline: As `candidate`.
        margin: Largest loss that does not matter, > 0, in the unit of the scores.
        alpha: One-sided level, in (0, 1).
        pairing: `welch` (two samples of unequal variance), `moderated` (Student with the pooled variance, Welch where
            the candidate's variance exceeds the baseline's by a quarter), `paired` (differences on the common seeds),
            or `anchored` (the common seeds as a control variate against the whole baseline).
        skewed: Whether `moderated` is corrected for left skew (`stats.skewness`), which a mixture with lost runs,
            skewed by these, must not be.

    Raises:
        ValueError: the margin or level is outside its range, a score is not finite, there are too few runs (2 a side; 3
            common seeds for `paired`, 4 for `anchored`), or seeds are wanted and not given.

    Example:
        >>> result = noninferiority([80.1, 80.4, 79.9], [80.0, 80.3, 80.2, 79.8], margin=1.0)
        >>> result.noninferior, round(result.difference, 3)
        (True, 0.058)
    """
    if not (margin > 0 and math.isfinite(margin)):
        raise ValueError(f"margin is {margin}; it must be > 0 and finite")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; it must be in (0, 1)")
    if pairing not in _ESTIMATES:
        raise ValueError(f"pairing is {pairing!r}; it must be one of {', '.join(_ESTIMATES)}")
    for name, scores in (("candidate", candidate), ("baseline", baseline)):
        if not np.isfinite(_values(scores)).all():
            raise ValueError(f"{name}: a score is not finite; count failed runs apart instead of scoring them")
    difference, error, degrees = _ESTIMATES[pairing](candidate, baseline)
    skewness = 0.0
    if skewed and pairing == "moderated":
        skewness = skewness_of_difference(_values(candidate), _values(baseline), error)
    return _decide(difference, error, degrees, margin, alpha, pairing, skewness)


def pooled_noninferiority(
    tests: Sequence[NonInferiority],
    units: Sequence[float],
    *,
    margin: float,
    alpha: float = 0.05,
    common: Sequence[tuple[float, float]] = (),
) -> NonInferiority:
    """Test whether the plain mean of difference / unit lies above -margin.

    The estimates' variances add up, with Satterthwaite's degrees of freedom; estimates are independent but for what
    they have in common.

    Args:
        tests: Estimates, at least one.
        units: What each is divided by, > 0.
        margin: In units, > 0.
        alpha: One-sided level, in (0, 1).
        common: Variances of the mean in units that come on top, with their degrees of freedom: of estimates that share
            runs, twice the sum of their covariances.

    Raises:
        ValueError: there is no estimate, or not one unit each.

    Example:
        >>> from stablebert.stats import noninferiority
        >>> one = noninferiority([80.1, 80.4, 79.9], [80.0, 80.3, 80.2, 79.8], margin=1.0)
        >>> round(pooled_noninferiority([one, one], [1.0, 0.5], margin=0.5).difference, 4)
        0.0875
    """
    if not tests or len(tests) != len(units) or min(units) <= 0:
        raise ValueError(f"{len(tests)} estimates in units {list(units)}: wanted one or more, each with a unit > 0")
    shares = [1 / unit / len(tests) for unit in units]
    difference = sum(test.difference * share for test, share in zip(tests, shares, strict=True))
    terms = [((test.standard_error * share) ** 2, test.degrees) for test, share in zip(tests, shares, strict=True)]
    return _decide(difference, *satterthwaite([*terms, *common]), margin, alpha, "pooled", skewness=0.0)


def _decide(
    difference: float, error: float, degrees: float, margin: float, alpha: float, pairing: str, skewness: float
) -> NonInferiority:
    """Return the outcome for an estimate with its standard error, degrees of freedom and skewness."""
    if error == 0:
        lower, p_value = difference, float(difference <= -margin)
    else:
        lower = difference - error * uncorrected(-float(stdtrit(degrees, alpha)), skewness)
        p_value = float(stdtr(degrees, -corrected((difference + margin) / error, skewness)))
    p_inferior = _p_below(difference, error, degrees)
    return NonInferiority(difference, error, degrees, lower, p_value, p_inferior, lower > -margin, pairing)


def _p_below(value: float, error: float, degrees: float) -> float:
    """Return the one-sided p-value of the hypothesis that what was estimated is at least 0."""
    return float(stdtr(degrees, value / error)) if error else float(value >= 0)


def _welch(candidate: Scores, baseline: Scores) -> tuple[float, float, float]:
    x, y = _values(baseline), _values(candidate)
    if min(x.size, y.size) < 2:
        raise ValueError(f"welch: {y.size} candidate and {x.size} baseline runs; at least 2 a side are needed")
    difference = float(y.mean() - x.mean())
    return difference, *satterthwaite([(_variance(y) / y.size, y.size - 1), (_variance(x) / x.size, x.size - 1)])


def _moderated(candidate: Scores, baseline: Scores) -> tuple[float, float, float]:
    """Pool the variances unless the candidate's is clearly the larger.

    With few runs of left-skewed scores a candidate's own variance is small exactly when its mean is lucky: Welch's test
    then passes too often. With a candidate that scatters more, the pooled variance does.
    """
    x, y = _values(baseline), _values(candidate)
    difference, error, degrees = _welch(candidate, baseline)
    if _variance(y) <= MOST_RATIO * _variance(x):
        degrees = x.size + y.size - 2.0
        pooled = ((y.size - 1) * _variance(y) + (x.size - 1) * _variance(x)) / degrees
        error = math.sqrt(pooled * (1 / y.size + 1 / x.size))
    return difference, error, degrees


def _paired(candidate: Scores, baseline: Scores) -> tuple[float, float, float]:
    x, y = _common(candidate, baseline, least=3)
    gaps = y - x
    return float(gaps.mean()), math.sqrt(_variance(gaps) / gaps.size), gaps.size - 1.0


def _anchored(candidate: Scores, baseline: Scores) -> tuple[float, float, float]:
    x, y = _common(candidate, baseline, least=4)
    whole = _values(baseline)
    n = x.size
    around = x - x.mean()
    spread = float(around @ around)
    beta = float(around @ (y - y.mean())) / spread if spread else 0.0
    shift = float(x.mean() - whole.mean())
    difference = float(y.mean() - whole.mean()) - beta * shift
    residual = y - y.mean() - beta * around
    noise = float(residual @ residual) / (n - 2)
    terms = [
        (noise * (1 / n + (shift**2 / spread if spread else 0.0)), n - 2.0),
        ((1 - beta) ** 2 * _variance(whole) / whole.size, whole.size - 1.0),
    ]
    return difference, *satterthwaite(terms)


_ESTIMATES = {"welch": _welch, "moderated": _moderated, "paired": _paired, "anchored": _anchored}


def _values(scores: Scores) -> np.ndarray:
    return np.asarray(list(scores.values()) if isinstance(scores, Mapping) else scores, dtype=float)


def _variance(values: np.ndarray) -> float:
    return float(values.var(ddof=1))


def _common(candidate: Scores, baseline: Scores, *, least: int) -> tuple[np.ndarray, np.ndarray]:
    if not (isinstance(candidate, Mapping) and isinstance(baseline, Mapping)):
        raise ValueError("paired and anchored tests need {seed: score} on both sides")
    seeds = [seed for seed in candidate if seed in baseline]
    if len(seeds) < least:
        raise ValueError(f"{len(seeds)} common seeds; at least {least} are needed")
    lookup: dict[object, float] = dict(baseline.items())
    return np.array([lookup[seed] for seed in seeds]), np.array([float(score) for score in _at(candidate, seeds)])


def _at(scores: Mapping[int, float] | Mapping[str, float], seeds: Sequence[object]) -> list[float]:
    lookup: dict[object, float] = dict(scores.items())
    return [lookup[seed] for seed in seeds]
