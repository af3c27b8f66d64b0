"""Whether the candidate's runs scatter more: distances from the own median, in their means and in their ranks."""

import numpy as np
from scipy.stats import t

from tests.calibration.arms import moments, nan_median, undefined_is_nan
from tests.calibration.location import moderated, satterthwaite
from tests.calibration.ranks import pooled_rank_sum_p, rank_sum_p

Sides = tuple[np.ndarray, np.ndarray]


def spread_p(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return Brown and Forsythe's one-sided p-values that the first samples scatter no more."""
    return moderated(distances(x), distances(y), np.inf).p_inferior()


def scatters_more(y: np.ndarray, x: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return where both the mean distance and the ranks of the distances show more spread at the levels."""
    alarmed = spread_p(y, x) <= level
    if alarmed.any():
        alarmed[alarmed] = rank_sum_p(distances(x[alarmed]), distances(y[alarmed])) <= level[alarmed]
    return alarmed


@undefined_is_nan
def pooled_spread_p(strata: list[Sides], asked: np.ndarray) -> np.ndarray:
    """Return the one-sided p-values that the first samples scatter no more, of the mean distances of all strata.

    Each stratum's difference of mean distances counts in its baseline's mean distance.

    Args:
        strata: Distances of both sides.
        asked: Which strata count, shape (replicates, strata); at least one a row, else NaN.
    """
    gaps, terms = np.zeros(len(asked)), []
    for (y, x), counts in zip(strata, asked.T, strict=True):
        (n, far, var_y), (m, near, var_x) = moments(y), moments(x)
        unit = np.where(near > 0, near, 1)
        pooled = ((n - 1) * var_y + (m - 1) * var_x) / (n + m - 2) / unit**2
        gaps += np.where(counts, (far - near) / unit, 0)
        terms.append((np.where(counts, pooled * (1 / n + 1 / m), 0), np.where(counts, n + m - 2.0, np.inf)))
    variance, degrees = satterthwaite(terms)
    p_values = t.sf(gaps / np.sqrt(variance), degrees)
    return np.where(asked.any(1), np.where(variance == 0, gaps <= 0, p_values), np.nan)


def all_scatter_more(cells: list[Sides], alike: list[list[int]], asked: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return where both the mean distances and the stratified ranks of the distances show more spread.

    Args:
        cells: Sound scores of both sides.
        alike: Places of the cells that have one baseline: each such group is a stratum.
        asked: Which cells count, shape (replicates, cells).
        level: Of the alarm.
    """
    strata = []
    for group in alike:
        far = [np.where(asked[:, [place]], distances(cells[place][0]), np.nan) for place in group]
        strata.append((np.concatenate(far, 1), distances(cells[group[0]][1])))
    counted = np.stack([asked[:, group].any(1) for group in alike], 1)
    with np.errstate(invalid="ignore"):
        alarmed = pooled_spread_p(strata, counted) <= level
    if alarmed.any():
        ranked = [(x[alarmed], y[alarmed]) for y, x in strata]
        alarmed[alarmed] = pooled_rank_sum_p(ranked, counted[alarmed]) <= level[alarmed]
    return alarmed


def distances(values: np.ndarray) -> np.ndarray:
    """Return how far each value of a row lies from the row's median."""
    return np.abs(values - nan_median(values)[:, None])
