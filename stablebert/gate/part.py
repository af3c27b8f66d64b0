"""What one part of the rule says of a look."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Says(StrEnum):
    """What a part can say: a PASS is allowed, withheld, or undecided for want of runs, or the cell is to FAIL."""

    ALLOWS = "allows"
    WITHHOLDS = "withholds"
    ALARMS = "alarms"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Part:
    """One part of a verdict with its evidence, None where it has none of that kind.

    Attributes:
        name: `failed runs`, `location`, `spread`, `failure rate`, `all runs`, or the second endpoint's.
        says: What it says.
        words: Why, in one line.
        estimate: What was measured; points, or a rate in [0, 1] of failed runs.
        bound: Confidence bound of the estimate on the side that matters.
        limit: What the bound or estimate is held against, in the same unit.
        p: The p-value that speaks for what is said.
        level: Its level at this look.
    """

    name: str
    says: Says
    words: str
    estimate: float | None = None
    bound: float | None = None
    limit: float | None = None
    p: float | None = None
    level: float | None = None


def alarm_part(name: str, words: str, estimate: float, limit: float, p: float, level: float) -> Part:
    """Return a part that alarms where its p-value reaches the level, and allows a PASS otherwise.

    Example:
        >>> alarm_part("spread", "wide", 2.0, 1.0, 0.001, 0.01).words
        'wide (p = 0.001)'
    """
    if p <= level:
        return Part(name, Says.ALARMS, f"{words} (p = {p:.2g})", estimate, None, limit, p, level)
    return Part(name, Says.ALLOWS, words, estimate, None, limit, p, level)


def deciding(parts: Sequence[Part]) -> Part | None:
    """Return the part that decides: the first that alarms, else the first that does not allow a PASS, else none.

    Example:
        >>> deciding([Part("one", Says.WITHHOLDS, ""), Part("two", Says.ALARMS, "")]).name
        'two'
    """
    alarms = (part for part in parts if part.says is Says.ALARMS)
    return next(alarms, None) or next((part for part in parts if part.says is not Says.ALLOWS), None)
