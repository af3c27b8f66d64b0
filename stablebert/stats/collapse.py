"""Collapsed runs: runs that have not failed by the rule, and lie far below anything that a baseline's runs do."""

import statistics
from collections.abc import Sequence

# of robust standard deviations below the median: a normal run is never there, one of an exponential tail in 300 is
FAR = 8.0
LEAST_DISTANCE = 1.0
_LEAST_RUNS = 3
# from the median absolute deviation to the standard deviation of a normal distribution
_NORMAL = 1.4826


def collapse_line(scores: Sequence[float]) -> float:
    """Return the score below which a run counts as collapsed, named before any other run is made.

    It is median - max(8 s, 1 point), with s = 1.4826 times the median absolute deviation: a few far runs move neither.

    Args:
        scores: Test scores of the baseline's runs that have not failed, in points.

    Returns:
        A score in points; -inf of fewer than 3 runs, which do not say what is far.

    Example:
        >>> collapse_line([86.0, 86.5, 87.0, 40.6])
        80.3196
    """
    if len(scores) < _LEAST_RUNS:
        return float("-inf")
    middle = statistics.median(scores)
    robust = _NORMAL * statistics.median(abs(score - middle) for score in scores)
    return round(middle - max(FAR * robust, LEAST_DISTANCE), 12)
