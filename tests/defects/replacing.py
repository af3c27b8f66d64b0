"""Planting by replacement: what a function is, under whatever name a module holds it, or what a class says."""

import importlib
import pkgutil
import sys
from collections.abc import Callable
from typing import Any

import pytest

from stablebert import cli, gate, plugin, records, stats

Plant = Callable[[pytest.MonkeyPatch], None]


def everywhere(original: Any, make: Callable[[Any], Any]) -> Plant:
    """Return what replaces `original` by what `make` makes of it, under whatever name a module holds it."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        # a module that came later would keep the defect when the patch is undone
        for package in (stats, gate, records, plugin, cli):
            for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
                importlib.import_module(module.name)
        planted = make(original)
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in ("stablebert", "tests") and not name.startswith("tests.defects"):
                for held in [held for held, value in vars(module).items() if value is original]:
                    patch.setattr(module, held, planted)

    return plant


def saying(owner: type, name: str, says: Callable[[Any], Any]) -> Plant:
    """Return what makes a property of a class say what `says` returns of the object."""
    return lambda patch: patch.setattr(owner, name, property(says))
