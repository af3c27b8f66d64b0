"""The rank sum (Wilcoxon 1945, Mann and Whitney 1947), exact with ties, of one pair of samples or of several strata.

Exact means: given the pooled values of a stratum, every choice of the sample among them is equally likely where the two
do not differ. Ties have mid-ranks. Strata are independent, so the distribution of their sum is a convolution.
"""

import math
from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# runs of the sample times runs of both: beyond it the exact distribution takes longer than it is worth
_MOST_EXACT = 5000


def rank_sum_p_value(sample: Sequence[float], other: Sequence[float]) -> float:
    """Return the one-sided p-value that a sample does not tend to lie below another.

    Exact up to 5,000 (runs of the sample times runs of both), else the normal approximation with tie and continuity
    corrections. For the other direction swap the two.

    Args:
        sample: Finite values, at least 1.
        other: As `sample`.

    Raises:
        ValueError: a side is empty, or a value is not finite.

    Example:
        >>> rank_sum_p_value([1.0, 2.0], [3.0, 4.0]), rank_sum_p_value([3.0, 4.0], [1.0, 2.0])
        (0.16666666666666666, 1.0)
    """
    return pooled_rank_sum_p_value([(sample, other)])


def pooled_rank_sum_p_value(strata: Sequence[tuple[Sequence[float], Sequence[float]]]) -> float:
    """Return the p-value of `rank_sum_p_value` for the sum of the rank sums of several strata.

    Each stratum is ranked on its own, and its rank sum counts as it is (van Elteren 1960, with equal weights).

    Args:
        strata: Pairs of sample and other, at least 1.

    Raises:
        ValueError: as `rank_sum_p_value`, or there is no stratum.
    """
    import numpy as np

    if not strata:
        raise ValueError("a rank sum needs at least one stratum")
    ranked = [_doubled_ranks(sample, other) for sample, other in strata]
    observed = sum(int(ranks[:n].sum()) for ranks, n in ranked)
    if all(n * ranks.size <= _MOST_EXACT for ranks, n in ranked):
        chances = reduce(np.convolve, (_distribution(ranks, n) for ranks, n in ranked))
        return min(1.0, float(chances[: observed + 1].sum()))
    from scipy.special import ndtr

    moments = [_moments(ranks, n) for ranks, n in ranked]
    deviation = math.sqrt(sum(variance for _, variance in moments))
    above = observed - sum(mean for mean, _ in moments)
    # doubled ranks: half a rank of continuity is 1
    return float(ndtr((above + 1) / deviation)) if deviation else 1.0


def _doubled_ranks(sample: Sequence[float], other: Sequence[float]) -> "tuple[np.ndarray, int]":
    """Return twice the mid-ranks of both, the sample's first, which are whole, and the runs of the sample."""
    import numpy as np

    both = np.concatenate([np.asarray(sample, dtype=float), np.asarray(other, dtype=float)])
    if not len(sample) or not len(other) or not np.isfinite(both).all():
        raise ValueError(
            f"a rank sum of {len(sample)} and {len(other)} values: wanted finite ones, at least one a side"
        )
    _, place, ties = np.unique(both, return_inverse=True, return_counts=True)
    return (2 * ties.cumsum() - ties + 1)[place], len(sample)


def _distribution(ranks: "np.ndarray", n: int) -> "np.ndarray":
    """Return the probability of each sum of n ranks drawn without replacement, from 0 to the largest."""
    import numpy as np

    largest = int(np.sort(ranks)[-n:].sum())
    chances = np.zeros((n + 1, largest + 1))
    chances[0, 0] = 1.0
    for place, rank in enumerate(ranks):
        # whether this one is drawn depends on how many of those before it were
        drawn = chances[:-1, : largest + 1 - rank] * ((n - np.arange(n)) / (ranks.size - place))[:, None]
        chances *= (1 - (n - np.arange(n + 1)) / (ranks.size - place)).clip(0)[:, None]
        chances[1:, rank:] += drawn
    return np.asarray(chances[n])


def _moments(ranks: "np.ndarray", n: int) -> tuple[float, float]:
    """Return the mean and the variance of the sum of n ranks drawn without replacement."""
    size = ranks.size
    return n * float(ranks.mean()), n * (size - n) / size * float(ranks.var(ddof=1))
