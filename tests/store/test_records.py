import errno
import json
import multiprocessing
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from stablebert.runs import RunSpec
from stablebert.store import RunStore, StoreError
from stablebert.store import obtain as obtain_module
from stablebert.store.provenance import Keys
from tests.synthetic import synthetic_record

KEY = "ab" + "0" * 62
RECORD = synthetic_record(RunSpec(task="trec", seed=3), 88.0)


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


def test_a_record_comes_back_as_it_was(store):
    assert store.load(KEY) is None
    assert store.publish(KEY, RECORD) == RECORD
    assert store.load(KEY) == RECORD
    assert list(store.records()) == [RECORD]


def test_the_first_writer_wins_and_an_equal_second_is_the_same(store):
    store.publish(KEY, RECORD)
    later = replace(RECORD, seconds=99.0)
    assert store.publish(KEY, later) == RECORD
    assert store.load(KEY).seconds == 1.0


def test_a_second_record_that_differs_on_an_equal_machine_is_an_error(store):
    store.publish(KEY, RECORD)
    with pytest.raises(StoreError, match=r"differs in best_test: the run is not repeatable"):
        store.publish(KEY, replace(RECORD, best_test=87.0))
    elsewhere = replace(RECORD, best_test=87.0, environment={"processor": "other", "path": "packed"})
    assert store.publish(KEY, elsewhere) == RECORD


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("88.0", "89.0", 1),
        lambda text: "",
        lambda text: text.replace('"schema":1', '"schema":2'),
        lambda text: "[]",
    ],
)
def test_a_damaged_record_is_one_clear_error_and_stays(store, damage):
    store.publish(KEY, RECORD)
    path = store.path(KEY)
    path.write_text(damage(path.read_text()))
    with pytest.raises(StoreError, match=str(path)):
        store.load(KEY)
    with pytest.raises(StoreError):
        list(store.records())
    assert path.is_file()


def test_a_full_disk_leaves_nothing_half_written(store, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="the disk is full"):
        store.publish(KEY, RECORD)
    monkeypatch.undo()
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []
    assert store.publish(KEY, RECORD) == RECORD


def test_attempts_that_left_no_record_are_counted(store):
    for _ in range(2):
        with store.attempt(KEY):
            kept = next(store.folder.rglob("*.attempts/*.json")).read_text()
        note = store.path(KEY).with_suffix(".attempts") / f"{time.monotonic_ns()}.json"
        note.write_text(kept)
    with pytest.raises(StoreError, match="2 attempts ended without a record"), store.attempt(KEY):
        pytest.fail("a third attempt was made")


def test_an_orderly_end_leaves_no_note(store):
    with pytest.raises(KeyboardInterrupt), store.attempt(KEY):
        raise KeyboardInterrupt
    assert not list(store.folder.rglob("*.attempts/*.json"))


def patch_keys(monkeypatch=None):
    keys = Keys(KEY, KEY, "cell", "code", "data", "weights")
    module = __import__("stablebert.store.obtain", fromlist=["run_keys"])
    if monkeypatch is None:
        module.run_keys = lambda spec: keys
    else:
        monkeypatch.setattr(module, "run_keys", lambda spec: keys)


def slow_train(spec):
    with (Path(os.environ["TRAINED"])).open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    time.sleep(0.5)
    return RECORD


def racer(folder):
    patch_keys()
    obtain_module(RECORD.spec, RunStore(folder), slow_train)


def test_two_processes_train_a_run_once(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAINED", str(tmp_path / "trained.txt"))
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=racer, args=(tmp_path / "runs",)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len((tmp_path / "trained.txt").read_text().splitlines()) == 1


def hanging_train(spec):
    Path(os.environ["TRAINED"]).write_text("started")
    time.sleep(600)


def hanger(folder):
    patch_keys()
    obtain_module(RECORD.spec, RunStore(folder), hanging_train)


def test_a_killed_holder_gives_up_its_lock_and_leaves_a_note(tmp_path, monkeypatch):
    trained = tmp_path / "trained.txt"
    monkeypatch.setenv("TRAINED", str(trained))
    process = multiprocessing.get_context("spawn").Process(target=hanger, args=(tmp_path / "runs",))
    process.start()
    for _ in range(600):
        if trained.is_file():
            break
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    store = RunStore(tmp_path / "runs")
    assert len(list(store.folder.rglob("*.attempts/*.json"))) == 1
    patch_keys(monkeypatch)
    assert obtain_module(RECORD.spec, store, lambda spec: RECORD) == RECORD


def test_a_stored_record_is_not_trained_again(store, monkeypatch):
    patch_keys(monkeypatch)
    calls = []
    for _ in range(2):
        obtain_module(RECORD.spec, store, lambda spec: calls.append(spec) or RECORD)
    assert len(calls) == 1


def test_a_run_that_raises_leaves_no_record_and_no_note(store, monkeypatch):
    patch_keys(monkeypatch)

    def broken(spec):
        raise ValueError("no")

    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            obtain_module(RECORD.spec, store, broken)
    assert json.loads(json.dumps(RECORD.to_dict()))
    assert store.load(KEY) is None
