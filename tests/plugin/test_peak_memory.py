"""Whose memory the closing line tells: of the workers, where there are any."""

from pathlib import Path
from types import SimpleNamespace

from stablebert.plugin import controller
from stablebert.plugin.contract import ContractSession
from stablebert.plugin.controller import Controller
from stablebert.plugin.selection import Selection
from stablebert.project.options import settings_of


def closing_lines(peaks, monkeypatch, own=77.0):
    """Return what the first process prints after workers have ended, each having needed a peak; None: it crashed."""
    settings = settings_of({})
    config = SimpleNamespace(
        option=SimpleNamespace(collectonly=False), invocation_params=SimpleNamespace(args=(), dir=Path.cwd())
    )
    listener, lines = Controller(config, settings, ContractSession(held=False)), []
    listener.take(Selection(runs=("one",)))
    for peak in peaks:
        monkeypatch.setattr(controller, "peak_memory", lambda peak=peak: peak)
        given = {"stablebert_selection": "/nowhere/gw0.json", "stablebert_deadline": None, "stablebert_session": "one"}
        worker = SimpleNamespace(workerinput=given, workeroutput={})
        Controller(worker, settings, ContractSession(held=False)).pytest_sessionfinish(SimpleNamespace(config=worker))
        listener.pytest_testnodedown(SimpleNamespace() if peak is None else worker, None)
    monkeypatch.setattr(controller, "peak_memory", lambda: own)
    listener.pytest_terminal_summary(SimpleNamespace(write_line=lines.append, section=lambda name: None))
    return lines


def test_the_largest_peak_of_the_workers_is_told(monkeypatch):
    assert closing_lines([900.0, None, 4321.4, 12.0], monkeypatch) == ["peak memory of a worker: 4321 MiB"]


def test_a_session_without_workers_tells_its_own(monkeypatch):
    assert closing_lines([], monkeypatch) == ["peak memory of a worker: 77 MiB"]


def test_where_the_system_keeps_no_account_nothing_is_told(monkeypatch):
    assert closing_lines([None], monkeypatch, own=None) == []
