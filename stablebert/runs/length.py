"""How many updates a length means."""

import math
import re

_LENGTH = re.compile(r"([1-9][0-9]*)(ep|st)")


def total_steps(length: str, examples: int, batch_size: int) -> int:
    """Return the number of updates of a run.

    Args:
        length: `3ep` (epochs; the last, partial batch of an epoch counts) or `800st` (steps).
        examples: Training examples, >= 1.
        batch_size: Examples an update, >= 1.

    Raises:
        ValueError: the length is of neither form; `long` and `own` are recorded choices that must be resolved before.

    Example:
        >>> total_steps("3ep", examples=1000, batch_size=32)
        96
    """
    match = _LENGTH.fullmatch(length)
    if match is None:
        raise ValueError(f"length {length!r} is not a number of epochs (3ep) or steps (800st)")
    number = int(match[1])
    return number if match[2] == "st" else number * math.ceil(examples / batch_size)
