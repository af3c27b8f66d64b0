"""What the construction of an optimizer in a script says: bias correction, rate, decay, and which parameters it has."""

import ast
from dataclasses import dataclass

from stablebert.doctor.facts import Facts
from stablebert.doctor.source import Call, Source


@dataclass(frozen=True)
class Known:
    """What is known of a class by its name.

    Attributes:
        corrected: Whether it corrects the bias of Adam's moments; None where that does not apply.
        decay: Its weight decay where none is given; None where that differs between versions.
    """

    corrected: bool | None
    decay: float | None = 0.0


OPTIMIZERS = {
    **dict.fromkeys(("Adam", "NAdam", "RAdam", "Adamax", "FusedAdam", "Adam8bit"), Known(True)),
    **dict.fromkeys(("AdamW8bit", "PagedAdamW8bit", "PagedAdamW32bit"), Known(True, 0.01)),
    # transformers had one of this name without decay
    "AdamW": Known(True, 0.01),
    "BertAdam": Known(False, None),
    "BERTAdam": Known(False, None),
    **dict.fromkeys(("SGD", "RMSprop", "Adagrad", "Adadelta", "Adafactor", "Lion"), Known(None, None)),
}
_DECAYS = {"transformers.AdamW": 0.0, "stablebert.optim.BertAdam": 0.0, "pytorch_pretrained_bert.BertAdam": 0.01}
_SWITCHES = ("correct_bias", "bias_correction")
_OUR_GROUPS = ("layerwise_lr_groups", "weight_decay_groups")
# of a wrapped model these are the whole
_WHOLE = ("module", "model")


def is_optimizer(call: Call) -> bool:
    """Return whether a call builds an optimizer that is known by name."""
    return call.name in OPTIMIZERS


def optimizer_facts(source: Source, call: Call, where: str) -> Facts:
    """Return what the construction of an optimizer says.

    Args:
        source: The script.
        call: The call.
        where: Its place.
    """
    known, place = OPTIMIZERS[call.name], f"{where}: {call.path}"
    corrected = known.corrected
    for name in _SWITCHES:
        if (switch := call.argument(name)) is not None:
            corrected, place = source.value_of(switch), f"{where}: {name}"
    facts: Facts = {"optimizer": (call.path, where), "bias_correction": (corrected, place)}
    rate = call.argument("lr", 1)
    if rate is not None:
        facts["learning_rate"] = (source.value_of(rate), f"{where}: lr")
    if (warmup := call.argument("warmup")) is not None:
        facts["warmup"] = (source.value_of(warmup), f"{where}: warmup")
        if (total := call.argument("t_total")) is not None:
            facts["schedule_updates"] = (source.value_of(total), f"{where}: t_total")
    given = call.argument("weight_decay")
    default = _DECAYS.get(call.path, known.decay)
    decay = default if given is None else _number(source, given)
    stated = f"{where}: weight_decay {decay}" if given else f"{where}: weight_decay {decay}, the default"
    groups = source.behind(call.argument("params", 0))
    facts["decays_normalisations"] = (_decays(source, groups, decay), stated)
    facts["trains_everything"] = (_all_of(source, groups), f"{where}: {ast.unparse(groups)[:60] if groups else 'none'}")
    return facts


def _number(source: Source, node: ast.AST) -> float | None:
    found = source.value_of(node)
    return found if isinstance(found, int | float) else None


def _decays(source: Source, groups: ast.AST | None, decay: float | None) -> bool | None:
    """Return whether normalisations or biases decay."""
    if isinstance(groups, ast.Call) and source.path_of(groups.func).rpartition(".")[2] in _OUR_GROUPS:
        return False
    if _parameters_call(groups) is not None:
        return None if decay is None else decay > 0
    parts = groups.elts if isinstance(groups, ast.List) else []
    dicts = [part for part in parts if isinstance(part, ast.Dict)]
    if not dicts or len(dicts) < len(parts):
        return None
    answers = [_group_decays(source, part, decay) for part in dicts]
    return True if True in answers else None if None in answers else False


def _group_decays(source: Source, group: ast.Dict, decay: float | None) -> bool | None:
    names = [source.value_of(key) for key in group.keys]
    items = {name: value for name, value in zip(names, group.values, strict=True) if isinstance(name, str)}
    own = _number(source, items["weight_decay"]) if "weight_decay" in items else decay
    spared = _spared(source, items.get("params")) or []
    # "gamma" and "beta" is what the normalisations of the first BERT in TensorFlow were called
    are_spared = any("bias" in name for name in spared) and any("norm" in name.lower() for name in spared)
    if are_spared or (own is not None and not own):
        return False
    return True if own and spared else None


def _spared(source: Source, params: ast.AST | None) -> list[str] | None:
    """Return the parts of names that keep a parameter out, as in `not any(part in name for part in PARTS)`."""
    for node in ast.walk(params) if params else ():
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            for inner in ast.walk(node.operand):
                names = source.value_of(inner.iter) if isinstance(inner, ast.comprehension) else None
                if isinstance(names, list) and all(isinstance(name, str) for name in names):
                    return names
    return None


def _all_of(source: Source, groups: ast.AST | None) -> bool | None:
    """Return whether an optimizer gets every parameter of a model that is not frozen."""
    if isinstance(groups, ast.Call) and source.path_of(groups.func).rpartition(".")[2] in _OUR_GROUPS:
        return True
    call = _parameters_call(groups)
    if call is None or not isinstance(call.func, ast.Attribute):
        return None
    owner = source.behind(call.func.value)
    if not isinstance(owner, ast.Attribute):
        return True
    first, *rest = source.path_of(owner).split(".")
    if first == "self" and len(rest) == 1 and source.layers_beside(owner):
        return False
    inside = rest[1:] if first == "self" else rest
    return all(part in _WHOLE for part in inside)


def _parameters_call(groups: ast.AST | None) -> ast.Call | None:
    """Return the call of `parameters()` where a model's are handed over plainly, or those with a gradient of them."""
    found = [
        node
        for node in (ast.walk(groups) if groups else ())
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "parameters"
    ]
    if len(found) != 1:
        return None
    plain = groups is found[0]
    by_gradient = isinstance(groups, ast.Call | ast.ListComp | ast.GeneratorExp) and _only_by_gradient(groups)
    return found[0] if plain or by_gradient else None


def _only_by_gradient(node: ast.AST) -> bool:
    attributes = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    return attributes <= {"requires_grad", "parameters", *_WHOLE}
