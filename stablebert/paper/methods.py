"""The methods by name in the paper's order, with the parameters that an id may show and their defaults."""

from collections.abc import Mapping
from types import MappingProxyType

from stablebert.runs import format_method, parse_method

Parameters = Mapping[str, int | float | None]

# None: the recipe's value. The paper states no selected value for any of Section 7; the defaults lie inside its grids.
METHOD_PARAMETERS: dict[str, dict[str, int | float | None]] = {
    # Section 4
    "bertadam": {},
    "debiased": {},
    # Section 5
    "reinit": {"blocks": 1},
    # Section 7
    "llrd": {"decay": 0.95, "lr": None},
    "mixout": {"p": 0.9},
    "wdecay": {"coefficient": 0.01},
    "prior": {"coefficient": 0.01},
    "transfer": {},
}
# what makes the words "pretrained value" ambiguous, or undoes what the intermediate task has taught
_NOT_AFTER_TRANSFER = {
    "reinit": "it would redraw what the intermediate task has just taught",
    "mixout": "whether the target is the pretrained or the intermediate weight is not defined",
    "prior": "whether the target is the pretrained or the intermediate weight is not defined",
}


def check_method(text: str, added: Mapping[str, Parameters] = MappingProxyType({})) -> None:
    """Check that a method text is known and canonical: one text a method, or one cell would have two ids.

    Args:
        text: As in a run id, e.g. `reinit.blocks5` or `reinit+llrd`.
        added: Methods of others by name, with their parameters and defaults; they come after the paper's.

    Raises:
        ValueError: a method or parameter is unknown, a parameter has its default, or a composition is out of order,
            repeats a method, names `debiased`, which every other method uses anyway, or means nothing.

    Example:
        >>> check_method("reinit.blocks5+llrd")
    """
    choices = parse_method(text)
    methods: dict[str, Parameters] = {**METHOD_PARAMETERS, **added}
    for choice in choices:
        if choice.name not in methods:
            raise ValueError(f"unknown method {choice.name!r}; known: {', '.join(methods)}")
        known = methods[choice.name]
        for key, value in choice.parameters:
            if key not in known:
                raise ValueError(
                    f"method {choice.name!r} has no parameter {key!r}; known: {', '.join(known) or 'none'}"
                )
            if value == known[key]:
                raise ValueError(f"method {text!r}: {key} {value} is the default of {choice.name}; leave it out")
    names = [choice.name for choice in choices]
    if len(set(names)) < len(names):
        raise ValueError(f"method {text!r} names one method twice; each acts once")
    if len(names) > 1 and "debiased" in names:
        raise ValueError(f"method {text!r}: debiased Adam is what every method but bertadam uses; leave 'debiased' out")
    for name, reason in _NOT_AFTER_TRANSFER.items():
        if "transfer" in names and name in names:
            raise ValueError(f"method {text!r}: {name} does not compose with transfer: {reason}")
    order = list(methods)
    ordered = format_method(tuple(sorted(choices, key=lambda choice: order.index(choice.name))))
    if [choice.name for choice in parse_method(ordered)] != names:
        raise ValueError(f"method {text!r} is not in the paper's order; that would be {ordered!r}")
