import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from stablebert.records import RunStore, StoreError
from stablebert.records.store import MARK
from stablebert.workers import run_all
from tests.records import fake_runs

ROOT = Path(__file__).parents[2]
INTERRUPTED = """
import sys
from pathlib import Path
from stablebert.workers import run_all
from stablebert.runs import RunSpec
from tests.records import fake_runs

if __name__ == "__main__":
    spec = RunSpec(task="rte", encoder="custom-000000", encoder_source=sys.argv[1])
    specs = [spec.with_seed(seed) for seed in range(4)]
    run_all(specs, Path(sys.argv[2]), jobs=int(sys.argv[3]), report=print, train=fake_runs.train_for_ever)
"""


@pytest.fixture
def specs(tmp_path, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    return [spec.with_seed(seed) for seed in range(4)]


@pytest.fixture
def begin(specs, tmp_path):
    """Start a session whose runs do not end, as a group of processes; what is left of it goes with the test."""
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    sessions = []

    def start(jobs):
        session = subprocess.Popen(
            [sys.executable, script, str(specs[0].encoder_source), str(tmp_path / "runs"), str(jobs)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        sessions.append(session)
        return session

    yield start
    for session in sessions:
        with suppress(ProcessLookupError):
            os.killpg(session.pid, signal.SIGKILL)
        session.communicate()


def test_workers_live_from_run_to_run_with_one_thread_each(specs, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    run_all(specs, tmp_path / "runs", jobs=2, report=lambda *_: None, train=fake_runs.train_in_one_thread)
    records = list(RunStore(tmp_path / "runs").records())
    assert len(records) == 4
    processes = {record.census["process"] for record in records}
    assert 1 <= len(processes) <= 2
    assert os.getpid() not in processes
    assert {record.census["threads"] for record in records} == {"1"}


def test_a_run_that_kills_its_process_is_given_up_and_the_others_go_on(specs, tmp_path):
    results = run_all(
        specs, tmp_path / "runs", jobs=2, report=lambda *_: None, train=fake_runs.train_and_kill_at_seed_3
    )
    assert [type(result) for result in results] == [type(None), type(None), type(None), StoreError]
    assert sorted(record.spec.seed for record in RunStore(tmp_path / "runs").records()) == [0, 1, 2]
    assert "2 attempts ended without a record" in str(results[3])


def test_a_report_that_fails_ends_the_session_and_only_its_own_workers(specs, tmp_path):
    def report(*_):
        raise RuntimeError("no more")

    bystander = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    bystander.start()
    try:
        with pytest.raises(RuntimeError, match="no more"):
            run_all(specs, tmp_path / "runs", jobs=2, report=report, train=fake_runs.train)
        assert multiprocessing.active_children() == [bystander]
    finally:
        bystander.kill()
        bystander.join()


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interruption_ends_everything_soon_and_counts_no_attempt(begin, tmp_path, jobs):
    for interruption in range(1, 4):
        session = begin(jobs)
        _wait_for(lambda count=interruption * jobs: len(fake_runs.trained()) >= count)
        os.killpg(session.pid, signal.SIGINT)  # as a terminal does: to the whole group
        began = time.monotonic()
        _, error = session.communicate(timeout=30)
        assert time.monotonic() - began < 10
        assert session.returncode != 0
        assert "KeyboardInterrupt" in error
        _wait_for(lambda group=session.pid: not _group_alive(group))
    # every interrupted run was started once, and none that waited was begun after the interruption
    assert len(fake_runs.trained()) == 3 * jobs
    left = [
        path
        for path in (tmp_path / "runs").rglob("*")
        if path.is_file() and path.suffix != ".lock" and path.name != MARK
    ]
    assert left == []


def test_a_second_signal_does_not_cut_the_tidying_up_short(tmp_path):
    # the parent's SIGTERM and the one by which a worker follows its parent's end may both arrive
    program = f"""
import os, signal
from pathlib import Path
from stablebert.workers.local import _begin_worker
_begin_worker()
try:
    os.kill(os.getpid(), signal.SIGTERM)
finally:
    os.kill(os.getpid(), signal.SIGTERM)
    Path({str(tmp_path)!r}, "tidied").touch()
"""
    ended = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60)
    assert ended.returncode == -signal.SIGINT  # as of an interruption
    assert (tmp_path / "tidied").exists()


def test_workers_follow_a_parent_that_was_killed(begin, tmp_path):
    session = begin(2)
    _wait_for(lambda: len(fake_runs.trained()) == 2)
    os.kill(session.pid, signal.SIGKILL)
    session.communicate(timeout=30)
    _wait_for(lambda: not _group_alive(session.pid))
    assert list(RunStore(tmp_path / "runs").records()) == []
    assert not list((tmp_path / "runs").rglob("*.attempts/*.json"))


def test_two_engines_at_once_make_every_run_once(specs, tmp_path):
    def work():
        run_all(specs, tmp_path / "runs", jobs=2, report=lambda *_: None, train=fake_runs.train_slowly)

    other = threading.Thread(target=work)
    other.start()
    work()
    other.join()
    assert len(fake_runs.trained()) == 4


def _group_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_for(condition):
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit, "waited 60 s in vain"
        time.sleep(0.02)
