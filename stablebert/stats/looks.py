r"""Looking before all runs are there: the level of each of a few looks, and evidence that may be looked at at any time.

A few looks share their error by Pocock's constant bound. Of e-values the running maximum keeps its level (Ville 1939):
where the hypothesis is true, a test martingale that starts at 1 ever reaches 1 / alpha with probability at most alpha.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

LOOKS = (5, 10, 15, 20)
_NODES = 64
_WIDTH = 9.0


def check_looks(alpha: float, looks: Sequence[int]) -> None:
    """Refuse an error or looks outside their range, without computing anything.

    Raises:
        ValueError: alpha is not in (0, 1), or the looks don't ascend from 2 or more.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; it must be in (0, 1)")
    if not looks or list(looks) != sorted(set(looks)) or looks[0] < 2:
        raise ValueError(f"looks are {tuple(looks)}; they must ascend from 2 or more")


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
        (0.0193, 0.0221)
    """
    check_looks(alpha, looks)
    if baseline_runs is not None and baseline_runs < 1:
        raise ValueError(f"baseline_runs is {baseline_runs}; it must be >= 1")
    return _level(alpha, tuple(looks), baseline_runs)


def t_e_value(candidate: Sequence[float], baseline: Sequence[float], *, null: float, effect: float = 1.0) -> float:
    r"""Return the likelihood ratio of noncentral to central t of two samples, an e-value for a difference of means.

    With t the pooled two-sample statistic of the difference minus `null` on nu = n + m - 2 degrees of freedom and
    delta = effect sqrt(n m / (n + m)), it is f(t; nu, delta) / f(t; nu, 0): Hajnal (1961), GROW for the scale-free
    problem (Perez-Ortiz et al. 2022). Over a growing candidate and a baseline that stands before it, it is a test
    martingale for normal scores of equal variance. With u = t / sqrt(nu + t^2) and z = delta^2 u^2 / 2 the ratio is

        exp(-delta^2 / 2) [ M((nu+1)/2, 1/2, z)
                            + sqrt(2) delta u Gamma(nu/2+1) / Gamma((nu+1)/2) M(nu/2+1, 3/2, z) ]

    Args:
        candidate: Scores, at least 1.
        baseline: Scores, at least 2.
        null: Difference of the hypothesis, in the unit of the scores.
        effect: Difference minus `null` to bet on, in standard deviations: > 0 against a smaller difference, < 0 against
            a larger one.

    Returns:
        A number >= 0; the larger, the more evidence against the hypothesis.

    Raises:
        ValueError: there are too few scores.

    Example:
        >>> equal = [80.1, 80.4, 79.9, 80.0, 80.3]
        >>> t_e_value(equal, equal, null=-1.0) > 20 > 1 > t_e_value(equal, equal, null=1.0)
        True
    """
    import numpy as np
    from scipy.special import gammaln, hyp1f1

    y, x = np.asarray(candidate, dtype=float), np.asarray(baseline, dtype=float)
    if y.size < 1 or x.size < 2:
        raise ValueError(f"e-value: {y.size} candidate and {x.size} baseline runs; at least 1 and 2 are needed")
    degrees = y.size + x.size - 2
    root = math.sqrt(y.size * x.size / (y.size + x.size))
    gap = (float(y.mean() - x.mean()) - null) * root
    length = math.hypot(gap, float(np.linalg.norm(y - y.mean())), float(np.linalg.norm(x - x.mean())))
    share = gap / length if length else 0.0
    delta = effect * root
    half = 0.5 * (delta * share) ** 2
    even = float(hyp1f1((degrees + 1) / 2, 0.5, half))
    odd = math.exp(float(gammaln(degrees / 2 + 1) - gammaln((degrees + 1) / 2))) * float(
        hyp1f1(degrees / 2 + 1, 1.5, half)
    )
    # the two terms nearly cancel where the evidence points the other way
    return max(0.0, math.exp(-0.5 * delta**2) * (even + math.sqrt(2) * delta * share * odd))


def failure_e_value(failed: int, runs: int, rate: float) -> float:
    """Return the likelihood ratio of failing at rate p1 = (1 + rate) / 2 to failing at `rate`, after a number of runs.

    An e-value against "fails at most at `rate`".

    Args:
        failed: Failed runs, in [0, runs].
        runs: Runs, >= 0.
        rate: In (0, 1).

    Raises:
        ValueError: an argument is outside its range.

    Example:
        >>> round(failure_e_value(2, 2, 0.2), 6)
        9.0
    """
    if not 0 < rate < 1:
        raise ValueError(f"rate is {rate}; it must be in (0, 1)")
    if not 0 <= failed <= runs:
        raise ValueError(f"{failed} failed of {runs} runs: wanted no more failures than runs")
    worse = (1 + rate) / 2
    return math.exp(failed * math.log(worse / rate) + (runs - failed) * math.log((1 - worse) / (1 - rate)))


@cache
def _level(alpha: float, looks: tuple[int, ...], baseline_runs: int | None) -> float:
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    if len(looks) == 1:
        return alpha
    shared = 0.0 if baseline_runs is None else 1 / baseline_runs
    information = [1 / (1 / n + shared) for n in looks]
    bracket = (-ndtri(alpha) - 1e-3, -ndtri(alpha / len(looks)) + 1e-3)
    return float(ndtr(-brentq(lambda bound: _crossing(bound, information) - alpha, *bracket, xtol=1e-9)))


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
