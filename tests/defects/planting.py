"""A planted defect: what it is, how it is planted, and which named tests must see it."""

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Killer:
    """A test that must fail while the defect is planted, and pass otherwise.

    Attributes:
        layer: `L1` (an identity or an oracle) or `L2` (a trajectory or a whole run).
        test: `module:function` below `tests`.
        arguments: Values of its parameters that are no fixtures.
    """

    layer: str
    test: str
    arguments: tuple[tuple[str, Any], ...]

    def load(self) -> Callable[..., Any]:
        """Return the test; a module that is first imported while a defect is planted would keep it."""
        module, _, name = self.test.partition(":")
        found: Callable[..., Any] = getattr(importlib.import_module(f"tests.{module}"), name)
        return found

    def run(self, fixtures: Mapping[str, Callable[[], Any]]) -> None:
        """Run the test here and now; a failure is its exception.

        Args:
            fixtures: What makes a fixture, by name.
        """
        function, given = self.load(), dict(self.arguments)
        asked = [name for name in inspect.signature(function).parameters if name not in given]
        function(**given, **{name: fixtures[name]() for name in asked})


@dataclass(frozen=True)
class Defect:
    """One defect of the catalogue.

    Attributes:
        id: Its number in the catalogue, a letter behind it for variants.
        what: In one line.
        plant: Plants it until the fixture is undone.
        killers: The tests that must see it.
    """

    id: str
    what: str
    plant: Callable[[pytest.MonkeyPatch], None]
    killers: tuple[Killer, ...]


def identity(test: str, /, **arguments: Any) -> Killer:
    """Return a killer of layer L1."""
    return Killer("L1", test, tuple(arguments.items()))


def whole_run(test: str, /, **arguments: Any) -> Killer:
    """Return a killer of layer L2."""
    return Killer("L2", test, tuple(arguments.items()))


def path_of(method: str) -> Killer:
    """Return the trajectory fingerprint of a method, a killer of layer L2."""
    return whole_run("training.test_trajectory:test_the_path_is_the_stored_one", method=method)
