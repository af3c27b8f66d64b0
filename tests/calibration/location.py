"""The mean of the candidate less that of the baseline, with its error: the equations of the rule, row by row."""

from dataclasses import dataclass, fields

import numpy as np
from scipy.stats import t

from tests.calibration.arms import moments, undefined_is_nan

# of the variances, above which they are not pooled
RATIO = 1.25
# what a sample's skewness is multiplied with, and how skewed it is believed at most
GROWTH, MOST_GROWTH, MOST_SKEWED = 36.0, 7.0, 3.0


@dataclass(frozen=True)
class Estimate:
    """Differences, their errors, degrees of freedom and a third of their skewness, shape (replicates,) each."""

    difference: np.ndarray
    error: np.ndarray
    degrees: np.ndarray
    skew: np.ndarray

    @undefined_is_nan
    def lower(self, level: np.ndarray) -> np.ndarray:
        """Return the lower confidence bounds at one-sided levels."""
        quantile = t.isf(level, self.degrees)
        # where Hall's cubic reaches the quantile: (1 + a t)^3 = 1 + 3 a (quantile - a / 2)
        shifted = quantile - self.skew / 2
        root = np.cbrt(1 + 3 * self.skew * shifted)
        away = 3 * shifted / (root**2 + root + 1)
        # without an error there is nothing to be multiplied
        return self.difference - np.where(self.error == 0, 0, self.error * np.maximum(quantile, away))

    @undefined_is_nan
    def p_inferior(self, loss: float = 0.0) -> np.ndarray:
        """Return the one-sided p-values of a loss of at most so much, by default of none."""
        beyond = self.difference + loss
        p_values = t.cdf(beyond / self.error, self.degrees)
        return np.where(self.error == 0, beyond >= 0, p_values)

    def or_where(self, other: "Estimate", chosen: np.ndarray) -> "Estimate":
        """Return the other's values where chosen."""
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return Estimate(*(np.where(chosen, theirs, ours) for ours, theirs in pairs))


@undefined_is_nan
def moderated(y: np.ndarray, x: np.ndarray, ratio: float, *, corrected: bool = False) -> Estimate:
    """Return Student's two-sample estimate, or Welch's where var(y) > ratio var(x).

    Args:
        y: Candidate scores, shape (replicates, n), NaN where there is none.
        x: Baseline scores, shape (replicates, m).
        ratio: Of the variances; 0 is always Welch, infinity never.
        corrected: Whether the lower bound is corrected for left skew.
    """
    (n, mean_y, var_y), (m, mean_x, var_x) = moments(y), moments(x)
    pooled = ((n - 1) * var_y + (m - 1) * var_x) / (n + m - 2) * (1 / n + 1 / m)
    apart, degrees = satterthwaite([(var_y / n, n - 1), (var_x / m, m - 1)])
    wider = var_y > ratio * var_x
    error = np.sqrt(np.where(wider, apart, pooled))
    skew = left_skew(var_y, var_x, n, m, skewness(x), error) if corrected else np.zeros(len(y))
    return Estimate(mean_y - mean_x, error, np.where(wider, degrees, n + m - 2.0), skew)


@undefined_is_nan
def left_skew(
    var_y: np.ndarray, var_x: np.ndarray, n: np.ndarray, m: np.ndarray, sample: np.ndarray, error: np.ndarray
) -> np.ndarray:
    """Return a third of the skewness of the difference, at most 0, as far as the baseline's runs show it.

    Args:
        var_y: Variances of the candidates.
        var_x: Of the baselines.
        n: Runs of the candidates.
        m: Of the baselines.
        sample: Skewness of the baselines' runs.
        error: Of the difference.
    """
    # one standard error is forgiven
    shown = np.minimum(1 + (GROWTH / m) ** 3, MOST_GROWTH) * (sample + np.sqrt(6 / m))
    shown = np.clip(np.nan_to_num(shown), -MOST_SKEWED, 0)
    third = shown * (np.maximum(var_y, var_x) ** 1.5 / n**2 - var_x**1.5 / m**2)
    return np.where(error > 0, np.minimum(third / error**3, 0) / 3, 0)


@undefined_is_nan
def anchored(y: np.ndarray, x: np.ndarray) -> tuple[Estimate, np.ndarray, np.ndarray]:
    """Return the regression estimate on shared seeds, how many there are, and the correlation on them.

    Args:
        y: Candidate scores, shape (replicates, n); column s has the seed of column s of the baseline.
        x: Baseline scores, shape (replicates, m), m >= n.
    """
    both = ~np.isnan(y) & ~np.isnan(x[:, : y.shape[1]])
    y, shared = np.where(both, y, np.nan), np.where(both, x[:, : y.shape[1]], np.nan)
    pairs, mean_y, _ = moments(y)
    _, mean_shared, _ = moments(shared)
    m, mean_x, var_x = moments(x)
    around, off = (np.where(both, v - c[:, None], 0) for v, c in ((shared, mean_shared), (y, mean_y)))
    squares, product = (around**2).sum(1), (around * off).sum(1)
    slope = np.where(squares > 0, product / squares, 0)
    shift = mean_shared - mean_x
    residual = ((off - slope[:, None] * around) ** 2).sum(1) / (pairs - 2)
    leverage = np.where(squares > 0, shift**2 / squares, 0)
    variance, degrees = satterthwaite(
        [(residual * (1 / pairs + leverage), pairs - 2), ((1 - slope) ** 2 * var_x / m, m - 1)]
    )
    correlation = product / np.sqrt(squares * (off**2).sum(1))
    difference = mean_y - mean_x - slope * shift
    return Estimate(difference, np.sqrt(variance), degrees, np.zeros(len(y))), pairs, correlation


@undefined_is_nan
def paired(y: np.ndarray, x: np.ndarray) -> Estimate:
    """Return the estimate from the differences on shared seeds."""
    pairs, mean, variance = moments(y - x[:, : y.shape[1]])
    return Estimate(mean, np.sqrt(variance / pairs), pairs - 1.0, np.zeros(len(y)))


@undefined_is_nan
def satterthwaite(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return a sum of independent variance estimates and its degrees of freedom."""
    total = sum(variance for variance, _ in parts)
    squares = sum(variance**2 / degrees for variance, degrees in parts)
    return total, np.where(total > 0, total**2 / np.where(squares > 0, squares, 1), parts[0][1])


@undefined_is_nan
def skewness(values: np.ndarray) -> np.ndarray:
    """Return the third standardised moment of each row (divisor: the number of values)."""
    count, mean, variance = moments(values)
    around = values - mean[:, None]
    third = np.nansum(around * around * around, axis=1) / count
    return third / (variance * (count - 1) / count) ** 1.5
