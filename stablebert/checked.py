"""What was read from a file or a word: each name stands there once, and fields hold what their annotations say."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

# beyond it a whole number is no number of anything, and none of arithmetic's
_LARGEST = 2**63


def parse_json(text: str) -> Any:
    """Return plain data of JSON that somebody has written; of a key that stands twice, Python would take the last.

    Raises:
        ValueError: it is no JSON, or an object has a key twice.
        RecursionError: it is nested too deep.

    Example:
        >>> parse_json('{"label": 0, "label": 1}')
        Traceback (most recent call last):
        ...
        ValueError: 'label' stands there twice
    """
    return json.loads(text, object_pairs_hook=_each_once)


def check_once(names: Sequence[str]) -> None:
    """Refuse names of which one stands there twice.

    Raises:
        ValueError: one does.
    """
    seen = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{name!r} stands there twice")
        seen.add(name)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        check_once([name for name, _ in pairs])
    return found


def check_fields(found: Any) -> None:
    """Refuse a dataclass of whose fields one is of another kind than it says; those within it are checked too.

    Args:
        found: An instance; its annotations are types, or texts, which say nothing.

    Raises:
        TypeError: a field is of another kind.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Point:
        ...     x: float
        >>> check_fields(Point("1.5"))
        Traceback (most recent call last):
        ...
        TypeError: x of Point is '1.5'; it must be float
    """
    for field in fields(found):
        value = getattr(found, field.name)
        if not _fits(value, field.type):
            name = field.type.__name__ if isinstance(field.type, type) else field.type
            raise TypeError(f"{field.name} of {type(found).__name__} is {_short(value)}; it must be {name}")
        for one in value if isinstance(value, Sequence) and not isinstance(value, str) else (value,):
            if is_dataclass(one):
                check_fields(one)


def _fits(value: Any, kind: Any) -> bool:
    if kind is Any or isinstance(kind, str):
        return True
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is tuple:
        return isinstance(value, tuple) and _all_fit(value, inner)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, origin) and _all_fit(tuple(value), (inner[0], ...)) and _each(value.values(), inner[1])
    if origin is not None:
        return isinstance(value, list | tuple) and _each(value, inner[0])
    if kind in (None, NoneType):
        return value is None
    if kind in (int, float):
        # a truth value is none
        whole = type(value) is int and abs(value) <= _LARGEST
        return whole or (kind is float and type(value) is float)
    return isinstance(value, kind)


def _all_fit(values: tuple[Any, ...], kinds: tuple[Any, ...]) -> bool:
    if kinds[1:] == (...,):
        return _each(values, kinds[0])
    return len(values) == len(kinds) and all(map(_fits, values, kinds))


def _each(values: Any, kind: Any) -> bool:
    # of thousands of numbers none is looked at twice
    if kind is float and set(map(type, values)) <= {float}:
        return True
    return all(_fits(value, kind) for value in values)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
