"""Many tests and one error for all of them: Holm's adjustment, and the ranks that adjusted pairwise tests leave open.

For a ranking every pair gets a two-sided p-value, adjusted after Holm (1979) over all pairs. What is shown between A
and B and between B and C is shown between A and C, since with probability 1 - alpha nothing is shown that is not so. A
sample's rank is then a band: from 1 + the samples shown to be better, to the number of samples - those shown to be
worse. All bands together hold the true ranks with probability 1 - alpha, and two samples whose difference is not shown
share a rank.
"""

from collections.abc import Mapping, Sequence

Pair = tuple[int, int]


def holm(p_values: Sequence[float]) -> list[float]:
    """Return adjusted p-values in the order given; those at most alpha are rejected with a family-wise error of alpha.

    The smallest of m is multiplied by m, the next by m - 1, and so on; none is adjusted below one before it
    (Holm, 1979). It holds whatever the dependence between the tests.

    Args:
        p_values: Each in [0, 1]; there may be none.

    Raises:
        ValueError: a value is outside its range.

    Example:
        >>> holm([0.02, 0.3, 0.01])
        [0.04, 0.3, 0.03]
    """
    wrong = [value for value in p_values if not 0 <= value <= 1]
    if wrong:
        raise ValueError(f"p-values {wrong} are not in [0, 1]")
    adjusted = [0.0] * len(p_values)
    reached = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        reached = min(1.0, max(reached, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = reached
    return adjusted


def holm_within(groups: Sequence[str | int], p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values adjusted within each group, in the order given; where there is none, nothing is asked.

    Args:
        groups: The group of each.
        p_values: Each in [0, 1], or None.

    Raises:
        ValueError: as `holm`.

    Example:
        >>> holm_within(["Table 1", "Table 1", "Table 2", "Table 2"], [0.02, 0.3, 0.5, None])
        [0.04, 0.3, 0.5, None]
    """
    adjusted = [*p_values]
    for group in set(groups):
        asked = [
            (place, value)
            for place, (own, value) in enumerate(zip(groups, p_values, strict=True))
            if own == group and value is not None
        ]
        for (place, _), value in zip(asked, holm([value for _, value in asked]), strict=True):
            adjusted[place] = value
    return adjusted


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
