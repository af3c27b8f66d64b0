"""How far a session is, on its terminal: a line of its own while runs train, which nothing of pytest's captures."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

import pytest

from stablebert.plugin.controller import Controller

if TYPE_CHECKING:
    from stablebert.report.progress import Progress
    from stablebert.report.ticker import Ticker


class SessionProgress:
    """Listens to a session and says how far it is, where its terminal is not asked to be quiet.

    Args:
        config: Of the session, not of a worker.
        controller: Knows what was collected.
    """

    def __init__(self, config: pytest.Config, controller: Controller) -> None:
        self._config, self._controller = config, controller
        self._ended: set[str] = set()
        self._workers = 0
        self._ticker: Ticker | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self) -> None:
        """Take note of a worker of pytest-xdist."""
        self._workers += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of what has ended, in this process or in a worker."""
        if report.when == "call" or not report.passed:
            self._ended.add(report.nodeid)
        if self._ticker is not None:
            # pytest writes next
            self._ticker.say()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Say the line while items run."""
        option, plugins = self._config.option, self._config.pluginmanager
        # with workers nothing is collected yet
        has_runs = self._controller.selection.trains or plugins.hasplugin("dsession")
        # a debugger has the terminal to itself
        is_heard = plugins.hasplugin("terminalreporter") and option.verbose >= 0 and not option.usepdb
        if not (has_runs and is_heard) or option.collectonly:
            return (yield)
        from stablebert.report.ticker import Ticker

        with (
            _uncaptured(self._config) as stream,
            Ticker(self._line, stream, terminal=stream.isatty(), among=True) as ticker,
        ):
            self._ticker = ticker
            return (yield)

    def _line(self) -> str | None:
        selection = self._controller.selection
        if not selection.trains:
            return None
        driver = self._controller.cluster.driver
        self._progress.workers = max(self._workers, 1) if driver is None else driver.slots
        return self._progress.line(len(self._ended.intersection(selection.runs)), len(selection.runs))

    @cached_property
    def _progress(self) -> "Progress":
        from stablebert.report.progress import Progress

        return Progress(self._controller.project.store, max(self._workers, 1))


@contextmanager
def _uncaptured(config: pytest.Config) -> Iterator[TextIO]:
    """Give a stream to where the session's own lines go, which no capturing of tests sees."""
    capturing: Any = config.pluginmanager.getplugin("capturemanager")
    # where the reporter's lines go, which is not always standard output
    file: TextIO = config.get_terminal_writer()._file
    try:
        number = file.fileno()
    except (AttributeError, OSError, ValueError):
        # a file of whoever runs pytest inside of a program, which no capturing replaces
        yield file
        return
    with nullcontext() if capturing is None else capturing.global_and_fixture_disabled():
        copy = os.dup(number)
    with os.fdopen(copy, "w", encoding="utf-8", errors="replace") as stream:
        yield stream
