"""Expected test performance of the best of n runs by validation (Figure 4), as an exact expectation."""

from collections.abc import Sequence

import numpy as np


def expected_test(
    validation: Sequence[float], test: Sequence[float], trials: Sequence[int], *, replacement: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the test score of the run that validates best among n drawn ones.

    The paper draws n of its runs with replacement 1,000 times; this is the expectation that those draws approximate.
    Runs that tie on validation share their place equally. Without replacement the mean is unbiased.

    Args:
        validation: Validation scores, shape (runs,).
        test: Test scores of the same runs, shape (runs,).
        trials: Numbers of trials n, each >= 1 (without replacement at most the number of runs).
        replacement: Whether a run can be drawn twice.

    Returns:
        Two arrays, shape (len(trials),).

    Raises:
        ValueError: shapes differ, there is no run, a score is not finite, or a number of trials is outside its range.

    Example:
        >>> mean, _ = expected_test([1.0, 2.0], [10.0, 20.0], [1, 2])
        >>> mean.tolist()
        [15.0, 17.5]
    """
    val, tst = np.asarray(validation, dtype=float), np.asarray(test, dtype=float)
    if val.shape != tst.shape or val.ndim != 1 or not val.size:
        raise ValueError(f"validation {val.shape} and test {tst.shape} must be equally many runs, at least one")
    most = np.inf if replacement else val.size
    if any(n < 1 or n > most for n in trials):
        raise ValueError(f"trials {list(trials)} must be >= 1{'' if replacement else f' and at most {val.size}'}")
    if not (np.isfinite(val).all() and np.isfinite(tst).all()):
        raise ValueError("a score is not finite; a run without a score has no place in an expectation")
    _, group, sizes = np.unique(val, return_inverse=True, return_counts=True)
    middle = tst.mean()
    means, squares = (np.bincount(group, (tst - middle) ** power) / sizes for power in (1, 2))
    upto = sizes.cumsum()
    chance = np.array([np.diff([0.0, *_all_below(upto, val.size, n, replacement)]) for n in trials])
    expected = chance @ means
    return middle + expected, np.sqrt(np.maximum(chance @ squares - expected**2, 0))


def _all_below(upto: np.ndarray, runs: int, n: int, replacement: bool) -> np.ndarray:
    """Return the probability that all n draws lie among the first `upto` runs."""
    if replacement:
        return (upto / runs) ** n
    # a product of ratios: the binomial coefficients themselves overflow
    drawn = np.arange(n)
    return np.asarray(np.prod(np.maximum(upto[:, None] - drawn, 0) / (runs - drawn), axis=1))
