"""From the text of an option to its value: each reader raises a ValueError that says what would be right."""

import json
import math
import re
from collections.abc import Callable
from typing import Any

_UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds_of(text: str) -> float:
    """Return the seconds of a text such as `90s`, `20m` or `1.5h`.

    Raises:
        ValueError: it is none, or not above 0.

    Example:
        >>> seconds_of("20m")
        1200.0
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if found is None or float(found[1]) == 0:
        raise ValueError("must be a number > 0 with s, m or h, as in 20m")
    return float(found[1]) * _UNITS[found[2]]


def numbers_of(kind: Callable[[str], Any], word: str) -> Callable[[str], tuple[Any, ...]]:
    """Return a reader of numbers with commas between them, such as `6,12`.

    Args:
        kind: `int` or `float`.
        word: What they are, for the message.

    Example:
        >>> numbers_of(int, "whole numbers")("6,12")
        (6, 12)
    """

    def read(text: str) -> tuple[Any, ...]:
        try:
            return tuple(kind(part) for part in text.split(","))
        except ValueError:
            raise ValueError(f"must be {word} with commas between them") from None

    return read


def choice_of(*known: str) -> Callable[[str], str]:
    """Return a reader of one of a few words.

    Example:
        >>> choice_of("mini", "paper")("mini")
        'mini'
    """

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"is none of {', '.join(known)}")
        return text

    return read


def whole_number(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` on.

    Example:
        >>> whole_number(1)("20")
        20
    """

    def read(text: str) -> int:
        if not re.fullmatch(r"-?\d+", text) or int(text) < least:
            raise ValueError(f"must be a whole number >= {least}")
        return int(text)

    return read


def any_number(text: str) -> float:
    """Return a number.

    Example:
        >>> any_number("0.05")
        0.05
    """
    try:
        return float(text)
    except ValueError:
        raise ValueError("must be a number") from None


def points_of(text: str) -> float:
    """Return a finite number > 0, in points.

    Example:
        >>> points_of("1.5")
        1.5
    """
    if not 0 < (found := any_number(text)) < math.inf:
        raise ValueError("must be a number > 0, in points")
    return found


def class_path(text: str) -> str:
    """Return a text of the form `package.module:Class`; nothing is imported.

    Example:
        >>> class_path("torch.optim:AdamW")
        'torch.optim:AdamW'
    """
    if not re.fullmatch(r"\w+(\.\w+)*:\w+", text):
        raise ValueError("does not import: it is not of the form package.module:Class")
    return text


def canonical_object(text: str) -> str:
    """Return a JSON object in its one spelling, or equal runs would have different keys.

    Raises:
        ValueError: it is no JSON object.

    Example:
        >>> canonical_object('{"b": 1, "a": 2}')
        '{"a":2,"b":1}'
    """
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ValueError("must be a JSON object")
    return json.dumps(data, sort_keys=True, separators=(",", ":"))
