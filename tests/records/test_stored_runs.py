"""All stored runs in short: what is remembered of a record is of the bytes that lie there now, or is made anew."""

import errno
import json
import os
import shutil
from types import SimpleNamespace

import pytest

from stablebert.records import RunStore, StoreError, stored_runs
from stablebert.runs import RunSpec, digest_of, row_of
from tests.synthetic import synthetic_record

SPECS = [
    *(RunSpec(task="trec", seed=seed) for seed in range(3)),
    RunSpec(task="trec", seed=1, data_seed=2, optimizer="torch.optim:Adam"),
]
KEYS = sorted(digest_of(f"run {number}") for number in range(len(SPECS)))


@pytest.fixture
def store(tmp_path):
    store = RunStore(tmp_path / "runs")
    for key, spec in zip(KEYS, SPECS, strict=True):
        store.publish(key, synthetic_record(spec, 90.0 + spec.seed), {"code": f"code {spec.seed}"})
    return store


def in_full(store):
    """What the runs in short must be: each record read as a whole."""
    return [
        stored_runs.StoredRun(key, record.spec, row_of(record), f"code {record.spec.seed}", record.seconds)
        for key, record in zip(KEYS, store.records(), strict=True)
    ]


@pytest.fixture
def parsed(monkeypatch):
    """The names of the files that are read in full from now on."""
    names, parse = [], stored_runs.parse_record

    def note(path, written):
        names.append(path.stem)
        return parse(path, written)

    monkeypatch.setattr(stored_runs, "parse_record", note)
    return names


def test_runs_in_short_are_those_of_the_records_and_are_read_in_full_once(store, parsed):
    for _ in range(2):
        assert stored_runs.stored_runs(store) == in_full(store)
    assert parsed == KEYS


def edit_with_size_and_time_kept(path):
    before = path.stat()
    text = path.read_text()
    path.write_text(text.replace('"best_test":90.0', '"best_test":91.0'))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert path.read_text() != text


def test_an_edit_that_keeps_size_and_time_is_found(store):
    stored_runs.stored_runs(store)
    edit_with_size_and_time_kept(store.path(KEYS[0]))
    with pytest.raises(StoreError, match=f"{KEYS[0]}.json is damaged"):
        stored_runs.stored_runs(store)
    said = []
    assert [run.key for run in stored_runs.stored_runs(store, said.append)] == KEYS[1:]
    assert len(said) == 1


def test_memory_that_goes_by_the_size_of_a_file_would_be_seen(store, monkeypatch):
    by_size = SimpleNamespace(sha256=lambda written: SimpleNamespace(hexdigest=lambda: str(len(written))))
    for path in store.paths()[1:]:
        path.unlink()
    monkeypatch.setattr(stored_runs, "hashlib", by_size)
    stored_runs.stored_runs(store)
    edit_with_size_and_time_kept(store.path(KEYS[0]))
    assert [run.row.test for run in stored_runs.stored_runs(store)] == [90.0]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"90.0", b"95.0"),
        lambda content: b"[]",
    ],
    ids=["emptied", "cut", "edited", "of another form"],
)
def test_a_memory_that_is_not_as_it_was_written_is_not_believed(store, damage, parsed):
    stored_runs.stored_runs(store)
    home = store.folder / stored_runs.REMEMBERED
    home.write_bytes(damage(home.read_bytes()))
    assert stored_runs.stored_runs(store) == in_full(store)
    assert parsed == KEYS * 2


def test_what_other_code_remembered_is_made_anew(store, monkeypatch, parsed):
    stored_runs.stored_runs(store)
    monkeypatch.setattr(stored_runs, "_made_by", lambda: "another version")
    assert stored_runs.stored_runs(store) == in_full(store)
    assert parsed == KEYS * 2


def test_a_record_under_another_name_is_refused_though_its_bytes_are_known(store):
    stored_runs.stored_runs(store)
    other = store.path("0" * 64)
    other.parent.mkdir(exist_ok=True)
    shutil.copy(store.path(KEYS[0]), other)
    with pytest.raises(StoreError, match="under another name"):
        stored_runs.stored_runs(store)


def test_what_is_removed_is_forgotten_and_what_is_new_is_read(store, parsed):
    stored_runs.stored_runs(store)
    store.path(KEYS[0]).unlink()
    assert [run.key for run in stored_runs.stored_runs(store)] == KEYS[1:]
    assert KEYS[0] not in (store.folder / stored_runs.REMEMBERED).read_text()
    assert parsed == KEYS
    store.publish(KEYS[0], synthetic_record(SPECS[0], 90.0))
    assert [run.key for run in stored_runs.stored_runs(store)] == KEYS
    assert parsed == [*KEYS, KEYS[0]]


def test_a_store_that_cannot_be_written_is_read_in_full(store, monkeypatch, parsed):
    def refuse(path, text):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(stored_runs, "write_note", refuse)
    for _ in range(2):
        assert stored_runs.stored_runs(store) == in_full(store)
    assert parsed == KEYS * 2


def test_a_store_that_is_not_there_is_empty_and_is_not_made(tmp_path):
    assert stored_runs.stored_runs(RunStore(tmp_path / "none")) == []
    assert not (tmp_path / "none").exists()


def test_a_record_of_another_form_is_read_by_what_it_says(store):
    path = store.path(KEYS[0])
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    assert stored_runs.stored_runs(store) == in_full(store)


def test_a_second_content_beside_the_one_that_the_checksum_is_of_is_refused(store):
    path = store.path(KEYS[0])
    text = path.read_text()
    record = json.dumps({**json.loads(text)["record"], "best_test": 99.0}, sort_keys=True, separators=(",", ":"))
    path.write_text(text.replace(',"schema":1', f',"record":{record},"schema":1'))
    assert json.loads(path.read_text())["record"]["best_test"] == 99.0
    with pytest.raises(StoreError, match="its checksum does not fit"):
        store.load(KEYS[0])
