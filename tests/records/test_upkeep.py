import csv
import errno
import os
import sys
from dataclasses import replace

import pytest

from stablebert.cli import main
from stablebert.files import seal_folder
from stablebert.records import RunStore, StoreError
from stablebert.records import store as home
from stablebert.records.upkeep import export, leftovers, problems, remove
from stablebert.runs import RunSpec, digest_of
from tests.synthetic import synthetic_record

SPEC = RunSpec(task="trec")
KEYS = [digest_of(f"run {seed}") for seed in range(3)]


@pytest.fixture
def store(tmp_path):
    store = RunStore(tmp_path / "runs")
    for seed, key in enumerate(KEYS):
        store.publish(key, synthetic_record(SPEC.with_seed(seed), 90.0 + seed))
    return store


def test_a_whole_store_has_no_problems_and_nothing_left_behind(store):
    assert list(problems(store)) == []
    assert leftovers(store) == []


def test_a_damaged_record_and_encoder_are_named(store, capsys):
    path = store.path(KEYS[0])
    path.write_bytes(path.read_bytes()[:-9])
    encoder = store.encoder_folder(KEYS[1])
    encoder.mkdir()
    (encoder / "model.safetensors").write_bytes(b"weights")
    seal_folder(encoder)
    assert len(list(problems(store))) == 1
    (encoder / "model.safetensors").write_bytes(b"weighty")
    found = list(problems(store))
    assert f"{path} is damaged" in found[0]
    assert f"{encoder} is not as its run has left it" in found[1]
    assert main(["store", "verify", "--store", str(store.folder)]) == 2
    assert capsys.readouterr().out.endswith(f"{store.folder}: 3 records, 2 damaged\n")


def test_what_killed_processes_left_goes_and_no_record_does(store, capsys):
    folder = store.path(KEYS[0]).parent
    unmade = digest_of("a run that is not made")
    left = [
        folder / f".{KEYS[0]}.json.0123.part",
        store.path(KEYS[0]).with_suffix(".attempts"),
        store.encoder_folder(KEYS[0]),
        store.path(KEYS[0]).with_suffix(".lock"),
    ]
    left[0].write_text("half")
    left[1].mkdir()
    left[2].mkdir()
    with store.lock(KEYS[0]), store.lock(unmade):
        # the control: what belongs to a run that is being made stays
        assert leftovers(store) == []
    assert sorted(leftovers(store)) == sorted(left)
    assert main(["store", "gc", "--dry-run", "--store", str(store.folder)]) == 0
    assert "would remove" in capsys.readouterr().out
    assert main(["store", "gc", "--store", str(store.folder)]) == 0
    remove(leftovers(store))
    assert not any(path.exists() for path in left)
    assert store.path(unmade).with_suffix(".lock").exists()
    assert len(list(store.records())) == 3


def test_a_table_has_a_row_a_record(store, tmp_path, capsys):
    assert main(["store", "export", str(tmp_path / "runs.csv"), "--store", str(store.folder)]) == 0
    with (tmp_path / "runs.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["key"]: float(row["test"]) for row in rows} == dict(zip(KEYS, (90.0, 91.0, 92.0), strict=True))
    assert export(store, tmp_path / "runs.parquet") == 3
    import pandas as pd

    assert sorted(pd.read_parquet(tmp_path / "runs.parquet")["run"]) == sorted(row["run"] for row in rows)


def test_a_table_that_cannot_be_written_is_refused(store, tmp_path, monkeypatch, capsys):
    with pytest.raises(ValueError, match="must end in .csv or .parquet"):
        export(store, tmp_path / "runs.xls")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "fastparquet", None)
    with pytest.raises(ValueError, match="parquet needs pyarrow; .*runs.csv needs nothing"):
        export(store, tmp_path / "runs.parquet")
    assert list(tmp_path.glob("runs.*")) == []
    for words in (["export"], ["verify", "runs.csv"]):
        assert main(["store", *words, "--store", str(store.folder)]) == 2
    assert "it needs a FILE" in capsys.readouterr().err


def test_a_store_that_cannot_be_written_is_read(store, monkeypatch):
    def read_only(*_, **__):
        raise OSError(errno.EROFS, "read-only file system")

    for module, name in ((os, "link"), (os, "open"), (os, "mkdir"), (os, "unlink")):
        monkeypatch.setattr(module, name, read_only)
    assert store.load(KEYS[1]).best_test == 91.0
    assert list(problems(store)) == []
    # the control: what is written is one sentence
    with pytest.raises(StoreError, match="cannot write .*read-only file system"):
        store.publish(digest_of("another run"), store.load(KEYS[0]))


def test_a_record_of_a_newer_schema_is_refused_by_name_and_one_of_an_older_is_migrated(store, monkeypatch):
    def renamed(content):
        record = dict(content["record"])
        record["metric"] = record["metric"].upper()
        return {**content, "record": record}

    before = store.load(KEYS[0])
    with monkeypatch.context() as patch:
        patch.setattr(home, "SCHEMA", 2)
        patch.setattr(home, "MIGRATIONS", {1: renamed})
        assert store.load(KEYS[0]) == replace(before, metric=before.metric.upper())
        newer = digest_of("a newer run")
        store.publish(newer, before)
        assert store.load(newer) == before
        # the control: without its migration the older one is refused
        patch.setattr(home, "MIGRATIONS", {})
        with pytest.raises(StoreError, match="has schema 1; this version reads 2"):
            store.load(KEYS[0])
    with pytest.raises(StoreError, match="has schema 2, which a newer stablebert has written; this version reads 1"):
        store.load(newer)
