"""A fresh process, and a package of somebody's with tasks and metrics."""

import importlib
import sys

import pytest

from tests.tasks.own_tables import MODULE, forget


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path / "cache"))
    forget()
    yield
    forget()


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A package of somebody's with tasks and metrics, on the import path."""
    home = tmp_path / "packages" / "their_tasks"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text("")
    (home / "made.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(home.parent))
    importlib.invalidate_caches()
    yield home
    for name in [name for name in sys.modules if name.split(".")[0] == "their_tasks"]:
        del sys.modules[name]
