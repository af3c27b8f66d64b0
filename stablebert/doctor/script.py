"""From a Python script to the facts of a set-up. The script is read, and never run.

What is said twice with different values, or is computed when the script runs, is not known.
"""

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path

from stablebert.doctor.arguments_of_trainer import argument_facts, dropout_facts
from stablebert.doctor.facts import Facts, checked_fact
from stablebert.doctor.optimizer_call import is_optimizer, optimizer_facts
from stablebert.doctor.source import Call, Source
from stablebert.runs.cell import parse_method
from stablebert.runs.spec import Recipe

# place of the warm-up and of all updates among the arguments of transformers' functions and of ours
_SCHEDULES: dict[str, tuple[int, int | None]] = {
    "get_linear_schedule_with_warmup": (1, 2),
    "get_cosine_schedule_with_warmup": (1, 2),
    "get_polynomial_decay_schedule_with_warmup": (1, 2),
    "get_constant_schedule_with_warmup": (1, None),
    "get_scheduler": (2, 3),
    "linear_warmup_decay": (2, 1),
}
_OF_TRANSFORMERS = ("num_warmup_steps", "num_training_steps")
# classes of these names with defaults of their own, such as a warm-up
_OTHER_TRAINERS = ("setfit.",)
_NO_MODEL = ("Tokenizer", "TokenizerFast", "Config", "Processor", "Extractor")
# where none of these stands, nothing sets the rate; torch's schedulers end in LR
_SOME_SCHEDULE = re.compile(
    r"(?i:sched|warm_?up|anneal|(adjust|set|get|update|decay|cosine)_(lr|learning_?rate))|LR\b|\[[\"']lr[\"']\]"
)
# where one of these stands, not every weight is trained, or others than the model's own
_SOME_FROZEN = re.compile(
    r"requires_grad\s*=\s*False|requires_grad_\(\s*(requires_grad\s*=\s*)?False|(?i:freeze)|\bpeft\b"
)


def script_facts(path: Path) -> Facts:
    """Return the facts that a Python script states.

    Args:
        path: The script.

    Raises:
        SetupError: it is no Python, or states what no set-up has.
    """
    facts = _stated(Source(path))
    return {name: (checked_fact(name, value), place) for name, (value, place) in facts.items()}


def _stated(source: Source) -> Facts:
    facts: Facts = {}
    # what comes later goes before what the Trainer would do by itself
    for layer in (_trainer, _model, _schedule, _optimizer, _prepared):
        facts |= _agreed(layer(source))
    if not facts:
        # that it has no Mixout either says nothing
        return {}
    for layer in (_reinit, _dropout, _partial):
        facts |= _agreed(layer(source))
    return facts


def _agreed(said: Iterator[Facts]) -> Facts:
    """Put what several calls say together; a fact that they state differently is not known."""
    agreed: Facts = {}
    for facts in said:
        for name, (value, place) in facts.items():
            before = agreed.get(name)
            if before is None or before[0] == value:
                agreed[name] = (value, place)
            else:
                agreed[name] = (None, f"{before[1]} and {place} say it differently")
    return agreed


def _at(call: Call) -> str:
    return f"line {call.line}"


def _trainer(source: Source) -> Iterator[Facts]:
    given_away = {"optimizer", "bias_correction", "learning_rate", "decays_normalisations", "trains_everything"}
    for call in source.calls:
        if call.path.startswith(_OTHER_TRAINERS):
            continue
        if call.name.endswith("TrainingArguments"):
            # what is handed over as **options may be any of them
            complete = all(each.arg is not None for each in call.node.keywords)
            yield argument_facts(source.keywords_of(call), _at(call), complete=complete)
        elif call.name.endswith("Trainer"):
            lost = {"optimizers": {*given_away, "schedule_updates", "warmup"}, "optimizer_cls_and_kwargs": given_away}
            match call.argument("optimizers"):
                case ast.Tuple(elts=[_, ast.Constant(value=None)]):
                    # the schedule stays the Trainer's
                    lost["optimizers"] = given_away
            names = {name for each in call.node.keywords for name in lost.get(each.arg or "", ())}
            yield {name: (None, f"{_at(call)}: the Trainer is given its own") for name in sorted(names)}


def _model(source: Source) -> Iterator[Facts]:
    for call in _loading(source):
        if isinstance(name := source.value_of(call.argument("pretrained_model_name_or_path", 0)), str):
            yield {"encoder": (name, _at(call))}
        yield dropout_facts(source.keywords_of(call), _at(call))


def _loading(source: Source) -> list[Call]:
    """Return the calls that load the weights of a model."""
    loading = [call for call in source.calls if call.name == "from_pretrained"]
    return [call for call in loading if not call.path.removesuffix(".from_pretrained").endswith(_NO_MODEL)]


def _schedule(source: Source) -> Iterator[Facts]:
    for call in source.calls:
        where = _at(call)
        if call.name == "get_constant_schedule":
            yield {"warmup": (0, where), "schedule_updates": (math.inf, where)}
        elif call.name in _SCHEDULES:
            first, second = _SCHEDULES[call.name]
            names = ("warmup_steps", "total_steps") if call.name == "linear_warmup_decay" else _OF_TRANSFORMERS
            given = None if second is None else call.argument(names[1], second)
            end = math.inf if second is None else source.value_of(given)
            yield _passes(source, call, given)
            yield {
                "warmup": (source.value_of(call.argument(names[0], first)), f"{where}: {call.name}"),
                "schedule_updates": (end, f"{where}: {call.name}"),
            }
    # of a loop that trains nothing pretrained nothing is known here
    if _has_loop(source) and _loading(source) and not _SOME_SCHEDULE.search(source.text):
        yield {"warmup": (0, "no schedule"), "schedule_updates": (math.inf, "no schedule")}


def _passes(source: Source, schedule: Call, end: ast.expr | None) -> Facts:
    """Return the epochs of a schedule that is as long as the loader of a loop of several, where that is to be seen."""
    match source.behind(end):
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]):
            epochs = source.passes_over(name, schedule.node)
            if isinstance(epochs, int) and epochs > 0:
                return {
                    "schedule_epochs": (1, f"{_at(schedule)}: len({name})"),
                    "epochs": (epochs, f"the loop over {name}"),
                }
    return {}


def _has_loop(source: Source) -> bool:
    return any(call.name == "backward" for call in source.calls)


def _optimizer(source: Source) -> Iterator[Facts]:
    calls = [call for call in source.calls if is_optimizer(call)]
    why = "others of them are frozen" if _SOME_FROZEN.search(source.text) else "there are other optimizers"
    for call in calls:
        facts = optimizer_facts(source, call, _at(call))
        if facts.get("trains_everything", (None,))[0] is False and (len(calls) > 1 or "frozen" in why):
            facts["trains_everything"] = (None, f"{facts['trains_everything'][1]}, and {why}")
        yield facts


def _prepared(source: Source) -> Iterator[Facts]:
    for call, names in _preparing(source):
        where = f"{_at(call)}: prepare"
        given, recipe = call.argument("warmup_steps"), call.argument("recipe")
        usual = Recipe() if recipe is None else None
        warmup = usual.warmup_ratio if usual else None
        yield {
            "optimizer": ("bertadam" if "bertadam" in names else "debiased", where),
            "bias_correction": ("bertadam" not in names if names else None, where),
            "learning_rate": (usual.learning_rate if usual else None, where),
            "warmup": (source.value_of(given) if given else warmup, where),
            "schedule_updates": (source.value_of(call.argument("total_steps")), where),
            "decays_normalisations": (False if usual else None, where),
            "trains_everything": (True, where),
        }


def _preparing(source: Source) -> list[tuple[Call, set[str]]]:
    """Return the calls of `stablebert.hf.prepare` with the names of their methods, none where they are not known."""
    found = []
    for call in _of(source, "prepare", "stablebert.hf"):
        method = source.value_of(call.argument("method", 1))
        found.append((call, {each.name for each in parse_method(method)} if isinstance(method, str) else set()))
    return found


def _of(source: Source, name: str, home: str = "stablebert") -> list[Call]:
    """Return the calls of a function of this package."""
    return [call for call in source.calls if call.name == name and call.path.startswith(f"{home}.")]


def _reinit(source: Source) -> Iterator[Facts]:
    drawn = _of(source, "reinitialize") + [call for call, names in _preparing(source) if "reinit" in names]
    marked = [call for call in source.calls if _asks_transformers(source, call)]
    if not drawn and not marked:
        yield {"reinit": (False, "nothing is drawn anew")}
    for call in marked:
        if any(_precedes(loading, call) for loading in _loading(source)):
            why = f"{_at(call)}: transformers 5 leaves loaded weights as they are"
            yield {"reinit": (True, _at(call)), "reinit_kept": (False, why)}
    of_models = [call for call in source.calls if call.name == "load_state_dict" and "optim" not in call.path]
    for call in drawn:
        later = [each for each in (*_loading(source), *of_models) if each.line > call.line]
        undone = next((each for each in later if _precedes(call, each)), None)
        where = undone or next(iter(later), call)
        kept = False if undone else None if later else True
        yield {"reinit": (True, _at(call)), "reinit_kept": (kept, f"{_at(where)}: {where.name}")}


def _asks_transformers(source: Source, call: Call) -> bool:
    """Return whether a call draws weights by a model's own `_init_weights`."""
    asked = [call.path, *(source.path_of(argument) for argument in call.node.args if call.name == "apply")]
    return any(path.endswith("._init_weights") for path in asked)


def _precedes(one: Call, other: Call) -> bool:
    # in different functions the order of lines is not the order of time
    return one.scope is other.scope and one.line < other.line


def _dropout(source: Source) -> Iterator[Facts]:
    mixed = _of(source, "apply_mixout") + [call for call, names in _preparing(source) if "mixout" in names]
    yield {"mixout": (bool(mixed), _at(mixed[0]) if mixed else "no Mixout")}
    loading = _loading(source)
    # weights that are not trained are well left in evaluation mode
    if _SOME_FROZEN.search(source.text):
        return
    if loading and _has_loop(source) and all(call.name != "train" for call in source.calls):
        why = f"{_at(loading[0])}: from_pretrained returns a model in evaluation mode, and nothing calls train()"
        yield {"dropout": (0.0, why)}


def _partial(source: Source) -> Iterator[Facts]:
    """Take back which encoder it is where its weights are not all trained: rates are stored of those that are."""
    if found := _SOME_FROZEN.search(source.text):
        line = source.text.count("\n", 0, found.start()) + 1
        yield {"encoder": (None, f"line {line}: {found[0]}, and rates are stored of models that are trained whole")}
