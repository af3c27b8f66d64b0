"""Spread: whether a candidate's runs scatter more than its baseline's."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stablebert.stats.contrasts import satterthwaite
from stablebert.stats.rank_sum import pooled_rank_sum_p_value, rank_sum_p_value
from stablebert.stats.roots import root

if TYPE_CHECKING:
    import numpy as np

_LEAST_RATIO, _MOST_RATIO = 1e-3, 1e3


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


def pooled_spread_p_value(strata: Sequence[tuple[Sequence[Sequence[float]], Sequence[float]]]) -> float:
    """Return the one-sided p-value that candidates scatter no more in any stratum.

    The larger of two: of the sum over the strata of the difference of mean distances from the own median, each in the
    baseline's mean distance, with the pooled variances added; and of the stratified rank sum of the distances.

    Args:
        strata: The candidates that have one baseline, and that baseline: scores of the sound runs, at least 3 of each;
            at least one candidate, and one stratum. Candidates of one baseline are no strata of their own: where it
            scatters little, all of them seem to scatter more.

    Raises:
        ValueError: there is no stratum, or fewer than 3 runs on a side.

    Example:
        >>> wide, narrow = [1.0, 9.0, 2.0, 8.0], [5.0, 5.1, 4.9, 5.2, 5.0]
        >>> pooled_spread_p_value([([wide], narrow)] * 3) < 0.001 < pooled_spread_p_value([([narrow], narrow)] * 3)
        True
    """
    import numpy as np
    from scipy.special import stdtr

    if not strata:
        raise ValueError("spread needs at least one stratum")
    distances = []
    for candidates, baseline in strata:
        sides = [_deviations(candidate, baseline) for candidate in candidates]
        distances.append((np.concatenate([far for far, _ in sides]), sides[0][1]))
    more, terms = 0.0, []
    for far, near in distances:
        unit = float(near.mean()) or 1.0
        degrees = far.size + near.size - 2
        pooled = float((far.size - 1) * far.var(ddof=1) + (near.size - 1) * near.var(ddof=1)) / degrees / unit**2
        more += float(far.mean() - near.mean()) / unit
        terms.append((pooled * (1 / far.size + 1 / near.size), float(degrees)))
    error, degrees_of_all = satterthwaite(terms)
    by_means = float(stdtr(degrees_of_all, -more / error)) if error else float(more <= 0)
    return max(by_means, pooled_rank_sum_p_value([(near.tolist(), far.tolist()) for far, near in distances]))


def upper_spread_ratio(candidate: Sequence[float], baseline: Sequence[float], confidence: float = 0.95) -> float | None:
    """Return the upper confidence bound of how many times as much a candidate scatters as its baseline.

    It is the ratio at which Brown and Forsythe's test, of the candidate against the baseline blown up so much, just
    shows that the candidate scatters less.

    Args:
        candidate: Scores of the sound runs, at least 3.
        baseline: As `candidate`.
        confidence: One-sided, in (0, 1).

    Returns:
        A ratio > 0, or None where no ratio up to 1,000 is ruled out or the baseline does not scatter.

    Raises:
        ValueError: there are fewer than 3 runs on a side.

    Example:
        >>> scores = [5.0, 5.1, 4.9, 5.2, 5.0, 4.8, 5.1, 4.9, 5.0, 5.1, 4.9, 5.2]
        >>> 1 < upper_spread_ratio(scores, scores) < 2.5
        True
    """
    _deviations(candidate, baseline)

    def excess(ratio: float) -> float:
        return spread_p_value([ratio * score for score in baseline], candidate) - (1 - confidence)

    if excess(_LEAST_RATIO) <= 0:
        return _LEAST_RATIO
    if excess(_MOST_RATIO) > 0:
        return None
    return root(excess, _LEAST_RATIO, _MOST_RATIO, tolerance=1e-6)


def _deviations(candidate: Sequence[float], baseline: Sequence[float]) -> "tuple[np.ndarray, np.ndarray]":
    """Return the distances of each side from its own median."""
    import numpy as np

    if min(len(candidate), len(baseline)) < 3:
        raise ValueError(f"spread: {len(candidate)} and {len(baseline)} runs; at least 3 a side are needed")
    far, near = (np.abs(np.asarray(scores) - np.median(scores)) for scores in (candidate, baseline))
    return far, near
