"""What is checked before a session starts, without collecting anything."""

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from stablebert.doors.options import PREFIX

_MODULES = ("test_section*.py", "test_appendix*.py")


def names_a_bench(config: pytest.Config) -> bool:
    """Return whether the session's arguments name a bench: a module of it, its folder, or the folder above.

    A module counts by what is written in it, since other projects have a `test_section.py` too.
    """
    return any(b"stablebert_bench" in module.read_bytes() for module in _candidates(config))


def check_reruns(config: pytest.Config) -> None:
    """Refuse plug-ins that repeat a failed test: a gate repeated until it passes has no error rate.

    Raises:
        pytest.UsageError: reruns are asked for.
    """
    try:
        asked = config.getoption("reruns", None) or config.getini("reruns")
    except (KeyError, ValueError):
        return
    if asked and int(asked) > 0:
        raise pytest.UsageError(f"a bench cannot be rerun until it passes: reruns is {asked}; it must be 0")


def check_optimizer(path: str) -> None:
    """Refuse an optimizer that cannot be imported, before hours are spent.

    Raises:
        pytest.UsageError: it does not import, for whatever reason, or is no class.
    """
    module, _, name = path.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise pytest.UsageError(
            f"--{PREFIX}-optimizer {path!r} (package.module:Class) does not import: {reason}"
        ) from error
    if not inspect.isclass(found):
        raise pytest.UsageError(f"--{PREFIX}-optimizer {path!r} is not a class, but of type {type(found).__name__}")


def _candidates(config: pytest.Config) -> Iterator[Path]:
    for argument in config.args:
        path = config.invocation_params.dir / argument.split("::")[0]
        if path.is_file():
            yield path
        for folder in (path, path / "bench"):
            for pattern in _MODULES:
                yield from folder.glob(pattern)
