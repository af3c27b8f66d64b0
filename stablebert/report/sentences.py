"""What each part of the rule asked and says, and by how much, in words that need no statistics."""

from collections.abc import Callable

from stablebert.gate import PARTS, Numbers, Part, PartKind, Says

_TENTH = 0.1
_SAYS = {
    Says.ALLOWS: "lets it pass",
    Says.WITHHOLDS: "holds the PASS back",
    Says.ALARMS: "raises the alarm",
    Says.UNDECIDED: "cannot say yet",
}


def kind_of(part: Part) -> PartKind:
    """Return which part of the rule speaks.

    Raises:
        ValueError: there is no such part.

    Example:
        >>> kind_of(Part("spread", Says.ALLOWS, "")).question
        "do the runs scatter more than the baseline's?"
    """
    if part.name not in PARTS:
        raise ValueError(f"a verdict has a part {part.name!r}; known are {', '.join(PARTS)}")
    return PARTS[part.name]


def part_sentence(part: Part, unit: str) -> str:
    """Return what a part asked, what it says, and by how much.

    Args:
        part: One of a verdict.
        unit: Of the verdict's differences, `points` or `margins`.

    Raises:
        ValueError: there is no such part.
    """
    kind = kind_of(part)
    evidence = _EVIDENCE[kind.numbers](part, unit)
    return f"{part.name} ({kind.question}) {_SAYS[part.says]}: {part.words}.{f' {evidence}' if evidence else ''}"


def _chance(part: Part, _: str) -> str:
    """Return how often chance alone would show as much."""
    if part.p is None or part.level is None:
        return ""
    bar = "no more than" if part.p <= part.level else "more than"
    return (
        f"If nothing had changed, chance alone would show as much in {_percent(part.p)} of all comparisons, {bar} the "
        f"{_percent(part.level)} at which this counts."
    )


def _distance(part: Part, unit: str) -> str:
    """Return how far the cautious end of an estimate lies from its limit, or how often chance would show an alarm."""
    if part.says is Says.ALARMS:
        return _chance(part, unit)
    if part.limit is None:
        return ""
    if part.bound is None:
        return "So few runs set no bound to the loss yet."
    side = "inside" if part.bound > part.limit else "beyond"
    gap = abs(part.bound - part.limit)
    return f"At the cautious end it is {part.bound:+.2f} {unit}, {gap:.2f} {side} the limit of {part.limit:+.2f}."


def _ceiling(part: Part, _: str) -> str:
    """Return how far the largest failure rate that the runs leave open lies from its ceiling."""
    if part.bound is None or part.limit is None:
        return ""
    gap, side = 100 * abs(part.bound - part.limit), "below" if part.bound <= part.limit else "above"
    return f"That is {gap:.0f} percentage points {side} what is let pass."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= _TENTH else f"{100 * share:.2g} %"


_EVIDENCE: dict[Numbers, Callable[[Part, str], str]] = {
    Numbers.CHANCE: _chance,
    Numbers.LOSS: _distance,
    Numbers.RATE: _ceiling,
}
