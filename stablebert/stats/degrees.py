"""Satterthwaite's degrees of freedom, behind Welch's test and every other sum of independent estimates."""

import math
from collections.abc import Sequence


def satterthwaite(terms: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the standard error and degrees of freedom of a sum of independent estimates.

    With variances v of degrees d: sqrt(sum v) and (sum v)^2 / sum(v^2 / d).

    Args:
        terms: Variance, >= 0, and degrees of freedom, > 0, of each estimate; at least one.

    Example:
        >>> satterthwaite([(0.5, 19), (0.5, 19)])
        (1.0, 38.0)
    """
    total = math.fsum(variance for variance, _ in terms)
    if total == 0:
        return 0.0, float(min(degrees for _, degrees in terms))
    # shares, since the square of a small variance would be 0
    return math.sqrt(total), 1 / math.fsum((variance / total) ** 2 / degrees for variance, degrees in terms)
