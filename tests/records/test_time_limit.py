"""What hangs is an error once its time is over, and what does not is left alone, alarms of others too."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from stablebert.records import RunStore, StoreError
from stablebert.records.obtain import obtain
from stablebert.records.time_limit import time_limit
from tests.records import fake_runs

DEAF = """
import time
from stablebert.records.time_limit import time_limit

with time_limit(0.1, grace=0.1):
    while True:
        try:
            time.sleep(60)
        except Exception:
            pass
"""


def test_what_hangs_is_an_error_and_what_ends_is_none():
    with pytest.raises(StoreError, match="the run has not ended within its 0.05 s"), time_limit(0.05):
        time.sleep(60)
    with time_limit(60.0):
        pass
    with time_limit(None):
        pass
    # nothing is left that would end what comes later
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_an_alarm_of_others_still_comes():
    heard = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: heard.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with time_limit(60.0):
            time.sleep(0.2)
        assert heard == []
        time.sleep(0.1)
        assert heard == [signal.SIGALRM]
    finally:
        signal.signal(signal.SIGALRM, before)


def test_what_hears_of_nothing_ends_with_its_process_and_without_success():
    ended = subprocess.run([sys.executable, "-c", DEAF], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr


def test_in_another_thread_nothing_is_interrupted():
    said = []

    def work():
        with time_limit(60.0):
            said.append(signal.getitimer(signal.ITIMER_REAL)[0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert said == [0.0]


def test_a_run_that_hangs_is_made_once_a_session_and_again_in_the_next(tmp_path, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    store = RunStore(tmp_path / "runs", "one", run_timeout=0.05)
    # the second would end at once, and is not begun: what has failed in a session is known there
    for train in (lambda spec: time.sleep(60), fake_runs.train):
        with pytest.raises(StoreError, match="the run has not ended within its 0.05 s"):
            obtain(spec, store, train)
    assert fake_runs.trained() == []
    # the control: in time, in a later session, and under the same limit
    assert obtain(spec, RunStore(tmp_path / "runs", "two", run_timeout=60.0), fake_runs.train).spec == spec
