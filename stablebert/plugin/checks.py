"""What is checked before a session starts, without collecting anything."""

import importlib.util
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stablebert.project.options import PREFIX, Settings

if TYPE_CHECKING:
    from stablebert.baselines.waivers import Waiver

_MODULES = ("test_section*.py", "test_appendix*.py", "test_optimizer_contract.py")
_FIXTURES = ("stablebert_bench", "stablebert_contract")
# options of pytest-rerunfailures, pytest-retry and flaky
_REPEATERS = ("reruns", "retries", "force_flaky")


def named_fixtures(config: pytest.Config) -> set[str]:
    """Return which of a bench's fixtures the session's arguments name: by a module, its folder, or the folder above.

    A module counts by what is written in it, since other projects have a `test_section.py` too.
    """
    texts = [module.read_bytes() for module in _candidates(config)]
    return {fixture for fixture in _FIXTURES if any(fixture.encode() in text for text in texts)}


def check_bench(config: pytest.Config, settings: Settings) -> "dict[str, Waiver]":
    """Refuse a session that could not end in a verdict, before hours are spent; return the waivers that hold today.

    Raises:
        pytest.UsageError: a plug-in repeats failed tests, the grid lists no names, what is to be accepted cannot be, a
            waiver does not hold, or the optimizer to judge cannot be built.
    """
    check_reruns(config)
    check_grid(settings, config.rootpath)
    check_accepting(settings)
    waivers = usable_waivers(settings)
    if settings.optimizer is not None:
        check_optimizer(settings.optimizer, settings.optimizer_args)
    return waivers


def check_reruns(config: pytest.Config) -> None:
    """Refuse plug-ins that repeat a failed test: a gate repeated until it passes has no error rate.

    Raises:
        pytest.UsageError: reruns are asked for.
    """
    for name in _REPEATERS:
        try:
            asked = config.getoption(name, None) or config.getini(name)
        except (KeyError, ValueError):
            continue
        if asked and int(asked) > 0:
            raise pytest.UsageError(f"a bench cannot be rerun until it passes: {name} is {asked}; it must be 0")


def check_optimizer(path: str, arguments: str) -> None:
    """Refuse an optimizer that cannot be built, or whose waivers are not well formed, before hours are spent.

    Raises:
        pytest.UsageError: one of these, with what is wrong.
    """
    from stablebert.contract import ContractError, load_subject, waivers_of

    try:
        waivers_of(load_subject(path, arguments).kind)
    except ContractError as error:
        raise pytest.UsageError(f"--{PREFIX}-optimizer {error}") from error


def check_grid(settings: Settings, root: Path) -> None:
    """Refuse a grid that lists no names, which would gate nothing.

    Raises:
        pytest.UsageError: with what is listed.
    """
    from stablebert.project.requests import grid_names

    try:
        grid_names(settings, root)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error


def check_accepting(settings: Settings) -> None:
    """Refuse a session that could not accept what it makes, before hours are spent.

    Raises:
        pytest.UsageError: it accepts without a reason, too few seeds, or runs of an optimizer or encoder of others; or
            it gives a reason for nothing.
    """
    if settings.why and not settings.accept:
        raise pytest.UsageError(f"--{PREFIX}-why {settings.why!r}: what for? It goes with --{PREFIX}-accept")
    if not settings.accept:
        return
    from stablebert.baselines.accept import LEAST_RUNS

    if not settings.why.strip():
        raise pytest.UsageError(f"--{PREFIX}-accept needs a reason for the ledger: --{PREFIX}-why")
    if settings.optimizer or settings.model:
        raise pytest.UsageError(f"--{PREFIX}-accept stores a method's own runs, none of another optimizer or encoder")
    if settings.seeds < LEAST_RUNS:
        raise pytest.UsageError(f"--{PREFIX}-accept: {settings.seeds} seeds; a baseline needs at least {LEAST_RUNS}")


def usable_waivers(settings: Settings) -> "dict[str, Waiver]":
    """Return the waivers that hold today, by cell.

    Raises:
        pytest.UsageError: one has expired or cannot be read; the message names it.
    """
    from stablebert.baselines import BaselineError
    from stablebert.baselines.waivers import read_waivers

    try:
        return read_waivers(settings.baselines, date.today())
    except BaselineError as error:
        raise pytest.UsageError(str(error)) from error


def _candidates(config: pytest.Config) -> Iterator[Path]:
    for argument in config.args:
        for path in _places(config, argument.split("::")[0]):
            if path.is_file():
                yield path
            for folder in (path, path / "bench"):
                for pattern in _MODULES:
                    yield from folder.glob(pattern)


def _places(config: pytest.Config, name: str) -> list[Path]:
    """Return what an argument names: a path, or with `--pyargs` a package or module."""
    if config.option.pyargs and not Path(name).exists():
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            spec = None
        if spec is not None:
            return [Path(place) for place in spec.submodule_search_locations or [str(spec.origin)]]
    return [config.invocation_params.dir / name]
