"""What each part of the rule asked and says, and what a PASS rules out, in words that need no statistics."""

import math
from collections.abc import Callable

from stablebert.gate import PARTS, Numbers, Part, PartKind, Says, Status, Verdict

# a p-value from which on a part sees no sign of what it looks for
_NO_SIGN = 0.5
# a share below which "one of so many" is easier to picture than percent, and the smallest that is told
_RARE, _LEAST = 1e-3, 1e-9
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


def ruled_out_sentences(verdict: Verdict) -> tuple[str, ...]:
    """Return what a PASS rules out, one sentence a point; nothing of any other verdict."""
    found = verdict.ruled_out
    if verdict.status is not Status.PASS or found is None:
        return ()
    lines = []
    if found.loss is not None and found.loss >= 0:
        lines.append(f"A mean that is lower by more than {found.loss:.2f} {verdict.unit}.")
    elif found.loss is not None:
        lines.append(f"A lower mean: it is higher by at least {-found.loss:.2f} {verdict.unit}.")
    if found.more_lost is not None:
        lines.append(f"More than {100 * max(0.0, found.more_lost):.0f} further lost runs in 100.")
    if found.spread is not None:
        lines.append(f"Scores that scatter more than {found.spread:.1f} times as much.")
    return tuple(lines)


def left_open_sentences(verdict: Verdict) -> tuple[str, ...]:
    """Return what a PASS does not rule out, one sentence a point; nothing of any other verdict."""
    found = verdict.ruled_out
    if verdict.status is not Status.PASS or found is None:
        return ()
    lines = []
    if found.loss is not None and found.loss > 0:
        lines.append(f"A mean that is lower by up to {found.loss:.2f} {verdict.unit}, which is held not to matter.")
    if verdict.loss_shown is not None and verdict.difference is not None:
        lines.append(
            f"A loss of about {-verdict.difference:.2f} {verdict.unit} is even shown: if nothing had changed, chance "
            f"alone would show as much in {_often(verdict.loss_shown)}. It passes since it is smaller than the margin."
        )
    if found.more_lost is not None and found.more_lost > 0:
        lines.append(
            f"Up to {100 * found.more_lost:.0f} further lost runs in 100: with so few runs a candidate that loses as "
            "many can look like this."
        )
    if found.spread is not None and found.spread > 1:
        lines.append(f"Scores that scatter up to {found.spread:.1f} times as much.")
    if found.spread is None and verdict.unit == "points":
        lines.append("Scores that scatter more, however much.")
    return tuple(lines)


def _chance(part: Part, _: str) -> str:
    """Return how often chance alone would show as much."""
    if part.p is None or part.level is None:
        return ""
    if part.p >= _NO_SIGN:
        return "Nothing points that way."
    return (
        f"If nothing had changed, chance alone would show as much in {_often(part.p)}; the bar is {_often(part.level)}."
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
    side = "below" if part.bound <= part.limit else "above"
    return f"That is {100 * abs(part.bound - part.limit):.0f} in 100 {side} what is let pass."


def _often(share: float) -> str:
    """Return how often something happens by chance, as a reader can picture it."""
    if share >= _RARE:
        return f"{100 * share:.2g} % of all comparisons"
    if share < _LEAST:
        return f"less than one of {1 / _LEAST:,.0f} comparisons"
    times = 1 / share
    digits = math.floor(math.log10(times)) - 1
    return f"one of {round(times, -digits):,.0f} comparisons"


_EVIDENCE: dict[Numbers, Callable[[Part, str], str]] = {
    Numbers.CHANCE: _chance,
    Numbers.LOSS: _distance,
    Numbers.RATE: _ceiling,
}
