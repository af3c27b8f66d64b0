"""The methods by name, in the paper's order, those of others, and from a method's text to its records."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from stablebert.foreign import ForeignError, load_object
from stablebert.methods.adam import BertAdamMethod, Debiased
from stablebert.methods.base import Method, MethodError
from stablebert.methods.llrd import Llrd
from stablebert.methods.mixout import Mixout
from stablebert.methods.prior import Prior
from stablebert.methods.reinit import Reinit
from stablebert.methods.transfer import Transfer
from stablebert.methods.wdecay import Wdecay
from stablebert.paper import canonical_method, check_canonical
from stablebert.runs import RunSpec, parse_method, training_method

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
        text: E.g. `reinit.blocks5`, in any order and also with parameters at their defaults.
        sources: Methods of others as JSON, from name to `package.module:Class`.

    Raises:
        ValueError: a method or a parameter is unknown, one is outside its range, or two methods act at one place.

    Example:
        >>> resolve("llrd+reinit.blocks1")
        (Reinit(blocks=1), Llrd(decay=0.95, lr=None))
    """
    added = added_methods(sources)
    known = METHODS | added
    canonical = canonical_method(text, _parameters(added))
    return tuple(known[choice.name](**dict(choice.parameters)) for choice in parse_method(canonical))


def resolve_run(spec: RunSpec) -> tuple[Method, ...]:
    """Return the records of a run's method, whose text must be the one that ids have, and of what its length brings.

    Raises:
        ValueError: as `resolve`, or the text is not canonical: one cell would have two ids.
    """
    check_canonical(spec.method, _parameters(added_methods(spec.method_sources)))
    return resolve(training_method(spec), spec.method_sources)


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
    try:
        kind = load_object(source)
    except ForeignError as error:
        raise MethodError(f"method {source!r} (package.module:Class) {error}") from error
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


def _parameters(added: Mapping[str, type[Method]]) -> dict[str, dict[str, Any]]:
    return {name: method_parameters(kind) for name, kind in added.items()}
