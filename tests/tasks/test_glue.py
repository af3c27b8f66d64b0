"""GLUE from a folder and from the hub: read whole, or one clear error."""

import csv

import pytest

from stablebert.tasks import (
    TaskError,
    card_of,
    load_rows,
    load_task,
    missing_source_message,
    source_available,
    task_digest,
)
from stablebert.tasks.glue import hub_rows
from stablebert.tasks.rows import overlap

HEADERS = {
    "RTE": ("index", "sentence1", "sentence2", "label"),
    "MRPC": ("Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"),
    "STS-B": ("index", "sentence1", "sentence2", "score"),
    "CoLA": None,
}
LINES = {
    "RTE": lambda i: (i, f'a "quoted {i}', f"b {i}", "entailment" if i % 2 else "not_entailment"),
    "MRPC": lambda i: (i % 2, i, i, f"a {i}", f"b {i}"),
    "STS-B": lambda i: (i, f"a {i}", f"b {i}", f"{(i % 26) / 5:.3f}"),
    "CoLA": lambda i: ("x", i % 2, "*", f"a {i}"),
}


@pytest.fixture
def glue(tmp_path, monkeypatch):
    for name, header in HEADERS.items():
        (tmp_path / name).mkdir()
        for split, size in (("train", 1200), ("dev", 41)):
            lines = [LINES[name](index) for index in range(size)]
            write(tmp_path / name / f"{split}.tsv", ([header] if header else []) + lines, bom=name == "MRPC")
    monkeypatch.setenv("GLUE_DIR", str(tmp_path))
    return tmp_path


def write(path, lines, *, bom=False):
    text = "".join("\t".join(map(str, line)) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8-sig" if bom else "utf-8")


@pytest.mark.parametrize("name", ["rte", "mrpc", "stsb", "cola"])
def test_glue_is_read_whole_from_a_folder(glue, name):
    full, small = load_rows(name), load_rows(f"{name}-1k")
    assert len(full.train) == 1200
    assert len(full.validation) + len(full.test) == 41
    assert len(small.train) == 1000
    assert (small.validation, small.test) == (full.validation, full.test)
    assert set(small.train) <= set(full.train)
    assert overlap(full) > 0


def test_quotes_are_text(glue):
    assert load_rows("rte").train[0].sentence1 == 'a "quoted 0'


def test_a_task_has_datasets_with_one_set_of_columns(glue):
    task = load_task("stsb-1k")
    assert task.train.column_names == ["sentence1", "sentence2", "label"]
    assert (task.metric, task.num_labels, task.is_regression, task.majority_test) == ("spearman", 1, True, 0.0)
    assert load_task("rte").majority_test == pytest.approx(50, abs=5)


def test_the_digest_of_a_task_is_cached_by_its_files(glue):
    before = task_digest("rte")
    assert before == load_task("rte").digest
    write(glue / "RTE" / "dev.tsv", [HEADERS["RTE"], *(LINES["RTE"](index) for index in range(39))])
    task_digest.__globals__["_cached_digest"].cache_clear()
    assert task_digest("rte") != before


@pytest.mark.parametrize("damage", [b"", b"abc", b"0" * 64])
def test_a_damaged_digest_note_heals(glue, tmp_path, monkeypatch, damage):
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path / "cache"))
    kept = task_digest.__globals__["_cached_digest"]
    kept.cache_clear()
    before = task_digest("rte")
    (note,) = (tmp_path / "cache" / "digests").iterdir()
    note.write_bytes(damage)
    kept.cache_clear()
    assert task_digest("rte") == before
    kept.cache_clear()
    assert task_digest("rte") == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([("index", "sentence1", "sentence2", "label"), (0, "a", "b", "maybe")], "row 1: label 'maybe' is outside"),
        ([("index", "sentence1", "sentence2", "label"), (0, "a", "b", -1)], "row 1: label '-1' is outside"),
        ([("index", "premise", "hypothesis", "label"), (0, "a", "b", "entailment")], "no column 'sentence"),
        ([("index", "sentence1", "sentence2", "label"), (0, "a")], "row 1"),
    ],
)
def test_a_glue_file_that_is_not_as_it_should_be_is_one_clear_error(glue, content, message):
    write(glue / "RTE" / "dev.tsv", content)
    with pytest.raises(TaskError, match=message) as caught:
        load_rows("rte")
    assert "dev.tsv" in str(caught.value)


def test_a_glue_folder_without_the_task_says_what_it_holds(glue):
    with pytest.raises(TaskError, match=r"SST-2 does not exist; .* holds: CoLA, MRPC, RTE, STS-B"):
        load_rows("sst2")


def test_without_source_the_message_says_what_to_set(monkeypatch):
    monkeypatch.delenv("GLUE_DIR", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    source_available.__globals__["hub_reachable"].cache_clear()
    assert not source_available("rte")
    assert source_available("trec")
    assert "set GLUE_DIR" in missing_source_message("rte")


def test_folder_and_hub_agree(glue, tmp_path, monkeypatch):
    from datasets import Dataset, load_dataset

    for split, file in (("train", "train"), ("validation", "dev")):
        with (glue / "RTE" / f"{file}.tsv").open() as stream:
            lines = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
        data = {
            "sentence1": [line["sentence1"] for line in lines],
            "sentence2": [line["sentence2"] for line in lines],
            "label": [int(line["label"] == "not_entailment") for line in lines],
            "idx": list(range(len(lines))),
        }
        (tmp_path / "hub" / "rte").mkdir(parents=True, exist_ok=True)
        Dataset.from_dict(data).to_parquet(tmp_path / "hub" / "rte" / f"{split}-00000-of-00001.parquet")
    calls = []

    def from_disk(name, config, revision):
        calls.append((name, config, len(revision)))
        pattern = str(tmp_path / "hub" / config / "{}-*.parquet")
        files = {split: pattern.format(split) for split in ("train", "validation")}
        return load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"))

    folder = load_rows("rte").digest()
    monkeypatch.delenv("GLUE_DIR")
    monkeypatch.setattr("datasets.load_dataset", from_disk)
    assert load_rows("rte").digest() == folder
    assert calls == [("nyu-mll/glue", "rte", 40)]


def test_labels_of_the_hubs_test_splits_are_refused():
    with pytest.raises(TaskError, match="label -1 is outside"):
        hub_rows(card_of("sst2"), [{"sentence": "a", "label": -1}])


@pytest.mark.parametrize(
    ("name", "train", "validation", "test"),
    [
        ("rte", 2490, 138, 139),
        ("mrpc", 3668, 203, 205),
        ("cola", 8551, 521, 522),
        ("stsb", 5749, 722, 778),
        ("rte-1k", 1000, 138, 139),
        ("sst2-1k", 1000, 1000, 872),
        ("mnli-1k", 999, 999, 9815),
    ],
)
def test_real_glue_files_have_the_sizes_of_the_released_code(glue_files, name, train, validation, test):
    splits = load_rows(name, glue_files)
    assert tuple(map(len, splits)) == (train, validation, test)
