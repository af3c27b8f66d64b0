"""Far runs: they have not failed by the rule, and lie far from anything else that a baseline's runs do."""

import statistics
from collections.abc import Sequence

# of robust standard deviations below the median: a normal run is never there, one of an exponential tail in 300 is
FAR = 8.0
LEAST_DISTANCE = 1.0
_LEAST_RUNS = 3
# one run in so many may lie far above the others; more are a second kind of run, and no accident
_FEW = 10
# from the median absolute deviation to the standard deviation of a normal distribution
_NORMAL = 1.4826


def collapse_line(scores: Sequence[float], least: float = LEAST_DISTANCE) -> float:
    """Return the score below which a run counts as collapsed, named before any other run is made.

    It is median - max(8 s, 1 point), with s = 1.4826 times the median absolute deviation: a few far runs move neither.

    Args:
        scores: Test scores of the baseline's runs that have not failed.
        least: Distance from the median within which nothing is far: a point, or 0 in a unit of their own.

    Returns:
        A score; -inf where nothing says what is far: of fewer than 3 runs, or where all distances are 0.

    Example:
        >>> collapse_line([86.0, 86.5, 87.0, 40.6])
        80.3196
    """
    if len(scores) < _LEAST_RUNS:
        return float("-inf")
    distance = _far(scores, least)
    return round(statistics.median(scores) - distance, 12) if distance else float("-inf")


def highest_line(scores: Sequence[float], least: float = LEAST_DISTANCE) -> float:
    """Return the value above which one of a few far runs says nothing of the others: it would only widen the spread.

    It lies as far above the median as `collapse_line` lies below it.

    Args:
        scores: Values of the baseline's runs that have not failed.
        least: Distance from the median below which nothing is far.

    Returns:
        A value; inf where more than a tenth of the values, or none, would lie above it, or they do not scatter.

    Example:
        >>> highest_line([86.0, 86.5, 87.0, 86.2, 86.4, 86.6, 86.8, 86.3, 86.1, 96.0])
        90.00824
    """
    if len(scores) < _LEAST_RUNS:
        return float("inf")
    distance = _far(scores, least)
    line = round(statistics.median(scores) + distance, 12)
    above = sum(score > line for score in scores)
    return line if distance and _FEW * above <= len(scores) else float("inf")


def _far(scores: Sequence[float], least: float) -> float:
    middle = statistics.median(scores)
    robust = _NORMAL * statistics.median(abs(score - middle) for score in scores)
    return max(FAR * robust, least)
