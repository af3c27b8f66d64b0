"""Fields of dataclasses are of the kinds that they say, those of what lies within them too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from stablebert.checked import check_fields, parse_json
from stablebert.project.values import canonical_object


@dataclass
class Inner:
    values: tuple[float, ...] = (1.0,)
    pair: tuple[float, float] = (0.9, 1)


@dataclass
class Outer:
    name: str = "x"
    count: int | None = None
    rate: float = 1.0
    done: bool = False
    inner: Inner = field(default_factory=Inner)
    many: Sequence[Inner] = ()
    said: Mapping[str, float] = field(default_factory=dict)
    free: Any = None
    numbers: tuple[int, ...] = ()


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"count": 3},
        {"rate": 2},
        {"rate": float("nan")},
        {"many": [Inner()]},
        {"said": {"a": 1.0}},
        {"free": [None]},
        {"free": [1.0, Inner()]},
        {"many": ()},
        {"numbers": (1, 2**63)},
    ],
)
def test_what_is_of_its_kind_passes(right):
    check_fields(Outer(**right))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"count": True},
        {"count": 2**64},
        {"count": 1.0},
        {"rate": "1"},
        {"rate": 10**400},
        {"done": 0},
        {"inner": {}},
        {"inner": Inner(values=(1.0, "x"))},
        {"inner": Inner(values=[1.0])},
        {"inner": Inner(pair=(1.0,))},
        {"many": 3},
        {"many": [Inner(values=(None,))]},
        {"many": "xy"},
        {"said": {"a": None}},
        {"said": {1: 1.0}},
        {"said": []},
        {"numbers": (1, 2**64)},
        {"free": Inner(values=(None,))},
        {"free": [1.0, Inner(values=(None,))]},
    ],
)
def test_what_is_of_another_kind_is_named(wrong):
    with pytest.raises(TypeError, match=" of (Outer|Inner) is "):
        check_fields(Outer(**wrong))


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "c": 2, "a": 3}}]'])
def test_of_a_key_that_stands_twice_neither_is_taken(text):
    with pytest.raises(ValueError, match="'a' stands there twice"):
        parse_json(text)
    # the control: in two objects it may
    assert parse_json('[{"a": 1}, {"a": 2}]') == [{"a": 1}, {"a": 2}]


def test_an_option_says_each_key_once():
    with pytest.raises(ValueError, match="must be a JSON object, each key once"):
        canonical_object('{"lr": 1, "lr": 2}')
