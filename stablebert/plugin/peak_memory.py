"""The closing line that says how much memory a session's workers have needed."""

from typing import Any

import pytest

_KEY = "stablebert_peak"


class PeakMemory:
    """Listens in every process of a session that trains; the first one prints the largest peak.

    Under pytest-xdist the first process trains nothing, and its workers count.
    """

    def __init__(self) -> None:
        self._of_workers: list[float] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Tell the first process what this worker has needed."""
        peak = _peak()
        if hasattr(session.config, "workeroutput") and peak is not None:
            session.config.workeroutput[_KEY] = peak

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002
        """Take note of what a worker has needed; one that crashed says nothing."""
        peak = getattr(node, "workeroutput", {}).get(_KEY)
        if peak is not None:
            self._of_workers.append(peak)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the line, where the system keeps an account of it."""
        from stablebert.machine import peak_line

        peak = max(self._of_workers, default=None) or _peak()
        if peak is not None:
            terminalreporter.write_line(peak_line(peak))


def _peak() -> float | None:
    from stablebert.machine import peak_memory

    return peak_memory()
