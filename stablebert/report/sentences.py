"""What each part of the rule asked and says, and what a PASS rules out, in words that need no statistics."""

from collections.abc import Callable

from stablebert.gate import PARTS, Numbers, Part, PartKind, Says, Status, Verdict
from stablebert.tables import number

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


def ruled_out_sentences(verdict: Verdict) -> tuple[str, ...]:
    """Return what a PASS rules out and what it leaves open, one sentence a point; nothing of any other verdict."""
    found = verdict.ruled_out
    if verdict.status is not Status.PASS or found is None:
        return ()
    lines = []
    if found.loss is not None and found.loss >= 0:
        lines.append(f"Lower by more than {verdict.shown(found.loss)} {verdict.unit}; a smaller loss is not ruled out.")
    elif found.loss is not None:
        lines.append(f"Lower at all: the mean is higher by at least {verdict.shown(-found.loss)} {verdict.unit}.")
    if found.more_lost is not None:
        more = max(0.0, found.more_lost)
        lines.append(
            f"Lost runs (failed, or collapsed far below the others) more frequent by over {100 * more:.0f} percentage "
            "points; a rarer failure could have stayed unseen with so few runs."
        )
    if found.spread is not None:
        lines.append(f"Scores that scatter more than {found.spread:.1f} times as much.")
    if verdict.loss_shown is not None and verdict.difference is not None:
        often = f"{100 * verdict.loss_shown:.1g} % of all comparisons"
        lines.append(
            f"But a loss of about {verdict.shown(-verdict.difference)} {verdict.unit} is shown: chance alone "
            f"would show as much in {often}. It passes since it is smaller than the margin."
        )
    return tuple(lines)


def _chance(part: Part, _: str, supposed: str = "If nothing had changed") -> str:
    """Return how often chance alone would show as much."""
    if part.p is None or part.level is None:
        return ""
    bar = "no more than" if part.p <= part.level else "more than"
    return (
        f"{supposed}, chance alone would show as much in {_percent(part.p)} of all comparisons, {bar} the "
        f"{_percent(part.level)} at which this counts."
    )


def _distance(part: Part, unit: str) -> str:
    """Return how far the cautious end of an estimate lies from its limit, or how often chance would show an alarm."""
    if part.says is Says.ALARMS:
        return _chance(part, unit, "If no more than that were lost")
    if part.limit is None:
        return ""
    if part.bound is None:
        return "So few runs set no bound to the loss yet."
    side = "inside" if part.bound > part.limit else "beyond"
    gap = abs(part.bound - part.limit)
    # the limit is a margin, or some of them
    bound, limit = (number(one, "+", part.limit) for one in (part.bound, part.limit))
    return f"At the cautious end it is {bound} {unit}, {number(gap, margin=part.limit)} {side} the limit of {limit}."


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
