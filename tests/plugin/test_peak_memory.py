"""Whose memory the closing line tells: of the workers, where there are any."""

from types import SimpleNamespace

from stablebert.plugin import peak_memory
from stablebert.plugin.peak_memory import PeakMemory


def closing_lines(peaks, monkeypatch, own=77.0):
    """Return what the first process prints after workers have ended, each having needed a peak; None: it crashed."""
    listener, lines = PeakMemory(), []
    for peak in peaks:
        monkeypatch.setattr(peak_memory, "_peak", lambda peak=peak: peak)
        config = SimpleNamespace(workeroutput={})
        PeakMemory().pytest_sessionfinish(SimpleNamespace(config=config))
        listener.pytest_testnodedown(SimpleNamespace() if peak is None else config, None)
    monkeypatch.setattr(peak_memory, "_peak", lambda: own)
    listener.pytest_sessionfinish(SimpleNamespace(config=SimpleNamespace()))
    listener.pytest_terminal_summary(SimpleNamespace(write_line=lines.append))
    return lines


def test_the_largest_peak_of_the_workers_is_told(monkeypatch):
    assert closing_lines([900.0, None, 4321.4, 12.0], monkeypatch) == ["peak memory of a worker: 4321 MiB"]


def test_a_session_without_workers_tells_its_own(monkeypatch):
    assert closing_lines([], monkeypatch) == ["peak memory of a worker: 77 MiB"]


def test_where_the_system_keeps_no_account_nothing_is_told(monkeypatch):
    assert closing_lines([None], monkeypatch, own=None) == []
