"""What is known of a set-up of fine-tuning: plain facts, each with the place where it was seen."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any

# a fact's value, None where it is not known, and where it was seen
Facts = dict[str, tuple[Any, str]]


class SetupError(ValueError):
    """A set-up cannot be read, or says what no set-up has."""


@dataclass(frozen=True)
class Setup:
    """What is known of a set-up; None is not known.

    Attributes:
        encoder: Hub name, folder or id of the pretrained encoder.
        task: Id of the task, e.g. `rte-1k`; nothing but `--fact` or a JSON of facts says it.
        optimizer: Name of the optimizer.
        bias_correction: Whether the optimizer corrects the bias of Adam's moments.
        learning_rate: The highest peak rate of a group, > 0.
        warmup: Updates with a rising rate, or below 1 their share of all; 0 is none.
        updates: Updates of the run, >= 1.
        schedule_updates: Updates after which the rate is 0 for good; infinite where that is not before the run's end.
        epochs: Passes of the run over its examples, > 0.
        schedule_epochs: Passes after which the rate is 0 for good, > 0; where updates are not known, it says as much.
        decays_normalisations: Whether weight decay is on for weights of normalisations or biases.
        trains_everything: Whether the optimizer has every parameter that is not frozen.
        reinit: Whether blocks are drawn anew.
        reinit_kept: Whether what was drawn anew is what training starts from.
        dropout: The largest probability of a dropout that is on in training, in [0, 1).
        mixout: Whether Mixout stands in the place of dropout.
        rates: Lowest and highest peak rate that stored searches or the paper have for encoder and task: `diagnose` puts
            them here.
        seen: Where each fact was seen, by its name.

    Example:
        >>> Setup(learning_rate=2e-5).updates is None
        True
    """

    encoder: str | None = None
    task: str | None = None
    optimizer: str | None = None
    bias_correction: bool | None = None
    learning_rate: float | None = None
    warmup: float | None = None
    updates: int | None = None
    schedule_updates: float | None = None
    epochs: float | None = None
    schedule_epochs: float | None = None
    decays_normalisations: bool | None = None
    trains_everything: bool | None = None
    reinit: bool | None = None
    reinit_kept: bool | None = None
    dropout: float | None = None
    mixout: bool | None = None
    rates: tuple[float, float] | None = None
    seen: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    @property
    def schedule_end(self) -> str:
        """Where the rate is 0 for good, and how long the run is, in words."""
        if self.schedule_updates is not None and self.updates is not None:
            return f"update {self.schedule_updates:g} on, and the run has {self.updates}"
        if self.schedule_epochs is not None and self.epochs is not None:
            return f"the end of epoch {self.schedule_epochs:g} on, and the run has {self.epochs:g}"
        return "an unknown update on"

    def known(self) -> dict[str, Any]:
        """Return the facts that are known, by name."""
        values = {name: getattr(self, name) for name in FACTS}
        return {name: value for name, value in values.items() if value is not None}

    def with_facts(self, facts: Mapping[str, tuple[Any, str]]) -> "Setup":
        """Return the set-up with facts in the place of its own."""
        places = {name: place for name, (_, place) in facts.items()}
        values = {name: value for name, (value, _) in facts.items()}
        return replace(self, **values, seen=MappingProxyType({**self.seen, **places}))


FACTS = tuple(each.name for each in fields(Setup) if each.name not in ("rates", "seen"))
_BOOLEAN = ("bias_correction", "decays_normalisations", "trains_everything", "reinit", "reinit_kept", "mixout")
_TEXT = ("encoder", "task", "optimizer")
_TASK = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+\-]*")
_LARGEST = 2**63
_RANGES: dict[str, tuple[Callable[[float], bool], str]] = {
    "learning_rate": (lambda value: 0 < value < math.inf, "a number > 0"),
    "warmup": (lambda value: 0 <= value < math.inf, "a number >= 0"),
    "updates": (lambda value: 1 <= value < math.inf and value == int(value), "a whole number >= 1"),
    "schedule_updates": (lambda value: value >= 1, "a number >= 1, or Infinity"),
    "epochs": (lambda value: 0 < value < math.inf, "a number > 0"),
    "schedule_epochs": (lambda value: 0 < value < math.inf, "a number > 0"),
    "dropout": (lambda value: 0 <= value < 1, "a number in [0, 1)"),
}


def setup_of(facts: Mapping[str, tuple[Any, str]]) -> Setup:
    """Return the set-up of facts.

    Example:
        >>> setup_of({"updates": (96, "line 3")}).seen["updates"]
        'line 3'
    """
    return Setup().with_facts(facts)


def checked_fact(name: str, value: Any) -> Any:
    """Return the value of a fact that somebody says.

    Args:
        name: Name of an attribute of `Setup`.
        value: As JSON has it; None is not known.

    Raises:
        SetupError: there is no such fact, or the value is not of its kind or outside its range.

    Example:
        >>> checked_fact("updates", 96.0)
        96
    """
    if name not in FACTS:
        raise SetupError(f"{name!r} is no fact of a set-up; known: {', '.join(FACTS)}")
    if value is None:
        return None
    if name in _BOOLEAN:
        right, wanted = isinstance(value, bool), "true or false"
    elif name == "task":
        # it is looked for by its name
        right, wanted = isinstance(value, str) and _TASK.fullmatch(value) is not None, "the id of a task, as in rte-1k"
    elif name in _TEXT:
        right, wanted = isinstance(value, str) and bool(value), "a text"
    else:
        check, wanted = _RANGES[name]
        right = _is_number(value) and check(value)
    if not right:
        raise SetupError(f"{name} is {value!r}; it must be {wanted}")
    return int(value) if name == "updates" else value


def given_facts(words: Iterable[str], place: str) -> Facts:
    """Return the facts of a command line.

    Args:
        words: `NAME=VALUE` each, the value as JSON or a plain text.
        place: Where they are said.

    Raises:
        SetupError: a word has another form, or as `checked_fact`.

    Example:
        >>> given_facts(["updates=96", "encoder=minilm"], "--fact")
        {'updates': (96, '--fact'), 'encoder': ('minilm', '--fact')}
    """
    found: Facts = {}
    for word in words:
        name, mark, text = word.partition("=")
        if not mark:
            raise SetupError(f"fact {word!r} is not of the form NAME=VALUE; names: {', '.join(FACTS)}")
        try:
            value = text if name in _TEXT else json.loads(text)
        except (ValueError, RecursionError):
            value = text
        found[name] = (checked_fact(name, value), place)
    return found


def _is_number(value: Any) -> bool:
    # a whole number beyond every float is none of anything
    whole = type(value) is int and abs(value) <= _LARGEST
    return whole or (isinstance(value, float) and not math.isnan(value))
