import errno
import json
import logging
import math
import os
from dataclasses import replace

import pytest
from filelock import Timeout

from stablebert.records import RunStore, StoreError
from stablebert.records.store import MARK
from stablebert.runs import RunSpec, digest_of
from tests.synthetic import synthetic_record

KEY = digest_of("a run")
RECORD = synthetic_record(RunSpec(task="trec", seed=3), 90.0)


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


def _files(store):
    return sorted(
        path.name for path in store.folder.rglob("*") if path.is_file() and path.suffix != ".lock" and path.name != MARK
    )


def _full_disk(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_record_leaves_one_file_that_says_where_it_is_from(store):
    store.publish(KEY, RECORD, {"code": "c"})
    assert _files(store) == [f"{KEY}.json"]
    assert json.loads(store.path(KEY).read_text())["provenance"] == {"code": "c"}


def test_nan_is_equal_to_itself(store):
    diverged = replace(RECORD, best_test=math.nan)
    store.publish(KEY, diverged)
    assert math.isnan(store.load(KEY).best_test)
    assert math.isnan(store.publish(KEY, diverged).best_test)


def test_a_list_in_place_of_a_tuple_is_no_difference(store):
    store.publish(KEY, replace(RECORD, census={"redrawn": ("a",)}))
    assert store.publish(KEY, replace(RECORD, census={"redrawn": ["a"]})) == store.load(KEY)
    # the control: another name is a difference
    with pytest.raises(StoreError, match="differs in census"):
        store.publish(KEY, replace(RECORD, census={"redrawn": ["b"]}))


def test_the_last_bit_is_a_difference(store):
    store.publish(KEY, RECORD)
    with pytest.raises(StoreError, match="differs in best_test"):
        store.publish(KEY, replace(RECORD, best_test=math.nextafter(90.0, 91.0)))
    assert store.load(KEY) == RECORD


@pytest.mark.parametrize("other", [{"processor": "other"}, {"path": "padded"}, {"torch": "1"}])
def test_a_difference_of_another_environment_is_reported_and_the_first_stands(store, caplog, other):
    store.publish(KEY, RECORD)
    late = replace(RECORD, best_test=80.0, environment={**RECORD.environment, **other})
    with caplog.at_level(logging.WARNING):
        assert store.publish(KEY, late) == RECORD
    assert "differs in best_test" in caplog.text
    assert store.load(KEY) == RECORD


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"\xff\xfe" + data,
        lambda data: data.replace(b'"best_test":90.0', b'"best_test":90.5'),
        lambda data: data.replace(b'"code":"c"', b'"code":"d"'),
        lambda data: data.replace(b'"sha256"', b'"sha255"'),
    ],
    ids=["cut", "no text", "score", "provenance", "checksum"],
)
def test_a_damaged_record_is_named_with_its_remedy_and_left(store, damage):
    store.publish(KEY, RECORD, {"code": "c"})
    damaged = damage(store.path(KEY).read_bytes())
    store.path(KEY).write_bytes(damaged)
    for read in (lambda: store.load(KEY), lambda: list(store.records()), lambda: store.publish(KEY, RECORD)):
        with pytest.raises(StoreError, match=f"{KEY}.json is damaged; remove it to have the run made again"):
            read()
    assert store.path(KEY).read_bytes() == damaged


def test_a_record_under_another_name_is_refused(store):
    store.publish(KEY, RECORD)
    other = digest_of("another run")
    store.path(other).parent.mkdir(exist_ok=True)
    store.path(KEY).rename(store.path(other))
    with pytest.raises(StoreError, match=f"it is the record of {KEY}"):
        store.load(other)


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_full_disk_at_any_step_leaves_nothing(store, monkeypatch, call):
    monkeypatch.setattr(os, call, _full_disk)
    with pytest.raises(StoreError, match="the disk is full"):
        store.publish(KEY, RECORD)
    assert _files(store) == []


def test_a_full_disk_at_a_lock_or_a_note_is_as_clear_and_counts_no_attempt(store, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", _full_disk)
        with pytest.raises(StoreError, match="the disk is full"), store.lock(KEY):
            pass
    for _ in range(3):
        with monkeypatch.context() as patch:
            patch.setattr(json, "dumps", _full_disk)
            with pytest.raises(StoreError, match="the disk is full"), store.attempt(KEY):
                pass
    assert _files(store) == []


def test_an_error_inside_lock_or_attempt_passes_unchanged(store):
    for held in (store.lock, store.attempt):
        with pytest.raises(FileNotFoundError, match="mine"), held(KEY):
            raise FileNotFoundError("mine")


def test_a_lock_keeps_a_second_holder_out_until_it_falls(store):
    with store.lock(KEY), pytest.raises(Timeout), store.lock(KEY, blocking=False):
        pass
    with store.lock(KEY, blocking=False):
        pass


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_an_attempt_that_ends_in_order_does_not_count(store, end):
    for _ in range(3):
        with pytest.raises(end), store.attempt(KEY):
            raise end
    assert _files(store) == []
