"""From the text of an option to its value: each reader raises a ValueError that says what would be right."""

import json
import math
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from stablebert.checked import parse_json
from stablebert.runs import Recipe, parse_precision

if TYPE_CHECKING:
    import pytest

_UNITS = {"s": 1, "m": 60, "h": 3600}


def check_known(names: Iterable[str], known: Collection[str], place: object) -> None:
    """Refuse a name that nothing reads: what it should say would be decided by a default.

    Args:
        names: Those that stand there.
        known: Those that are read.
        place: Where they stand.

    Raises:
        ValueError: a name is none of those.

    Example:
        >>> check_known(["mergin"], ["margin", "alpha"], "pytest.ini")
        Traceback (most recent call last):
        ...
        ValueError: pytest.ini: unknown mergin; did you mean margin?
    """
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise ValueError(f"{place}: unknown {name}; {f'did you mean {near[0]}?' if near else ', '.join(known)}")


def check_ini(config: "pytest.Config", prefix: str, known: Collection[str]) -> None:
    """Refuse an ini key of ours that nothing reads, of which pytest itself says no more than a warning.

    Args:
        config: Of the session.
        prefix: What our keys begin with.
        known: Those that are read.

    Raises:
        ValueError: there is one.
    """
    unread = sorted(key for key in config._get_unknown_ini_keys() if key.startswith(f"{prefix}_"))
    check_known(unread, known, config.inipath or "-o")


def seconds_of(text: str) -> float:
    """Return the seconds of a text such as `90s`, `20m` or `1.5h`.

    Raises:
        ValueError: it is none, below a thousandth of a second, or above a million hours.

    Example:
        >>> seconds_of("20m")
        1200.0
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    seconds = 0.0 if found is None else float(found[1]) * _UNITS[found[2]]
    # a timer knows no more of either
    if not 1e-3 <= seconds <= 3.6e9:
        raise ValueError("must be a number > 0 with s, m or h, as in 20m")
    return seconds


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


def precision_or_auto(text: str) -> str:
    """Return a precision class, or `auto`.

    Example:
        >>> precision_or_auto("auto"), precision_or_auto("fp32x4")
        ('auto', 'fp32x4')
    """
    if text != "auto":
        parse_precision(text)
    return text


def whole_number(least: int, most: float = math.inf) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` on, to `most`.

    Example:
        >>> whole_number(1)("20")
        20
    """

    def read(text: str) -> int:
        # a text of many digits is no number to Python
        if not re.fullmatch(r"-?\d{1,18}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number >= {least}" + (f" and <= {most:,}" if most < math.inf else ""))
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


def amount_of(text: str) -> float:
    """Return a finite number >= 0, fractions too.

    Example:
        >>> amount_of("0.25")
        0.25
    """
    if not 0 <= (found := any_number(text)) < math.inf:
        raise ValueError("must be a number >= 0")
    return found


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
        ValueError: it is no JSON object, or has a key twice.

    Example:
        >>> canonical_object('{"b": 1, "a": 2}')
        '{"a":2,"b":1}'
    """
    try:
        data = parse_json(text)
        if isinstance(data, dict):
            return json.dumps(data, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        pass
    raise ValueError("must be a JSON object, each key once")


# a hyperparameter is written as its default is
_READERS: dict[type, Callable[[str], Any]] = {
    int: int,
    float: float,
    tuple: lambda text: tuple(float(part) for part in text.split("/")),
}
_HYPERPARAMETERS = {field.name: _READERS[type(field.default)] for field in fields(Recipe)}


def recipe_values(text: str) -> tuple[tuple[str, Any], ...]:
    """Return the hyperparameters of a text such as `learning_rate=1e-4,batch_size=16`, each with its name.

    Raises:
        ValueError: a part is not of this form, names none or one twice, or its value is outside its range.

    Example:
        >>> recipe_values("learning_rate=1e-4,betas=0.9/0.98")
        (('learning_rate', 0.0001), ('betas', (0.9, 0.98)))
    """
    found: dict[str, Any] = {}
    for part in text.split(","):
        name, mark, value = (word.strip() for word in part.partition("="))
        if not mark or name not in _HYPERPARAMETERS:
            known = ", ".join(_HYPERPARAMETERS)
            raise ValueError(f"must be NAME=VALUE with commas between them, as in learning_rate=1e-4; names: {known}")
        if name in found:
            raise ValueError(f"gives {name} twice")
        try:
            found[name] = _HYPERPARAMETERS[name](value)
        except ValueError:
            raise ValueError(
                f"gives {name} as {value!r}, which is no such number; its default is {_default(name)}"
            ) from None
    _check_recipe(found)
    return tuple(found.items())


def _check_recipe(values: dict[str, Any]) -> None:
    for name, value in values.items():
        if not all(map(math.isfinite, value if isinstance(value, tuple) else (value,))):
            raise ValueError(f"gives {name} as {value!r}; it must be finite")
    try:
        Recipe(**values)
    except ValueError as error:
        raise ValueError(f"is no {error}") from None


def _default(name: str) -> str:
    default = getattr(Recipe(), name)
    return "/".join(map(str, default)) if isinstance(default, tuple) else str(default)
