"""What was read from a file or a word: each name stands there once, and fields hold what their annotations say."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from operator import call
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

# beyond it a whole number is no number of anything, and none of arithmetic's
_LARGEST = 2**63
_Test = Callable[[Any], bool]


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
    for name, kind, fits in _fields_of(found.__class__):
        value = getattr(found, name)
        if not fits(value):
            wanted = kind.__name__ if isinstance(kind, type) else kind
            raise TypeError(f"{name} of {type(found).__name__} is {_short(value)}; it must be {wanted}")
        inside = value if isinstance(value, list | tuple) else (value,)
        # of thousands of numbers none is looked at twice
        if any(map(_fields_of, {*map(type, inside)})):
            for one in inside:
                check_fields(one)


@cache
def _fields_of(kind: Any) -> tuple[tuple[str, Any, _Test], ...]:
    """Return name, kind and test of the fields of a dataclass; nothing of any other class."""
    kinds: dict[str, Any] = {field.name: field.type for field in fields(kind)} if is_dataclass(kind) else {}
    return tuple((name, each, _test_of(each)) for name, each in kinds.items())


@cache
def _test_of(kind: Any) -> _Test:
    """Return what tells whether a value is of a kind: an annotation is read once, and not once a record."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any or isinstance(kind, str):
        return lambda _: True
    if origin in (Union, UnionType):
        tests = [_test_of(one) for one in inner]
        return lambda value: any(fits(value) for fits in tests)
    if origin is tuple and inner[1:] != (...,):
        tests = [_test_of(one) for one in inner]
        return lambda value: isinstance(value, tuple) and len(value) == len(tests) and all(map(call, tests, value))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        keys, values = map(_test_of_each, inner)
        return lambda value: isinstance(value, origin) and keys(value) and values(value.values())
    if origin is not None:
        each, many = _test_of_each(inner[0]), tuple if origin is tuple else (list, tuple)
        return lambda value: isinstance(value, many) and each(value)
    if kind in (None, NoneType):
        return lambda value: value is None
    if kind is float:
        return lambda value: type(value) is float or _is_whole(value)
    return _is_whole if kind is int else lambda value: isinstance(value, kind)


def _test_of_each(kind: Any) -> _Test:
    fits = _test_of(kind)
    # a whole number has to be looked at: it may be too large
    if kind in (float, str):
        return lambda values: {*map(type, values)} <= {kind} or all(map(fits, values))
    return lambda values: all(map(fits, values))


def _is_whole(value: Any) -> bool:
    # a truth value is none
    return type(value) is int and abs(value) <= _LARGEST


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
