"""What each part of the rule asks and says, in words that need no statistics."""

from collections.abc import Callable
from dataclasses import dataclass

from stablebert.gate import Part, Says

LOCATION, FAILURE_RATE, ALL_RUNS = "location", "failure rate", "all runs"
_TENTH = 0.1


@dataclass(frozen=True)
class Meaning:
    """One part of the rule.

    Attributes:
        question: What it asks.
        evidence: From a part and the unit of differences, how far it is from saying something else.
    """

    question: str
    evidence: Callable[[Part, str], str]


def meaning_of(name: str) -> Meaning:
    """Return what a part asks.

    Raises:
        ValueError: there is no such part.

    Example:
        >>> meaning_of("spread").question
        "do the runs scatter more than the baseline's?"
    """
    if name not in _MEANINGS:
        raise ValueError(f"a verdict has a part {name!r}; known are {', '.join(_MEANINGS)}")
    return _MEANINGS[name]


def part_sentence(part: Part, unit: str) -> str:
    """Return what a part asked, what it says, and by how much.

    Args:
        part: One of a verdict.
        unit: Of the verdict's differences, `points` or `margins`.

    Raises:
        ValueError: there is no such part.
    """
    meaning = meaning_of(part.name)
    evidence = meaning.evidence(part, unit)
    return f"{part.name} ({meaning.question}) {_SAYS[part.says]}: {part.words}.{f' {evidence}' if evidence else ''}"


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


_SAYS = {
    Says.ALLOWS: "lets it pass",
    Says.WITHHOLDS: "holds the PASS back",
    Says.ALARMS: "raises the alarm",
    Says.UNDECIDED: "cannot say yet",
}
_MEANINGS = {
    "failed runs": Meaning("do more runs fail than in the baseline?", _chance),
    LOCATION: Meaning("are the runs that have not failed as good as the baseline's?", _distance),
    "spread": Meaning("do the runs scatter more than the baseline's?", _chance),
    FAILURE_RATE: Meaning("can we be sure that not many more runs would fail?", _ceiling),
    ALL_RUNS: Meaning("is the mean still good enough if failed runs count?", _distance),
    "held-out log-loss": Meaning("is the loss on unseen examples higher, though the score is not?", _chance),
    "training loss": Meaning("is the loss in training higher, though the score is not?", _chance),
}
