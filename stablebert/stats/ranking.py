"""Ranking many samples by pairwise tests, with ties shown.

Every pair gets a two-sided p-value, adjusted after Holm (1979) over all pairs. What is shown between A and B and
between B and C is shown between A and C, since with probability 1 - alpha nothing is shown that is not so. A sample's
rank is then a band: from 1 + the samples shown to be better, to the number of samples - those shown to be worse. All
bands together hold the true ranks with probability 1 - alpha, and two samples whose difference is not shown share a
rank.
"""

from collections.abc import Mapping

from stablebert.stats.multiplicity import holm

Pair = tuple[int, int]


def rank_bands(
    size: int, differences: Mapping[Pair, float], p_values: Mapping[Pair, float], *, alpha: float = 0.05
) -> list[tuple[int, int]]:
    """Return the best and the worst rank of each sample that the pairwise tests leave open, 1 the best.

    Args:
        size: Number of samples, >= 1.
        differences: Estimate of first minus second by pair of places (first < second); higher is better.
        p_values: Two-sided, by the same pairs, not adjusted.
        alpha: Probability that any band misses its true rank, in (0, 1).

    Raises:
        ValueError: a pair is missing, or alpha is outside its range.

    Example:
        >>> rank_bands(3, {(0, 1): 0.1, (0, 2): 5.0, (1, 2): 4.9}, {(0, 1): 0.6, (0, 2): 0.001, (1, 2): 0.002})
        [(1, 2), (1, 2), (3, 3)]
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; it must be in (0, 1)")
    pairs = [(first, second) for first in range(size) for second in range(first + 1, size)]
    if set(pairs) != set(differences) or set(pairs) != set(p_values):
        raise ValueError(f"{size} samples have {len(pairs)} pairs; {len(differences)} and {len(p_values)} are given")
    adjusted = holm([p_values[pair] for pair in pairs])
    better: list[set[int]] = [set() for _ in range(size)]
    for (first, second), p in zip(pairs, adjusted, strict=True):
        if p <= alpha and differences[first, second]:
            high, low = (first, second) if differences[first, second] > 0 else (second, first)
            better[low].add(high)
    _close(better)
    worse = [sum(place in others for others in better) for place in range(size)]
    return [(1 + len(better[place]), size - worse[place]) for place in range(size)]


def _close(better: list[set[int]]) -> None:
    """Add what follows: whoever is better than a better one is better."""
    for middle in range(len(better)):
        for others in better:
            if middle in others:
                others |= better[middle]
