"""The mean of the candidate less that of the baseline, with its error: the equations of the rule, row by row."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from tests.calibration.arms import moments, undefined_is_nan


@dataclass(frozen=True)
class Estimate:
    """Differences, their standard errors and degrees of freedom, shape (replicates,) each."""

    difference: np.ndarray
    error: np.ndarray
    degrees: np.ndarray

    def lower(self, level: np.ndarray) -> np.ndarray:
        """Return the lower confidence bounds at one-sided levels."""
        return self.difference - self.error * t.isf(level, self.degrees)

    @undefined_is_nan
    def p_inferior(self) -> np.ndarray:
        """Return the one-sided p-values of no loss."""
        p_values = t.cdf(self.difference / self.error, self.degrees)
        return np.where(self.error == 0, self.difference >= 0, p_values)

    def or_where(self, other: "Estimate", chosen: np.ndarray) -> "Estimate":
        """Return the other's values where chosen."""
        return Estimate(
            np.where(chosen, other.difference, self.difference),
            np.where(chosen, other.error, self.error),
            np.where(chosen, other.degrees, self.degrees),
        )


@undefined_is_nan
def moderated(y: np.ndarray, x: np.ndarray, ratio: float) -> Estimate:
    """Return Student's two-sample estimate, or Welch's where var(y) > ratio var(x).

    Args:
        y: Candidate scores, shape (replicates, n), NaN where there is none.
        x: Baseline scores, shape (replicates, m).
        ratio: Of the variances; 0 is always Welch, infinity never.
    """
    (n, mean_y, var_y), (m, mean_x, var_x) = moments(y), moments(x)
    pooled = ((n - 1) * var_y + (m - 1) * var_x) / (n + m - 2) * (1 / n + 1 / m)
    apart, degrees = satterthwaite([(var_y / n, n - 1), (var_x / m, m - 1)])
    wider = var_y > ratio * var_x
    return Estimate(mean_y - mean_x, np.sqrt(np.where(wider, apart, pooled)), np.where(wider, degrees, n + m - 2.0))


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
    return Estimate(mean_y - mean_x - slope * shift, np.sqrt(variance), degrees), pairs, correlation


@undefined_is_nan
def paired(y: np.ndarray, x: np.ndarray) -> Estimate:
    """Return the estimate from the differences on shared seeds."""
    pairs, mean, variance = moments(y - x[:, : y.shape[1]])
    return Estimate(mean, np.sqrt(variance / pairs), pairs - 1.0)


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
