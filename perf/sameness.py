"""Do two systems compute the same? Losses of the first updates, dropout off."""

from collections.abc import Sequence

# float32 sums in another order, grown over a few updates; bfloat16 has 8 bits
TOLERANCES = {"fp32": 1e-4, "bf16": 2e-2}
SAME = "the same"


def largest_difference(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the largest relative difference of two series of losses.

    Raises:
        ValueError: they are of different lengths, or empty.

    Example:
        >>> largest_difference([1.0, 2.0], [1.0, 2.5])
        0.2
    """
    if not ours or len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} losses of ours and {len(theirs)} of theirs cannot be compared")
    return max(abs(one - other) / abs(other) for one, other in zip(ours, theirs, strict=True))


def sameness_line(ours: Sequence[float], theirs: Sequence[float], precision: str) -> str:
    """Return one line that says whether the losses are the same within the tolerance of a precision."""
    found, allowed = largest_difference(ours, theirs), TOLERANCES[precision]
    verdict = SAME if found <= allowed else "NOT THE SAME"
    return f"{verdict}: {len(ours)} losses without dropout differ by {found:.1e} at most (allowed {allowed:.0e})"
