"""The methods by name, in the paper's order, and from a method's text to its records."""

from dataclasses import fields

from stablebert.methods.base import Method, MethodError
from stablebert.methods.bertadam import BertAdamMethod
from stablebert.methods.debiased import Debiased
from stablebert.methods.reinit import Reinit
from stablebert.runs import MethodChoice, parse_method

METHODS: dict[str, type[Method]] = {
    # Section 4
    "bertadam": BertAdamMethod,
    "debiased": Debiased,
    # Section 5
    "reinit": Reinit,
}


def resolve(text: str) -> tuple[Method, ...]:
    """Return the records that a method text names.

    Args:
        text: As in a run id, e.g. `reinit.blocks5`.

    Raises:
        MethodError: a method or a parameter is unknown, or two of the methods act at the same place.

    Example:
        >>> resolve("reinit.blocks2")
        (Reinit(blocks=2),)
    """
    methods = tuple(_record(choice) for choice in parse_method(text))
    for hook in ("change_model", "parameter_groups", "build_optimizer"):
        acting = [
            type(method).__name__ for method in methods if getattr(type(method), hook) is not getattr(Method, hook)
        ]
        if len(acting) > 1:
            raise MethodError(f"method {text!r}: {' and '.join(acting)} both act at {hook}; only one can")
    return methods


def _record(choice: MethodChoice) -> Method:
    if choice.name not in METHODS:
        raise MethodError(f"unknown method {choice.name!r}; known: {', '.join(METHODS)}")
    kind = METHODS[choice.name]
    known = [field.name for field in fields(kind)]
    for key, _ in choice.parameters:
        if key not in known:
            raise MethodError(f"method {choice.name!r} has no parameter {key!r}; known: {', '.join(known) or 'none'}")
    return kind(**dict(choice.parameters))
