"""The parts of the rule: what each asks, and what one says of a look."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Says(StrEnum):
    """What a part can say: a PASS is allowed, withheld, or undecided for want of runs, or the cell is to FAIL."""

    ALLOWS = "allows"
    WITHHOLDS = "withholds"
    ALARMS = "alarms"
    UNDECIDED = "undecided"


class Numbers(StrEnum):
    """What a part's numbers are: a p-value and its level, a loss and its bound, or a rate of failed runs and its."""

    CHANCE = "chance"
    LOSS = "loss"
    RATE = "rate"


class MoreSeeds(StrEnum):
    """What more seeds can do for a part that withholds a PASS, and under which condition."""

    RULE_OUT_LOSS = "if nothing is lost"
    LOWER_RATE = "if no further run is lost"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Part:
    """One part of a verdict with its evidence, None where it has none of that kind.

    Attributes:
        name: Of its kind, a key of `PARTS`.
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


@dataclass(frozen=True)
class PartKind:
    """One part of the rule, whatever it says of a look.

    Attributes:
        name: As verdicts bear it.
        question: What it asks, in words that need no statistics.
        can_alarm: Whether it can FAIL a cell; else it can only withhold a PASS.
        numbers: What its numbers are.
        more_seeds: What more seeds can do where it withholds a PASS.
        remedy: What helps where they do nothing, in a sentence.
        brief: The same in a few words, for a table.
    """

    name: str
    question: str
    can_alarm: bool
    numbers: Numbers
    more_seeds: MoreSeeds = MoreSeeds.NOTHING
    remedy: str = ""
    brief: str = ""

    def part(self, says: Says, words: str, *numbers: float | None) -> Part:
        """Return what this part says of a look.

        Args:
            says: What it says.
            words: Why, in one line.
            numbers: Estimate, bound, limit, p and level, as far as there are such.

        Raises:
            ValueError: it alarms, and can only withhold a PASS.
        """
        if says is Says.ALARMS and not self.can_alarm:
            raise ValueError(f"{self.name} alarms ({words}), and it can only withhold a PASS")
        return Part(self.name, says, words, *numbers)

    def alarm(self, words: str, estimate: float, limit: float, p: float, level: float) -> Part:
        """Return an alarm where the p-value reaches the level, and a PASS allowed otherwise.

        Example:
            >>> SPREAD.alarm("wide", 2.0, 1.0, 0.001, 0.01).words
            'wide (p = 0.001)'
        """
        if p <= level:
            return self.part(Says.ALARMS, f"{words} (p = {p:.2g})", estimate, None, limit, p, level)
        return self.part(Says.ALLOWS, words, estimate, None, limit, p, level)


def _endpoint(name: str, question: str) -> PartKind:
    remedy = (
        f"Not more seeds of the same: the candidate's {name} is higher, which its score does not show. Look at what "
        "has changed; a policy without this endpoint would not ask."
    )
    return PartKind(name, question, can_alarm=True, numbers=Numbers.CHANCE, remedy=remedy, brief=f"{name} higher")


FAILED_RUNS = PartKind(
    "failed runs", "do more runs fail or collapse than in the baseline?", can_alarm=True, numbers=Numbers.CHANCE
)
LOCATION = PartKind(
    "location",
    "are the runs that are not lost as good as the baseline's?",
    can_alarm=True,
    numbers=Numbers.LOSS,
    more_seeds=MoreSeeds.RULE_OUT_LOSS,
)
SPREAD = PartKind("spread", "do the runs scatter more than the baseline's?", can_alarm=True, numbers=Numbers.CHANCE)
FAILURE_RATE = PartKind(
    "failure rate",
    "can we be sure that not many more runs would fail or collapse?",
    can_alarm=False,
    numbers=Numbers.RATE,
    more_seeds=MoreSeeds.LOWER_RATE,
)
ALL_RUNS = PartKind(
    "all runs",
    "is the mean still good enough if lost runs count?",
    can_alarm=False,
    numbers=Numbers.LOSS,
    remedy="Fewer lost runs: they pull the mean of all runs down further than is let pass.",
    brief="all runs: not shown",
)
HELD_OUT_LOSS = _endpoint("held-out log-loss", "is the loss on unseen examples higher, though the score is not?")
TRAINING_LOSS = _endpoint("training loss", "is the loss in training higher, though the score is not?")

# in the order in which one decides among those that say the same
PARTS: Mapping[str, PartKind] = MappingProxyType(
    {kind.name: kind for kind in (FAILED_RUNS, LOCATION, SPREAD, FAILURE_RATE, ALL_RUNS, HELD_OUT_LOSS, TRAINING_LOSS)}
)


def in_order(parts: Iterable[Part | None]) -> tuple[Part, ...]:
    """Return the parts that are there, in the order in which one decides."""
    places = list(PARTS)
    return tuple(sorted(filter(None, parts), key=lambda part: places.index(part.name)))


def deciding(parts: Iterable[Part]) -> Part | None:
    """Return the part that decides: the first that alarms, else the first that does not allow a PASS, else none.

    Example:
        >>> deciding([LOCATION.part(Says.WITHHOLDS, ""), SPREAD.part(Says.ALARMS, "")]).name
        'spread'
    """
    objections = [part for part in parts if part.says is not Says.ALLOWS]
    return next((part for part in objections if part.says is Says.ALARMS), next(iter(objections), None))
