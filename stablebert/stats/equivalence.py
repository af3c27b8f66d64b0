r"""Equivalence of two means: the difference is shown to lie inside (-limit, limit).

Two one-sided tests (Schuirmann 1987): non-inferiority of each side to the other, both at level alpha. That is the same
as asking whether the (1 - 2 alpha) confidence interval of the difference lies inside the limits.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stablebert.stats.location import Scores, noninferiority

_PAIRINGS = ("welch", "paired")
_MOST = 1000


@dataclass(frozen=True)
class Equivalence:
    """The outcome of the two tests; differences in the unit of the scores.

    Attributes:
        difference: Estimate of mean(other) - mean(one).
        lower_bound: Lower (1 - alpha) confidence bound of the difference.
        upper_bound: Upper (1 - alpha) confidence bound.
        p_value: The larger of the two one-sided p-values.
        equivalent: Whether both bounds lie inside the limits.
    """

    difference: float
    lower_bound: float
    upper_bound: float
    p_value: float
    equivalent: bool


def equivalence(
    other: Scores, one: Scores, *, limit: float, alpha: float = 0.05, pairing: str = "welch"
) -> Equivalence:
    """Test whether two means differ by less than a limit.

    Args:
        other: Scores, shape (runs,), or {seed: score} where they are paired.
        one: As `other`.
        limit: Smallest difference that matters, > 0, in the unit of the scores.
        alpha: Level of each of the two tests, in (0, 1).
        pairing: `welch`, or `paired` (differences on the common seeds).

    Raises:
        ValueError: the pairing is neither, or as `noninferiority`.

    Example:
        >>> equivalence([80.1, 80.4, 79.9], [80.0, 80.3, 80.2, 79.8], limit=1.0).equivalent
        True
    """
    if pairing not in _PAIRINGS:
        raise ValueError(f"pairing is {pairing!r}; it must be one of {', '.join(_PAIRINGS)}")
    above = noninferiority(other, one, margin=limit, alpha=alpha, pairing=pairing)
    below = noninferiority(one, other, margin=limit, alpha=alpha, pairing=pairing)
    return Equivalence(
        above.difference,
        above.lower_bound,
        -below.lower_bound,
        max(above.p_value, below.p_value),
        above.noninferior and below.noninferior,
    )


def equivalence_runs(deviations: Sequence[float], limit: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return the runs a side that show equivalence with at least the given power if the means are equal.

    Each of the two tests gets half of the probability to miss it, so the power is a lower bound.

    Args:
        deviations: Standard deviation of the differences of pairs (one value), or of the scores of each side (two),
            each >= 0.
        limit: In the unit of the scores, > 0.
        alpha: Level of each test.
        power: Wanted probability, in (0, 1).

    Returns:
        Runs a side, in [3, 1000]; 1000 also where more are needed.

    Raises:
        ValueError: there are not one or two deviations.

    Example:
        >>> equivalence_runs([1.0], 1.0), equivalence_runs([1.0, 1.0], 1.0)
        (11, 18)
    """
    if len(deviations) not in (1, 2):
        raise ValueError(f"{len(deviations)} standard deviations; wanted one (of pairs) or two (of the sides)")
    from scipy.stats import nct, t

    total, samples = sum(sd**2 for sd in deviations), len(deviations)
    for runs in range(3, _MOST):
        degrees = samples * (runs - 1)
        shift = limit * math.sqrt(runs / total) if total else math.inf
        if shift > 30 or nct.sf(t.isf(alpha, degrees), degrees, shift) >= (1 + power) / 2:
            return runs
    return _MOST
