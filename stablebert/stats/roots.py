"""Where a function changes its sign, by halving: `scipy.optimize` takes longer to load than this takes."""

from collections.abc import Callable

# of doubles, no interval can be halved more often
_MOST = 1100


def root(function: Callable[[float], float], low: float, high: float, tolerance: float = 0.0) -> float:
    """Return where a function changes its sign.

    Args:
        function: Continuous, with values of different signs at the two ends.
        low: One end.
        high: The other.
        tolerance: Length of the interval at which it ends; 0 ends where no number lies between.

    Raises:
        ValueError: the function does not change its sign.

    Example:
        >>> root(lambda x: x * x - 2, 0.0, 2.0)
        1.414213562373095
    """
    rises = function(high) > 0
    if (function(low) > 0) is rises:
        raise ValueError(f"the function has one sign at {low:g} and {high:g}; it must change it between them")
    for _ in range(_MOST):
        middle = (low + high) / 2
        if high - low <= tolerance or middle in (low, high):
            break
        low, high = (low, middle) if (function(middle) > 0) is rises else (middle, high)
    return (low + high) / 2
