import json
import multiprocessing
import os
import signal
import time
from dataclasses import replace

import pytest

from stablebert.cli.run import outcome_line
from stablebert.records import RunStore, StoreError, load_run, run_keys
from stablebert.records.attempts import session_of_process
from stablebert.records.obtain import obtain
from stablebert.runs import Recipe
from tests.conftest import check_keys
from tests.records import fake_runs
from tests.synthetic import synthetic_record

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def spec(tmp_path, monkeypatch):
    return fake_runs.set_up(tmp_path, monkeypatch)


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


def _started(spec, store, train):
    process = SPAWN.Process(target=obtain, args=(spec, store, train), daemon=True)
    process.start()
    return process


def _wait_for(condition):
    limit = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < limit, "waited 120 s in vain"
        time.sleep(0.02)


def test_a_run_is_trained_once(spec, store):
    first = obtain(spec, store, fake_runs.train)
    assert obtain(spec, store, fake_runs.train) == first
    assert obtain(spec.with_seed(1), store, fake_runs.train) != first
    assert len(fake_runs.trained()) == 2


def test_a_record_says_which_code_made_it(spec, store):
    obtain(spec, store, fake_runs.train)
    keys = run_keys(spec)
    provenance = json.loads(store.path(keys.record).read_text())["provenance"]
    assert (provenance["code"], provenance["cell"], provenance["spec"]) == (keys.code, keys.cell, keys.spec)


def test_a_damaged_record_is_not_trained_again(spec, store):
    obtain(spec, store, fake_runs.train)
    store.path(run_keys(spec).record).write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        obtain(spec, store, fake_runs.train)
    assert len(fake_runs.trained()) == 1


@pytest.mark.parametrize("changed", [{"seed": 1}, {"recipe": Recipe(eps=1e-6)}, {"precision": "bf16"}])
def test_a_record_of_another_run_under_the_key_of_the_one_asked_for_is_refused(spec, store, changed):
    store.publish(run_keys(spec).record, synthetic_record(replace(spec, **changed), 90.0))
    for read in (load_run, obtain):
        with pytest.raises(StoreError, match="is of another run .* than the one asked for"):
            read(spec, store)
    assert fake_runs.trained() == []


def test_a_record_is_read_without_being_made(spec, store, tmp_path):
    assert load_run(spec, store) is None
    made = obtain(spec, store, fake_runs.train)
    assert load_run(spec, store) == made
    # the control: an encoder that lies elsewhere with the same weights is the same run
    moved = (tmp_path / "encoder").rename(tmp_path / "moved")
    assert load_run(replace(spec, encoder_source=str(moved)), store) == made


def test_two_processes_that_race_for_a_key_train_it_once(spec, store):
    racers = [_started(spec, store, fake_runs.train_slowly) for _ in range(2)]
    for racer in racers:
        racer.join(60)
    assert [racer.exitcode for racer in racers] == [0, 0]
    assert len(fake_runs.trained()) == 1
    assert len(list(store.records())) == 1


def test_without_its_lock_a_race_trains_twice_and_still_leaves_one_record(spec, store):
    class Unlocked(RunStore):
        def lock(self, key, *, blocking=True):
            return super().lock(os.urandom(8).hex())

    inner = Unlocked(store.folder)

    def train(asked):
        obtain(asked, inner, fake_runs.train)
        return replace(fake_runs.train(asked), seconds=5.0)

    assert obtain(spec, inner, train).seconds == 1.0
    assert len(fake_runs.trained()) == 2
    assert len(list(store.records())) == 1


def test_a_second_killed_holder_is_the_last(spec, store):
    for deaths in (1, 2):
        holder = _started(spec, store, fake_runs.train_for_ever)
        _wait_for(lambda count=deaths: len(fake_runs.trained()) == count)
        os.kill(holder.pid, signal.SIGKILL)
        holder.join(30)
    with pytest.raises(StoreError, match="2 attempts ended without a record"):
        obtain(spec, store, fake_runs.train)
    # a session that comes later gives it another chance
    assert obtain(spec, RunStore(store.folder, "another session"), fake_runs.train).spec == spec
    assert not list(store.folder.rglob("*.attempts"))
    assert obtain(spec.with_seed(1), store, fake_runs.train).spec.seed == 1


def test_a_killed_holder_does_not_keep_the_next_from_training(spec, store):
    holder = _started(spec, store, fake_runs.train_for_ever)
    _wait_for(lambda: len(fake_runs.trained()) == 1)
    os.kill(holder.pid, signal.SIGKILL)
    holder.join(30)
    assert obtain(spec, store, fake_runs.train).spec == spec


def test_a_run_that_fails_is_trained_once_a_session(spec, store):
    odd = spec.with_seed(1)
    for _ in range(3):
        with pytest.raises((ValueError, StoreError), match="seed 1 cannot be made"):
            obtain(odd, store, fake_runs.train_and_count_without_odd_seeds)
    assert len(fake_runs.trained()) == 1
    # the control: a later session tries it again
    with pytest.raises(ValueError, match="seed 1 cannot be made"):
        obtain(odd, RunStore(store.folder, "another session"), fake_runs.train_and_count_without_odd_seeds)
    assert len(fake_runs.trained()) == 2


def test_an_error_without_a_word_is_named_by_its_kind_in_the_same_session(spec, store):
    def train(spec):
        raise MemoryError

    with pytest.raises(MemoryError) as first:
        obtain(spec, store, train)
    assert outcome_line(spec, first.value).endswith("ERROR  MemoryError: without a word")
    with pytest.raises(StoreError, match="MemoryError: without a word"):
        obtain(spec, store, fake_runs.train)
    # and by its place, where a note of another program's has no word
    (note,) = store.folder.rglob("*.attempts/*.json")
    note.write_text(json.dumps({"session": session_of_process(), "error": " "}))
    with pytest.raises(StoreError, match="failed without a word in this session .*attempts"):
        obtain(spec, store, fake_runs.train)


@pytest.mark.parametrize("end", [SystemExit(0), GeneratorExit, BaseException("odd")])
def test_a_run_that_would_end_the_process_is_an_error(end, spec, store):
    def train(spec):
        raise end

    with pytest.raises((ValueError, GeneratorExit)) as error:
        obtain(spec, store, train)
    assert error.type is GeneratorExit or "would end the process" in str(error.value)


def test_an_interrupted_holder_does_not_count(spec, store):
    for interruptions in range(1, 4):
        holder = _started(spec, store, fake_runs.train_for_ever)
        _wait_for(lambda count=interruptions: len(fake_runs.trained()) == count)
        os.kill(holder.pid, signal.SIGINT)
        holder.join(30)
    assert obtain(spec, store, fake_runs.train).spec == spec


def test_keys_that_a_test_replaces_for_good_are_named(monkeypatch):
    check_keys()
    with monkeypatch.context() as patch:
        patch.setattr("stablebert.records.obtain.run_keys", lambda spec: None)
        with pytest.raises(AssertionError, match="replaced for good"):
            check_keys()
