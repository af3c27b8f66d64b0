"""The methods by name, in the paper's order, those of others, and from a method's text to its records."""

import json
from dataclasses import fields
from importlib import import_module
from typing import Any

from stablebert.methods.adam import BertAdamMethod, Debiased
from stablebert.methods.base import Method, MethodError
from stablebert.methods.llrd import Llrd
from stablebert.methods.mixout import Mixout
from stablebert.methods.prior import Prior
from stablebert.methods.reinit import Reinit
from stablebert.methods.transfer import Transfer
from stablebert.methods.wdecay import Wdecay
from stablebert.paper import check_method
from stablebert.runs import parse_method

METHODS: dict[str, type[Method]] = {
    # Section 4
    "bertadam": BertAdamMethod,
    "debiased": Debiased,
    # Section 5
    "reinit": Reinit,
    # Section 7
    "llrd": Llrd,
    "mixout": Mixout,
    "wdecay": Wdecay,
    "prior": Prior,
    "transfer": Transfer,
}


def resolve(text: str, sources: str = "{}") -> tuple[Method, ...]:
    """Return the records that a method text names.

    Args:
        text: As in a run id, e.g. `reinit.blocks5`.
        sources: Methods of others as JSON, from name to `package.module:Class`.

    Raises:
        ValueError: a method or a parameter is unknown, one is outside its range, or two methods act at one place.

    Example:
        >>> resolve("reinit.blocks2")
        (Reinit(blocks=2),)
    """
    added = added_methods(sources)
    check_method(text, {name: method_parameters(kind) for name, kind in added.items()})
    known = METHODS | added
    return tuple(known[choice.name](**dict(choice.parameters)) for choice in parse_method(text))


def added_methods(sources: str) -> dict[str, type[Method]]:
    """Return the classes of methods of others by name.

    Args:
        sources: JSON from name to `package.module:Class`.

    Raises:
        MethodError: one does not import.
    """
    return {name: load_method(source) for name, source in json.loads(sources).items()}


def load_method(source: str) -> type[Method]:
    """Return the class of a method.

    Args:
        source: `package.module:Class`.

    Raises:
        MethodError: it does not import, or is no `Method`.

    Example:
        >>> load_method("stablebert.methods.reinit:Reinit").__name__
        'Reinit'
    """
    module, _, name = source.partition(":")
    try:
        kind = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise MethodError(f"method {source!r} (package.module:Class) does not import: {error}") from error
    if not (isinstance(kind, type) and issubclass(kind, Method)):
        raise MethodError(f"method {source!r} does not inherit from stablebert.methods.Method")
    return kind


def method_parameters(kind: type[Method]) -> dict[str, Any]:
    """Return the parameters of a method with their defaults.

    Example:
        >>> from stablebert.methods.llrd import Llrd
        >>> method_parameters(Llrd)
        {'decay': 0.95, 'lr': None}
    """
    return {field.name: field.default for field in fields(kind)}
