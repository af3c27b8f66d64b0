"""Spread: whether a candidate's runs scatter more than its baseline's."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stablebert.stats.rank_sum import rank_sum_p_value

if TYPE_CHECKING:
    import numpy as np


def spread_p_value(candidate: Sequence[float], baseline: Sequence[float]) -> float:
    """Return the one-sided p-value (Brown-Forsythe, about the medians) that a candidate scatters no more.

    Args:
        candidate: Scores of the non-failed runs, at least 3.
        baseline: As `candidate`.

    Raises:
        ValueError: there are fewer than 3 runs on a side.

    Example:
        >>> spread_p_value([1.0, 9.0, 2.0, 8.0], [5.0, 5.1, 4.9, 5.2, 5.0]) < 0.01
        True
    """
    import numpy as np
    from scipy.special import stdtr

    # for two groups Levene's F is the square of the t of the deviations, and t has a direction
    far, near = _deviations(candidate, baseline)
    degrees = far.size + near.size - 2
    pooled = ((far.size - 1) * far.var(ddof=1) + (near.size - 1) * near.var(ddof=1)) / degrees
    more = far.mean() - near.mean()
    if pooled == 0:
        return float(more <= 0)
    return float(stdtr(degrees, -more / np.sqrt(pooled * (1 / far.size + 1 / near.size))))


def spread_rank_p_value(candidate: Sequence[float], baseline: Sequence[float]) -> float:
    """Return the one-sided p-value that a candidate lies no farther from its median, by the ranks of the distances.

    It stands beside `spread_p_value`, which a single far run can carry at small levels.

    Args:
        candidate: Scores of the non-failed runs, at least 3.
        baseline: As `candidate`.

    Raises:
        ValueError: there are fewer than 3 runs on a side.
    """
    far, near = _deviations(candidate, baseline)
    return rank_sum_p_value(near.tolist(), far.tolist())


def _deviations(candidate: Sequence[float], baseline: Sequence[float]) -> "tuple[np.ndarray, np.ndarray]":
    """Return the distances of each side from its own median."""
    import numpy as np

    if min(len(candidate), len(baseline)) < 3:
        raise ValueError(f"spread: {len(candidate)} and {len(baseline)} runs; at least 3 a side are needed")
    far, near = (np.abs(np.asarray(scores) - np.median(scores)) for scores in (candidate, baseline))
    return far, near
