"""Holm's adjustment: several questions of one table, one error for all of them."""

from collections.abc import Sequence


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
