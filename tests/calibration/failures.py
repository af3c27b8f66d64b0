"""Lost runs: exact tests and bounds as tables over all counts."""

from functools import cache, reduce

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


def upper_rate(lost: np.ndarray, runs: int | np.ndarray) -> np.ndarray:
    """Return the upper 95 % bounds (Clopper and Pearson) of the rate of lost runs."""
    return np.where(lost == runs, 1.0, beta.ppf(0.95, lost + 1, np.maximum(runs - lost, 1)))


def stratified_p(ours: np.ndarray, theirs: np.ndarray, runs: np.ndarray, baseline_runs: np.ndarray) -> np.ndarray:
    """Return the exact one-sided p-values of the candidate's lost runs in all cells, given each cell's lost runs.

    Where fewer are lost than the cells' rates would have, nothing is computed, and 1 is returned.

    Args:
        ours: Lost candidate runs, shape (replicates, cells).
        theirs: Lost baseline runs, likewise.
        runs: Candidate runs, likewise.
        baseline_runs: Baseline runs, shape (cells,).
    """
    found = np.ones(len(ours))
    expected = (runs * (ours + theirs) / (runs + baseline_runs)).sum(1)
    for place in np.flatnonzero(ours.sum(1) > expected):
        strata = zip(runs[place], baseline_runs, ours[place] + theirs[place], strict=True)
        chance = reduce(np.convolve, (_conditional(int(n), int(m))[lost] for n, m, lost in strata))
        found[place] = chance[ours[place].sum() :].sum()
    return found


@cache
def _conditional(n: int, m: int) -> np.ndarray:
    """Return the chances, shape (n + m + 1, n + 1), of the candidate's lost runs given those of both sides."""
    return hypergeom.pmf(np.arange(n + 1), n + m, np.arange(n + m + 1)[:, None], n)
