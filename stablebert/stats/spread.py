"""Spread: whether a candidate's runs scatter more than its baseline's."""

import warnings
from collections.abc import Sequence


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
    from scipy.stats import ttest_ind

    if min(len(candidate), len(baseline)) < 3:
        raise ValueError(f"spread: {len(candidate)} and {len(baseline)} runs; at least 3 a side are needed")
    # for two groups Levene's F is the square of the t of the deviations, and t has a direction
    far, near = (np.abs(np.asarray(scores) - np.median(scores)) for scores in (candidate, baseline))
    if np.ptp(far) == 0 and np.ptp(near) == 0:
        return float(far.mean() <= near.mean())
    with warnings.catch_warnings():
        # nearly equal deviations on one side are no reason for a warning: the p-value is then 0 or 1 all the same
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(ttest_ind(far, near, alternative="greater").pvalue)
