"""Failed runs: exact tests and bounds as tables over all counts."""

from functools import cache

import numpy as np
from scipy.stats import beta, binom, hypergeom

_RATES = np.sin(np.linspace(0, np.pi / 2, 1501)[:, None]) ** 2


@cache
def boschloo(n: int, m: int) -> np.ndarray:
    """Return the one-sided p-values, shape (n + 1, m + 1), of each number of failures of n candidates and m others.

    Fisher's p orders the outcomes; the p-value is the largest chance, over the common failure rate, of one at least as
    extreme.
    """
    ours, theirs = np.arange(n + 1), np.arange(m + 1)
    fisher = hypergeom.sf(ours[:, None] - 1, n + m, ours[:, None] + theirs, n).ravel()
    order = np.argsort(fisher)
    # outcomes whose Fisher p is equal but for rounding are equally extreme
    last = np.searchsorted(fisher[order], fisher * (1 + 1e-9), side="right") - 1
    chance = binom.pmf(ours, n, _RATES)[:, :, None] * binom.pmf(theirs, m, _RATES)[:, None, :]
    largest = np.cumsum(chance.reshape(len(_RATES), -1)[:, order], axis=1).max(0)
    return np.minimum(largest[last], 1).reshape(n + 1, m + 1)


def upper_rate(failed: np.ndarray, runs: int) -> np.ndarray:
    """Return the upper 95 % bounds (Clopper and Pearson) of the failure rate."""
    return np.where(failed == runs, 1.0, beta.ppf(0.95, failed + 1, np.maximum(runs - failed, 1)))


@cache
def _conditional(n: int, m: int) -> np.ndarray:
    """Return the chances, shape (n + m + 1, n + 1), of the candidate's failures given those of both sides."""
    return hypergeom.pmf(np.arange(n + 1), n + m, np.arange(n + m + 1)[:, None], n)


def stratified_p(ours: np.ndarray, theirs: np.ndarray, n: int, m: int) -> np.ndarray:
    """Return the exact one-sided p-values of the candidate's failures in all cells, given each cell's failures.

    Args:
        ours: Failed candidate runs, shape (replicates, cells), of n each.
        theirs: Failed baseline runs, of m each.
    """
    strata = _conditional(n, m)[ours + theirs]
    chance = strata[:, 0]
    for cell in range(1, strata.shape[1]):
        wider = np.zeros((len(chance), chance.shape[1] + n))
        for failed in range(n + 1):
            wider[:, failed : failed + chance.shape[1]] += strata[:, cell, failed, None] * chance
        chance = wider
    from_there = np.cumsum(chance[:, ::-1], axis=1)[:, ::-1]
    return from_there[np.arange(len(ours)), ours.sum(1)]
