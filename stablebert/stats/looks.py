"""Looking before all runs are there: looks share their error by Pocock's constant bound, few of them or one a run."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from stablebert.stats.roots import root

if TYPE_CHECKING:
    import numpy as np

# more seeds than any cell needs; what lists them must fit into memory
MOST = 1000
# 6 pairs let a rank sum reach an alarm's level, 12 runs without a failure bound the rate of failed runs by 22 %
LOOKS = (6, 9, 12, 20)
_NODES = 64
_WIDTH = 9.0


def check_looks(alpha: float, looks: Sequence[int]) -> None:
    """Refuse an error or looks outside their range, without computing anything.

    Raises:
        ValueError: alpha is not in (0, 1), or the looks don't ascend from 2 or more, to `MOST` at the most.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; it must be in (0, 1)")
    if not looks or list(looks) != sorted(set(looks)) or looks[0] < 2:
        raise ValueError(f"looks are {tuple(looks)}; they must ascend from 2 or more")
    if looks[-1] > MOST:
        raise ValueError(f"looks are {tuple(looks)}; the last must be at most {MOST:,} seeds")


def nominal_level(alpha: float, looks: Sequence[int] = LOOKS, baseline_runs: int | None = None) -> float:
    """Return the one-sided level at each look, so that any of them rejects with probability alpha at the margin.

    The looks share their earlier runs and, all of them, the m runs of the baseline. The statistic at n runs has the
    information I(n) = 1 / (1/n + 1/m), and normal statistics at two looks correlate as sqrt(I(n) / I(n')): Pocock's
    bound (1977) with information in place of runs.

    Args:
        alpha: One-sided error over all looks, in (0, 1).
        looks: Runs at each look, ascending.
        baseline_runs: m, >= 1; None stands for a mean that is known, where I(n) = n.

    Raises:
        ValueError: an argument is outside its range.

    Example:
        >>> round(nominal_level(0.05), 4), round(nominal_level(0.05, baseline_runs=20), 4)
        (0.02, 0.0228)
    """
    check_looks(alpha, looks)
    if baseline_runs is not None and baseline_runs < 1:
        raise ValueError(f"baseline_runs is {baseline_runs}; it must be >= 1")
    return _level(alpha, tuple(looks), baseline_runs)


@cache
def _level(alpha: float, looks: tuple[int, ...], baseline_runs: int | None) -> float:
    from scipy.special import ndtr, ndtri

    if len(looks) == 1:
        return alpha
    shared = 0.0 if baseline_runs is None else 1 / baseline_runs
    information = [1 / (1 / n + shared) for n in looks]
    bracket = (-ndtri(alpha) - 1e-3, -ndtri(alpha / len(looks)) + 1e-3)
    return float(ndtr(-root(lambda bound: _crossing(bound, information) - alpha, *bracket, tolerance=1e-10)))


def _crossing(bound: float, information: Sequence[float]) -> float:
    """Return the probability that a Brownian path exceeds bound * sqrt(I) at one of the informations.

    The probabilities of crossing first at each look add up, so that a small one keeps its digits.
    """
    import numpy as np
    from scipy.special import ndtr

    before, mass, crossed = np.zeros(1), np.ones(1), 0.0
    for former, present in zip((0.0, *information), information, strict=False):
        step = np.sqrt(present - former)
        limit = bound * np.sqrt(present)
        crossed += float(mass @ ndtr((before - limit) / step))
        places, weights = _grid(limit, present)
        gaps = (places[:, None] - before[None, :]) / step
        mass = weights * (np.exp(-0.5 * gaps**2) @ mass) / (step * np.sqrt(2 * np.pi))
        before = places
    return crossed


def _grid(limit: float, information: float) -> "tuple[np.ndarray, np.ndarray]":
    """Return nodes and weights of Gauss and Legendre below a limit."""
    import numpy as np

    nodes, weights = _quadrature()
    half = 0.5 * (limit + _WIDTH * np.sqrt(information))
    return limit + half * (nodes - 1), half * weights


@cache
def _quadrature() -> "tuple[np.ndarray, np.ndarray]":
    import numpy as np

    return np.polynomial.legendre.leggauss(_NODES)
