"""Methods of others: classes that are named by where they are imported from."""

import json
from dataclasses import fields
from importlib import import_module
from typing import Any

from stablebert.methods.base import Method, MethodError


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
