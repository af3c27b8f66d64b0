"""The level of each look, from the joint distribution of the looks' statistics."""

from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(160)
_DEEPEST = -9.0


@cache
def level(alpha: float, looks: tuple[int, ...], baseline_runs: int | None = None) -> float:
    """Return the one-sided level that each look may use so that all of them together use alpha.

    The means of n candidate runs against the same m baseline runs have covariance 1 / max(n, n') + 1 / m: sums of
    independent steps in the information 1 / (1/n + 1/m). The bound is the same at every look (Pocock).
    """
    if len(looks) == 1:
        return alpha
    shared = 0.0 if baseline_runs is None else 1 / baseline_runs
    information = [1 / (1 / n + shared) for n in looks]
    lowest, highest = norm.isf(alpha) - 1e-9, norm.isf(alpha / len(looks)) + 1e-9
    return float(norm.sf(brentq(lambda bound: _rejects(bound, information) - alpha, lowest, highest, xtol=1e-13)))


def _rejects(bound: float, information: list[float]) -> float:
    """Return the chance that the statistic exceeds the bound at some look, by quadrature of what stays below it."""
    points, weights = _below(bound, information[0])
    density = _normal(points, information[0])
    for now, before in zip(information[1:], information, strict=False):
        following, next_weights = _below(bound, now)
        density = _normal(following[:, None] - points, now - before) @ (weights * density)
        points, weights = following, next_weights
    return 1 - float(weights @ density)


def _below(bound: float, information: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of a quadrature over the sums whose statistic is below the bound."""
    half = (bound - _DEEPEST) / 2 * np.sqrt(information)
    return (_NODES + 1) * half + _DEEPEST * np.sqrt(information), _WEIGHTS * half


def _normal(values: np.ndarray, variance: float) -> np.ndarray:
    return np.exp(-0.5 * values**2 / variance) / np.sqrt(2 * np.pi * variance)
