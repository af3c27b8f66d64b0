import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.tasks import (
    TASKS,
    TaskError,
    card_of,
    downsample,
    half_split,
    load_rows,
    load_task,
    metric_score,
    missing_source_message,
    source_available,
    task_digest,
)
from stablebert.tasks.embedded import split_rows
from stablebert.tasks.glue import hub_rows, overlap
from stablebert.tasks.rows import Row, Splits

labels = st.lists(st.integers(0, 2), min_size=6, max_size=60)


@given(labels)
def test_half_split_is_a_partition_that_halves_every_label(values):
    validation, test = half_split(values)
    assert sorted(validation + test) == list(range(len(values)))
    for label in set(values):
        assert sum(values[index] == label for index in validation) == values.count(label) // 2


@given(labels, st.integers(1, 2))
def test_downsample_is_balanced_and_the_same_each_time(values, share):
    classes = len(set(values))
    size = classes * share
    drawn = downsample(values, size)
    assert drawn == downsample(values, size)
    assert len(set(drawn)) == len(drawn)
    for label in set(values):
        assert sum(values[index] == label for index in drawn) == min(share, values.count(label))


def test_half_split_shuffles_each_label_with_a_fresh_generator():
    group = np.array([0, 2, 4, 6])
    np.random.RandomState(1).shuffle(group)
    assert half_split([7, 8] * 4)[0][:2] == group[:2].tolist()


def test_downsample_refuses_more_than_there_is():
    with pytest.raises(TaskError, match="cannot draw 4 examples from 3"):
        downsample([0, 1, 0], 4)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=50))
def test_metrics_of_classes_are_their_definitions(pairs):
    said, true = map(np.array, zip(*pairs, strict=True))
    tp, fp, fn, tn = (int(np.sum((said == a) & (true == b))) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0)))
    assert metric_score("accuracy", said, true) == pytest.approx(100 * (tp + tn) / len(said))
    assert metric_score("f1", said, true) == pytest.approx(100 * 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0)
    scale = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    assert metric_score("mcc", said, true) == pytest.approx(100 * (tp * tn - fp * fn) / scale if scale else 0)


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-4, 4)), min_size=3, max_size=30))
def test_spearman_is_scipys_and_0_where_a_side_is_constant(pairs):
    said, true = map(np.array, zip(*pairs, strict=True))
    ours = metric_score("spearman", said, true)
    if np.ptp(said) == 0 or np.ptp(true) == 0:
        assert ours == 0
    else:
        assert ours == pytest.approx(100 * stats.spearmanr(said, true).statistic, abs=1e-9)


@pytest.mark.parametrize(
    ("metric", "said", "true", "message"),
    [
        ("auc", [1], [1], "known: accuracy"),
        ("accuracy", [1, 0], [1], "equally many"),
        ("accuracy", [], [], "at least one"),
        ("spearman", [1.0, math.nan], [1.0, 2.0], "not finite"),
    ],
)
def test_a_metric_refuses_what_it_cannot_score(metric, said, true, message):
    with pytest.raises(TaskError, match=message):
        metric_score(metric, said, true)


def test_embedded_splits_are_disjoint_and_stratified():
    rows = [Row(f"text {index}", None, int(index % 5 == 0)) for index in range(4500)]
    splits = split_rows(rows, stratified=True)
    assert [len(part) for part in splits] == [1000, 1000, 2000]
    texts = [row.sentence1 for part in splits for row in part]
    assert len(set(texts)) == 4000
    assert all(abs(np.mean([row.label for row in part]) - 0.2) < 0.002 for part in splits)
    assert split_rows(rows, stratified=True) == splits


def test_a_small_file_shrinks_every_split():
    rows = [Row(str(index), None, 0) for index in range(2000)]
    assert [len(part) for part in split_rows(rows, stratified=False)] == [500, 500, 1000]


def test_the_digest_follows_texts_and_labels_but_not_blanks():
    def digest(text, label):
        return Splits((Row(text, None, label),), (), ()).digest()

    assert digest("a ", 1) == digest("a", 1.0)
    assert len({digest("a", 1), digest("b", 1), digest("a", 0)}) == 3


def test_an_unknown_task_lists_the_known():
    with pytest.raises(TaskError, match="unknown task 'squad'; known: rte, mrpc"):
        load_task("squad")
    assert len(TASKS) == 20


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
    source_available.__globals__["_hub_reachable"].cache_clear()
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


@pytest.mark.assets
@pytest.mark.parametrize(("name", "classes"), [("trec", 6), ("rotten", 2), ("sms", 2), ("intensity", None)])
def test_the_embedded_tasks_are_as_their_cards_say(name, classes):
    splits = load_rows(name)
    assert tuple(map(len, splits)) == (1000, 1000, 2000)
    texts = [row.sentence1 for split in splits for row in split]
    assert len(set(texts)) == len(texts)
    if classes is not None:
        assert {row.label for row in splits.train} == set(range(classes))
    else:
        assert all(-4 <= row.label <= 4 for row in splits.train)
