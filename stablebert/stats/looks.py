"""Looking more than once: the level of each look that keeps the error over all of them (Pocock's constant bound)."""

from collections.abc import Sequence
from functools import cache

LOOKS = (5, 10, 15, 20)
_POINTS = 801
_WIDTH = 8.0


def nominal_level(alpha: float, looks: Sequence[int] = LOOKS) -> float:
    """Return the one-sided level at each look, so that any of them rejects with probability alpha at the margin.

    The looks share their earlier runs, so their statistics are correlated as sqrt(n_i / n_j); the level is that of
    normal statistics. Against a stored baseline, which all looks share, they are more correlated still and the error is
    smaller.

    Args:
        alpha: One-sided error over all looks, in (0, 1).
        looks: Runs at each look, ascending.

    Raises:
        ValueError: alpha or the looks are outside their range.

    Example:
        >>> round(nominal_level(0.05), 4)
        0.0193
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; it must be in (0, 1)")
    if not looks or list(looks) != sorted(set(looks)) or looks[0] < 2:
        raise ValueError(f"looks are {tuple(looks)}; they must ascend from 2 or more")
    return _level(alpha, tuple(looks))


@cache
def _level(alpha: float, looks: tuple[int, ...]) -> float:
    from scipy.optimize import brentq
    from scipy.stats import norm

    bound = brentq(lambda c: _crossing(c, looks) - alpha, norm.isf(alpha) - 1e-3, norm.isf(alpha / len(looks)) + 1e-3)
    return float(norm.sf(bound))


def _crossing(bound: float, looks: tuple[int, ...]) -> float:
    """Return the probability that sums of normal draws exceed bound * sqrt(n) at one of the looks."""
    import numpy as np
    from scipy.stats import norm

    def grid(n: int) -> np.ndarray:
        return np.linspace(-_WIDTH * np.sqrt(n), bound * np.sqrt(n), _POINTS)

    sums = grid(looks[0])
    density = norm.pdf(sums, scale=np.sqrt(looks[0]))
    for n, before in zip(looks[1:], looks, strict=False):
        following = grid(n)
        step = norm.pdf(following[:, None] - sums[None, :], scale=np.sqrt(n - before))
        density = np.trapezoid(step * density, sums, axis=1)
        sums = following
    return 1 - float(np.trapezoid(density, sums))
