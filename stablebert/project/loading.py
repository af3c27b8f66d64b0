"""A project as pytest finds it: the root folder, ini files, options and hooks are pytest's own, whoever asks."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stablebert.project.options import OPTIONS, PREFIX, Settings, options_in
from stablebert.project.project import Project

if TYPE_CHECKING:
    import pytest

_PLUGIN = "stablebert.plugin"
# a command needs no assertions rewritten, and writes no cache
_LIGHT = ("--assert=plain", "--capture=no", "-p", "no:cacheprovider", "-p", _PLUGIN)


def load_project(folder: Path | str | None = None, **options: Any) -> Project:
    """Return the project that a folder lies in, with the options given, as `pytest bench` there would have it.

    Args:
        folder: Where to begin; None is the working directory.
        options: Values by option name with underscores, e.g. `seeds=5`, `optimizer="package.module:Class"`.

    Raises:
        ValueError: an option is unknown or its value is not one it takes, an ini file is damaged, or a `conftest.py`
            does not load.

    Example:
        >>> load_project(seeds=5).seeds
        range(0, 5)
    """
    known = {option.field: option for option in OPTIONS}
    unknown = sorted(options.keys() - known.keys())
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}; known: {', '.join(known)}")
    return project_in(Path(folder or ".").resolve(), {known[name].name: value for name, value in options.items()})


def project_in(folder: Path, given: Mapping[str, Any]) -> Project:
    """Return the project of a folder; arguments by option name, else as `load_project`."""
    words = _words_of(given)
    with _configured(folder, words, conftest=None) as config:
        conftest = next((path for path in _conftests(config.rootpath) if path.is_file()), None)
        if conftest is None:
            return project_of(config)
    with _configured(folder, words, conftest=conftest) as config:
        return project_of(config)


def settings_in(folder: Path, given: Mapping[str, Any]) -> tuple[Path, Settings]:
    """Return the root folder and the options in force as pytest finds them; no `conftest.py` is loaded for it.

    Args:
        folder: Where to begin.
        given: Values by option name.

    Raises:
        ValueError: a value is not one that its option takes, or an ini file is damaged.
    """
    with _configured(folder, _words_of(given), conftest=None) as config:
        return config.rootpath, options_in(config)[1]


def project_of(config: "pytest.Config") -> Project:
    """Return the project of a session of pytest: its root, options, ini keys and hooks.

    Raises:
        ValueError: a value is not one that its option takes.
    """
    given, settings = options_in(config)
    hooked = config.hook.pytest_stablebert_methods(config=config)
    return Project(config.rootpath, settings, given, tuple(hooked))


def _words_of(given: Mapping[str, Any]) -> list[str]:
    return [
        f"--{PREFIX}-{name}" if value is True else f"--{PREFIX}-{name}={value}"
        for name, value in given.items()
        if value not in (None, "", False)
    ]


def see_working_directory() -> None:
    """Let the packages of the working directory be imported, before installed ones, as `python -m` does.

    What a project judges is then the same through every door. `python -P` and `PYTHONSAFEPATH` hold here too.
    """
    folder = str(Path.cwd())
    if not sys.flags.safe_path and folder not in sys.path and "" not in sys.path:
        sys.path.insert(0, folder)


def _conftests(root: Path) -> tuple[Path, ...]:
    # what `pytest bench` loads; each brings those of the folders above it
    return root / "bench" / "conftest.py", root / "conftest.py"


@contextmanager
def _configured(folder: Path, words: list[str], *, conftest: Path | None) -> "Iterator[pytest.Config]":
    """Give pytest's configuration in a folder, with nothing collected and no session begun."""
    import pytest
    from _pytest.config import ConftestImportFailure, _prepareconfig

    loaded = ["--noconftest"] if conftest is None else [str(conftest)]
    before = Path.cwd()
    try:
        os.chdir(folder)
        config = _prepareconfig([*_LIGHT, *words, *loaded])
    except (pytest.UsageError, ConftestImportFailure) as error:
        raise ValueError(str(error)) from error
    finally:
        os.chdir(before)
    try:
        yield config
    finally:
        config._ensure_unconfigure()
