"""How many updates a length means."""

import math
import re

from stablebert.runs.cell import check_length
from stablebert.runs.spec import RunSpec

_LENGTH = re.compile(r"([1-9][0-9]*)(ep|st)")


def training_length(spec: RunSpec) -> str:
    """Return the length that a run is trained for: its own, or the steps that `long` stands for (Section 6).

    Args:
        spec: Any run.

    Raises:
        ValueError: the length is `own`, or `long` and no choice is recorded for the run's task, method and rate.

    Example:
        >>> training_length(RunSpec(task="trec", length="long", steps=800))
        '800st'
    """
    check_length(spec.length)
    if spec.length != "long":
        return spec.length
    if spec.steps is None:
        raise ValueError(
            f"how many updates 'long' means for {spec.task} and {spec.method} at rate {spec.recipe.learning_rate:g} is "
            f"not recorded; `stablebert search --lengths --encoder {spec.encoder} --tasks {spec.task} "
            f"--methods {spec.method}` chooses it on validation"
        )
    return f"{spec.steps}st"


def total_steps(length: str, examples: int, batch_size: int) -> int:
    """Return the number of updates of a run.

    Args:
        length: `3ep` (epochs; the last, partial batch of an epoch counts) or `800st` (steps).
        examples: Training examples, >= 1.
        batch_size: Examples an update, >= 1.

    Raises:
        ValueError: the length is of neither form; `training_length` resolves `long`, and nothing yet `own`.

    Example:
        >>> total_steps("3ep", examples=1000, batch_size=32)
        96
    """
    check_length(length)
    match = _LENGTH.fullmatch(length)
    if match is None:
        raise ValueError(f"length {length!r} is not a number of epochs (3ep) or steps (800st)")
    number = int(match[1])
    return number if match[2] == "st" else number * math.ceil(examples / batch_size)
