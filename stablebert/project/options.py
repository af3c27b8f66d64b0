"""The options: declared once, each an option of pytest, an ini key, and an option of the commands that take it."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

PREFIX = "stablebert"
_UNITS = {"s": 1, "m": 60, "h": 3600}
_FOLDERS = ("store", "baselines", "report")


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        name: Without prefix: `--stablebert-NAME` of pytest, `--NAME` of a command, ini key `stablebert_NAME`.
        default: Its default, as text; the empty string is none.
        help: One line; the default is added.
        read: From text to value; a ValueError says what would be right.
        flag: Whether it is a switch.
    """

    name: str
    default: str
    help: str
    read: Callable[[str], Any] = str
    flag: bool = False

    @property
    def key(self) -> str:
        """The ini key."""
        return f"{PREFIX}_{self.field}"

    @property
    def field(self) -> str:
        """The attribute of `Settings`."""
        return self.name.replace("-", "_")

    @property
    def text(self) -> str:
        """The help with the default."""
        return f"{self.help} (default: {self.default or 'none'})"


@dataclass(frozen=True)
class Settings:
    """The options in force; attributes as in `OPTIONS`, None where an option is not given and has no default.

    Attributes:
        given: The options given, on a command line or in an ini file, as text by name: what a command repeats.
        budget: In seconds.
    """

    profile: str
    all: bool
    seeds: int | None
    seed_block: int
    model: str | None
    against: str | None
    optimizer: str | None
    optimizer_args: str
    margin: float | None
    alpha: float | None
    looks: tuple[int, ...] | None
    futility: tuple[float, ...] | None
    anytime: bool
    budget: float | None
    precision: str
    fidelity: str
    inconclusive: str
    store: str | None
    baselines: str | None
    report: Path | None
    accept: bool
    why: str | None
    given: Mapping[str, str]


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
    """Return a reader of numbers with commas between them, such as `5,10,15`.

    Args:
        kind: `int` or `float`.
        word: What they are, for the message.

    Example:
        >>> numbers_of(int, "whole numbers")("5,10")
        (5, 10)
    """

    def read(text: str) -> tuple[Any, ...]:
        try:
            return tuple(kind(part) for part in text.split(","))
        except ValueError:
            raise ValueError(f"must be {word} with commas between them") from None

    return read


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


def _choice(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"is none of {', '.join(known)}")
        return text

    return read


def _whole(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"-?\d+", text) or int(text) < least:
            raise ValueError(f"must be a whole number >= {least}")
        return int(text)

    return read


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("must be a number") from None


def _positive(text: str) -> float:
    if not 0 < (found := _number(text)) < math.inf:
        raise ValueError("must be a number > 0, in points")
    return found


def _class_name(text: str) -> str:
    if not re.fullmatch(r"\w+(\.\w+)*:\w+", text):
        raise ValueError("does not import: it is not of the form package.module:Class")
    return text


OPTIONS = (
    Option(
        "profile", "mini", "mini: embedded encoder on a CPU; paper: BERT-large from the hub", _choice("mini", "paper")
    ),
    Option("all", "", "also train cells that are not gated; they end as 'measured, not gated'", flag=True),
    Option("seeds", "", "seeds a cell at the most; else as many as the policy's last look (20)", _whole(1)),
    Option("seed-block", "0", "first seed", _whole(0)),
    Option("model", "", "hub name, folder or own name of an encoder to judge against the profile's baselines"),
    Option(
        "against",
        "",
        "cell, method, length or encoder whose baselines judge; else each cell's own, on the profile's encoder",
    ),
    Option("optimizer", "", "package.module:Class to judge in place of the method's optimizer", _class_name),
    Option("optimizer-args", "{}", "its keyword arguments as JSON", canonical_object),
    Option("margin", "", "largest loss that does not matter, in points, in place of the frozen margins", _positive),
    Option("alpha", "", "error of a PASS at the margin, one-sided, over all looks; else the policy's (0.05)", _number),
    Option(
        "looks",
        "",
        "seeds at each look, as in 5,10; one is a fixed number; else the policy's (5,10,15,20)",
        numbers_of(int, "whole numbers"),
    ),
    Option(
        "futility",
        "",
        "p-values at the first looks beyond which a cell stops undecided, as in .7,.5,.3",
        numbers_of(float, "numbers"),
    ),
    Option("anytime", "", "look after every run from the third on, by e-values", flag=True),
    Option("budget", "", "time after which no look is begun, as in 90s, 20m, 2h", seconds_of),
    Option(
        "precision",
        "auto",
        "fp32, bf16, fp16, or auto: that of the cell's baseline, or over a bridge bf16 where the processor has it",
        _choice("auto", "fp32", "bf16", "fp16"),
    ),
    Option(
        "fidelity",
        "corrected",
        "corrected, or released: with the quirks of the authors' code",
        _choice("corrected", "released"),
    ),
    Option("inconclusive", "fail", "exit status of an INCONCLUSIVE session: fail or pass", _choice("fail", "pass")),
    Option("store", "", "folder of the records; else $STABLEBERT_STORE, else .stablebert/runs in the root directory"),
    Option("baselines", "", "folder of the baselines; else baselines in the root directory, else those installed"),
    Option("report", "", "folder for the verdicts as JSON and Markdown", Path),
    Option("accept", "", "store the gated cells' runs as their baselines at the end; such a session fails", flag=True),
    Option("why", "", "the reason for it, for the ledger"),
)
BY_NAME = {option.name: option for option in OPTIONS}


def options_in(config: "pytest.Config") -> tuple[dict[str, str], Settings]:
    """Return the options on a command line of pytest as text by name, and with ini keys and defaults those in force.

    Raises:
        ValueError: a value is not one that its option takes.
    """
    asked = {option.name: config.getoption(option.key, None) for option in OPTIONS}
    given = {name: str(value) for name, value in asked.items() if value not in (None, "", False)}
    return given, settings_of({option.name: given.get(option.name) or _of_ini(config, option) for option in OPTIONS})


def settings_of(given: Mapping[str, Any]) -> Settings:
    """Return the options in force.

    Args:
        given: Texts (switches: texts or booleans) by option name; what is None or empty is not given.

    Raises:
        ValueError: a value is not one that its option takes; the message names both.

    Example:
        >>> settings_of({"seeds": "5", "model": ""}).seeds
        5
    """
    there = {name: value for name, value in given.items() if value not in (None, "", False)}
    values = {option.field: _value(option, there.get(option.name)) for option in OPTIONS}
    texts = {option.name: str(there[option.name]) for option in OPTIONS if option.name in there}
    return Settings(**values, given=texts)


def _of_ini(config: "pytest.Config", option: Option) -> Any:
    text = config.getini(option.key)
    # a command line is given in a folder, an ini file stands in one
    return str(config.rootpath / text) if text and option.name in _FOLDERS else text


def _value(option: Option, given: Any) -> Any:
    if option.flag:
        return given is True or str(given).lower() in ("1", "true", "yes", "on")
    text = option.default if given is None else str(given)
    if not text:
        return None
    try:
        return option.read(text)
    except ValueError as error:
        raise ValueError(f"--{PREFIX}-{option.name} {text!r} {error}") from None
