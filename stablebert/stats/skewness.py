r"""Hall's correction of t for left-skewed scores, as those below a ceiling are.

With d the difference of two means, margin its margin, t = (d + margin) / SE lies in its upper tail too often where the
candidate's scores are skewed to the left and scatter more: a lucky draw looks high and narrow at once. With k the
skewness of d and a = k / 3, Hall (1992) has

    g(t) = t + a t^2 + a^2 t^3 / 3 + a / 2 = ((1 + a t)^3 - 1) / (3 a) + a / 2

follow the normal distribution one order better. Here only k <= 0 counts, and never more than t itself: a PASS becomes
harder and nothing becomes easier. The constants are those by which calibration keeps its limits (docs/calibration.md).
"""

import numpy as np

# a sample's skewness is smaller than its distribution's: the factor at m runs is 1 + (36 / m)^3, 7 at the most
_SHRINKAGE, _MOST_FACTOR = 36.0, 7.0
# of an exponential tail it is 2
_MOST_SKEWNESS = 3.0


def skewness_of_difference(candidate: np.ndarray, baseline: np.ndarray, error: float) -> float:
    """Return k, the skewness of mean(candidate) - mean(baseline), as far as it makes a PASS too easy.

    A few runs of a candidate say nothing of their skewness: both sides have that of the baseline, of which one standard
    error is forgiven, and the candidate at least the baseline's spread.

    Args:
        candidate: Scores, shape (runs,), at least 2.
        baseline: As `candidate`.
        error: Standard error of the difference, >= 0.

    Returns:
        A number <= 0; 0 where nothing varies.

    Example:
        >>> scores = np.array([90.0, 90.5, 91.0, 88.0, 90.8, 90.2] * 4)
        >>> skewness_of_difference(scores[:6], scores, 0.4) < 0 == skewness_of_difference(-scores[:6], -scores, 0.4)
        True
    """
    around = baseline - baseline.mean()
    largest = float(np.abs(around).max())
    if error == 0 or largest == 0:
        return 0.0
    # in units in which no power of a deviation is 0
    around = around / largest
    own = float((around**2).mean())
    n, m = candidate.size, baseline.size
    factor = min(_MOST_FACTOR, 1 + (_SHRINKAGE / m) ** 3)
    shape = factor * (float((around**3).mean()) / own**1.5 + float(np.sqrt(6 / m)))
    shape = min(0.0, max(-_MOST_SKEWNESS, shape))
    theirs = float(baseline.std(ddof=1)) / error
    ours = max(float(candidate.std(ddof=1)) / error, theirs)
    return min(0.0, float(shape * (ours**3 / n**2 - theirs**3 / m**2)))


def corrected(t: float, skewness: float) -> float:
    """Return min(t, g(t)).

    Args:
        t: The statistic.
        skewness: k, as from `skewness_of_difference`.

    Example:
        >>> corrected(2.0, 0.0), round(corrected(2.0, -0.3), 4)
        (2.0, 1.5767)
    """
    a = skewness / 3
    # powers of a huge t overflow, products of it are infinite
    return min(t, t * (1 + a * t + a * t * a * t / 3) + a / 2)


def uncorrected(value: float, skewness: float) -> float:
    """Return the t that `corrected` takes to a value, its inverse.

    Args:
        value: Any.
        skewness: As `corrected` takes it.

    Example:
        >>> round(uncorrected(corrected(2.0, -0.3), -0.3), 9)
        2.0
    """
    a, goal = skewness / 3, value - skewness / 6
    # (cube root - 1) / a without its cancellation at small a
    root = float(np.cbrt(1 + 3 * a * goal))
    return max(value, 3 * goal / (root**2 + root + 1))
