r"""Equivalence of two means: the difference is shown to lie inside (-limit, limit).

Two one-sided tests (Schuirmann 1987): non-inferiority of each side to the other, both at level alpha. That is the same
as asking whether the (1 - 2 alpha) confidence interval of the difference lies inside the limits.
"""

from dataclasses import dataclass

from stablebert.stats.means import Scores, noninferiority

_PAIRINGS = ("welch", "paired")


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
