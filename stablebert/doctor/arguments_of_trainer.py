"""From transformers' TrainingArguments, as keywords or as JSON, to the facts of a set-up."""

import math
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from stablebert.checked import parse_json
from stablebert.doctor.facts import FACTS, Facts, SetupError, checked_fact

# what transformers 5 takes where nothing is said
DEFAULTS: dict[str, Any] = {
    "learning_rate": 5e-5,
    "warmup_steps": 0,
    "warmup_ratio": None,
    "lr_scheduler_type": "linear",
    "max_steps": -1,
    "num_train_epochs": 3.0,
    "optim": "adamw_torch_fused",
}
_MODEL = "model_name_or_path"
# of an encoder's configuration; with the first two at 0 it has none
_DROPOUTS = ("hidden_dropout_prob", "attention_probs_dropout_prob", "attention_dropout", "classifier_dropout")
_READ = (*DEFAULTS, *_DROPOUTS, _MODEL, "output_dir")
# a dump of TrainingArguments has this one always, and many that say nothing about stability
_DUMP = "output_dir"


def argument_facts(given: Mapping[str, Any], place: str, *, complete: bool = True) -> Facts:
    """Return the facts of a run by transformers' Trainer with its own optimizer and schedule.

    Args:
        given: Keywords of TrainingArguments; None is one whose value is not known.
        place: Where they stand.
        complete: Whether an argument that is not there has its default.

    Raises:
        SetupError: a value is not of its kind or outside its range.

    Example:
        >>> facts = argument_facts({"max_steps": 96, "warmup_steps": 0.1}, "line 3")
        >>> facts["warmup"], facts["updates"]
        ((0.1, 'line 3: warmup_steps'), (96, 'line 3: max_steps'))
    """

    def value(name: str) -> Any:
        return given.get(name, DEFAULTS[name] if complete else None)

    def seen(name: str) -> str:
        return f"{place}: {name}" if name in given else f"{place}: transformers' default"

    kind, name = value("lr_scheduler_type"), value("optim")
    own = f"{place}: the Trainer's own"
    # the Trainer spares normalisations and biases, and its schedule ends with the run
    facts: Facts = {
        "optimizer": (name, seen("optim")),
        "bias_correction": (True if isinstance(name, str) and name.startswith("adamw") else None, seen("optim")),
        "learning_rate": (value("learning_rate"), seen("learning_rate")),
        "schedule_updates": (math.inf, own),
        "decays_normalisations": (False, own),
        "trains_everything": (True, own),
        "updates": _updates(value("max_steps"), value("num_train_epochs"), seen),
        "warmup": _warmup(kind, value("warmup_steps"), value("warmup_ratio"), given, seen),
    }
    return {name: (checked_fact(name, found), where) for name, (found, where) in facts.items()}


def _updates(steps: Any, epochs: Any, seen: Any) -> tuple[Any, str]:
    # transformers writes -1 for "not set"; what is no number is refused where it is checked
    if steps is not None and not (isinstance(steps, int | float) and steps <= 0):
        return steps, seen("max_steps")
    return None, f"{epochs if epochs is not None else 'some'} epochs of a number of examples that is not said"


def _warmup(kind: Any, steps: Any, ratio: Any, given: Mapping[str, Any], seen: Any) -> tuple[Any, str]:
    if kind == "constant":
        # this one takes no notice of a warm-up
        return 0, seen("lr_scheduler_type")
    # both had names of their own before transformers 5
    name = "warmup_ratio" if not steps and ratio is not None else "warmup_steps"
    found = ratio if name == "warmup_ratio" else steps
    unknown = kind is None or (name in given and given[name] is None)
    return (None, f"{seen(name)} is not a constant") if unknown else (found, seen(name))


def dropout_facts(given: Mapping[str, Any], place: str) -> Facts:
    """Return the largest dropout that a configuration states; none of it where only some are said to be 0.

    Args:
        given: Attributes of the configuration; None is one whose value is not known.
        place: Where they stand.

    Raises:
        SetupError: a probability is outside its range.

    Example:
        >>> dropout_facts({"hidden_dropout_prob": 0.0}, "line 3")
        {'dropout': (None, 'line 3: hidden_dropout_prob is 0, the others are not said')}
    """
    stated = {name: checked_fact("dropout", given[name]) for name in _DROPOUTS if given.get(name) is not None}
    if not stated:
        return {}
    largest, where = max(stated.values()), f"{place}: {', '.join(stated)}"
    if largest or {*_DROPOUTS[:2]} <= stated.keys():
        return {"dropout": (largest, where)}
    return {"dropout": (None, f"{where} is 0, the others are not said")}


def json_facts(path: Path) -> Facts:
    """Return the facts of a JSON file: TrainingArguments as transformers writes them, facts of `Setup`, or both.

    Args:
        path: A JSON object. Without `output_dir` it is no dump of TrainingArguments, and every key must be known.

    Raises:
        SetupError: it is no JSON object, has a key that is not known, or a value is not of its kind.
    """
    try:
        given = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SetupError(f"it is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise SetupError(f"it is no JSON object, but a {type(given).__name__}")
    is_dump = _DUMP in given
    unknown = [] if is_dump else [key for key in given if key not in FACTS and key not in _READ]
    if unknown:
        near = get_close_matches(unknown[0], [*FACTS, *_READ], n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(FACTS)}, and those of TrainingArguments"
        raise SetupError(f"{unknown[0]!r} is not known; {hint}")
    said = {key: (checked_fact(key, given[key]), f"{path.name}: {key}") for key in given if key in FACTS}
    said |= {key: (None, f"null in {path.name}") for key in said if given[key] is None}
    # a null of a dump is what transformers writes for "not set"
    arguments = {key: value for key, value in given.items() if key in DEFAULTS and value is not None}
    facts = argument_facts(arguments, path.name) if is_dump or arguments.keys() - FACTS else {}
    facts |= dropout_facts(given, path.name)
    if given.get(_MODEL):
        facts["encoder"] = (checked_fact("encoder", given[_MODEL]), f"{path.name}: {_MODEL}")
    return facts | said
