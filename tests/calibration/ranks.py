"""Rank sums of many pairs of samples at once, with their exact null distribution.

It is conditional on the values seen: all choices of which of them are the first sample's are equally likely, and ties
share their mean rank.
"""

from functools import cache, reduce
from math import comb

import numpy as np


def rank_sum_p(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the one-sided p-values that the first samples tend to be no lower than the second ones.

    Args:
        y: First samples, shape (replicates, n); NaN where there is no value.
        x: Second samples, shape (replicates, m); NaN likewise.
    """
    ranks = _doubled_ranks(np.concatenate([y, x], axis=1))
    sums = np.nansum(ranks[:, : y.shape[1]], axis=1).astype(int)
    found = np.empty(len(sums))
    for place, (row, total) in enumerate(zip(ranks, sums.tolist(), strict=True)):
        pattern, count = _pattern(row, y.shape[1])
        if _recurs(pattern):
            found[place] = _at_most(pattern, count)[total]
        else:
            found[place] = _chances(pattern, count, total).sum()
    return found


def pooled_rank_sum_p(strata: list[tuple[np.ndarray, np.ndarray]], asked: np.ndarray | None = None) -> np.ndarray:
    """Return the p-values of the sums of the strata's rank sums, each ranked on its own.

    Args:
        strata: Pairs as `rank_sum_p` takes them, of equally many replicates.
        asked: Which strata count, shape (replicates, strata); None: all.
    """
    ranked = [(_doubled_ranks(np.concatenate(pair, axis=1)), pair[0].shape[1]) for pair in strata]
    asked = np.ones((len(ranked[0][0]), len(strata)), dtype=bool) if asked is None else asked
    found = np.empty(len(asked))
    for place, counts in enumerate(asked):
        chosen = [(ranks[place], runs) for (ranks, runs), counted in zip(ranked, counts, strict=True) if counted]
        total = int(sum(np.nansum(ranks[:runs]) for ranks, runs in chosen))
        patterns = [_pattern(ranks, runs) for ranks, runs in chosen]
        found[place] = reduce(np.convolve, (_all_chances(*pattern) for pattern in patterns))[: total + 1].sum()
    return found


def _all_chances(pattern: bytes, count: int) -> np.ndarray:
    return _kept_chances(pattern, count) if _recurs(pattern) else _chances(pattern, count)


@cache
def _kept_chances(pattern: bytes, count: int) -> np.ndarray:
    return _chances(pattern, count)


def _doubled_ranks(values: np.ndarray) -> np.ndarray:
    """Return twice the ranks within each row, from 2; NaN where there is no value."""
    mine, other = values[:, :, None], values[:, None, :]
    doubled = 2 * (other < mine).sum(2) + (other == mine).sum(2) + 1.0
    return np.where(np.isnan(values), np.nan, doubled)


def _pattern(ranks: np.ndarray, runs: int) -> tuple[bytes, int]:
    """Return what the null distribution depends on: all ranks, sorted, and how many are the first sample's."""
    return np.sort(ranks[~np.isnan(ranks)]).astype(np.int16).tobytes(), int((~np.isnan(ranks[:runs])).sum())


def _recurs(pattern: bytes) -> bool:
    """Return whether there are few ties: none, or those of the distances from the medians of even numbers of runs."""
    ranks = np.frombuffer(pattern, dtype=np.int16)
    return np.count_nonzero(ranks[1:] == ranks[:-1]) <= 2


@cache
def _at_most(pattern: bytes, count: int) -> np.ndarray:
    """Return the probability, by value, that the doubled ranks of a random choice sum to at most that value."""
    return np.cumsum(_kept_chances(pattern, count))


def _chances(pattern: bytes, count: int, most: int | None = None) -> np.ndarray:
    """Return the probability of each sum, up to a largest one, of a random choice of the doubled ranks."""
    ranks = np.frombuffer(pattern, dtype=np.int16).tolist()
    largest = sum(ranks[len(ranks) - count :]) if most is None else most
    ways = np.zeros((count + 1, largest + 1))
    ways[0, 0] = 1
    for seen, rank in enumerate(ranks, start=1):
        # a choice of which too few are drawn by now, or more than were seen, is none
        first, last = max(1, count - (len(ranks) - seen)), min(count, seen)
        ways[first : last + 1, rank:] += ways[first - 1 : last, : max(largest + 1 - rank, 0)]
    return ways[count] / comb(len(ranks), count)
