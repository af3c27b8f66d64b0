"""What is wrong with a task of one's own is one sentence that names the task, the place and what would be right."""

import pandas as pd
import pytest

from stablebert.tasks import TaskError, canonical_source, load_rows, load_task
from tests.tasks.own_tables import of_folder, of_object, tables_of, write_folder, write_table

pytestmark = pytest.mark.usefixtures("fresh")


def refuse(source, *parts, task="mine"):
    """Read a task that must be refused, and look for the parts in the one sentence that says why."""
    with pytest.raises(TaskError) as caught:
        load_task(task, source)
    said = str(caught.value)
    assert said.startswith(f"task '{task}': ")
    assert [part for part in parts if part not in said] == [], said
    assert "\n" not in said


def planted(folder, split, column, row, value, kind="classes", suffix=".jsonl"):
    """Write a folder with one value changed and return its source."""
    tables = tables_of(kind)
    tables[split][column][row] = value
    return of_folder(write_folder(folder, suffix=suffix, tables=tables))


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
@pytest.mark.parametrize(
    ("kind", "column", "value", "said"),
    [
        ("classes", "text", " ", "the text of column 'text' is empty; every row needs one"),
        ("classes", "text", None, "the text of column 'text' is empty"),
        ("pairs", "sentence2", "", "the text of column 'sentence2' is empty"),
        ("classes", "label", None, "the label of column 'label' is missing"),
        ("classes", "label", "", "the label of column 'label' is missing"),
        ("scores", "label", None, "the label of column 'label' is missing"),
        ("scores", "label", float("nan"), "the label of column 'label' is missing"),
        ("scores", "label", 1e300, "is no finite number"),
    ],
)
def test_a_value_that_is_missing_is_named_by_file_row_and_column(tmp_path, suffix, kind, column, value, said):
    source = planted(tmp_path, "test", column, 3, value, kind, suffix)
    refuse(source, str(tmp_path / f"test{suffix}"), "row 4", said)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train.csv", "text,label,label\ngood,0,1\nbad,1,0\n"),
        ("train.tsv", "text\tlabel\tlabel\ngood\t0\t1\nbad\t1\t0\n"),
        ("train.jsonl", '{"text": "good", "label": 0, "label": 1}\n{"text": "bad", "label": 1}\n'),
    ],
)
def test_a_column_that_stands_there_twice_is_named_and_neither_is_taken(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    refuse(of_folder(tmp_path), name, "'label' stands there twice")


def test_a_value_of_the_wrong_kind_is_named(tmp_path):
    refuse(planted(tmp_path / "one", "train", "text", 1, 7), "train.jsonl, row 2: column 'text' holds 7")
    refuse(
        planted(tmp_path / "two", "test", "label", 0, 7),
        "labels are words and numbers: 'bad' (",
        "train.jsonl, row 1) and 7 (",
        "test.jsonl, row 1)",
    )
    refuse(planted(tmp_path / "three", "test", "label", 0, ["bad"]), "row 1: label ['bad'] is no number and no word")


def test_a_column_that_is_missing_is_named_with_those_there_are(tmp_path):
    tables = tables_of()
    tables["test"]["kind"] = tables["test"].pop("label")
    refuse(of_folder(write_folder(tmp_path / "one", tables=tables)), "test.csv has no column 'label', only: text, kind")
    tables = {split: {"words": table["text"], "label": table["label"]} for split, table in tables_of().items()}
    source = of_folder(write_folder(tmp_path / "two", tables=tables))
    refuse(source, "train.csv has no column 'text' or 'sentence1', only: words, label; say by 'text'")
    assert load_rows("mine", of_folder(tmp_path / "two", text="words")) == load_rows(
        "mine", of_folder(write_folder(tmp_path / "right"))
    )
    refuse(of_folder(tmp_path / "two", text="words", text2="more"), "no column 'more'")


def test_too_few_rows_or_classes_are_named(tmp_path):
    sizes = {"train": 24, "validation": 12, "test": 4}
    refuse(of_folder(write_folder(tmp_path / "few", sizes=sizes)), "test has 4 rows; every split needs at least 5")
    tables = tables_of()
    for table in tables.values():
        table["label"] = ["good"] * len(table["label"])
    source = of_folder(write_folder(tmp_path / "one", tables=tables))
    refuse(source, "every training row has the label 'good'; there must be two labels at least")
    refuse(planted(tmp_path / "typo", "test", "label", 2, "godo"), "no training row has the label 'godo'")
    for table in tables.values():
        table["label"] = [1.5] * len(table["label"])
    refuse(of_folder(write_folder(tmp_path / "even", tables=tables)), "every training row has the label 1.5")


@pytest.mark.parametrize(
    ("kind", "metric", "said"),
    [
        ("classes", "auc", "unknown metric 'auc'; known: accuracy, f1, mcc, spearman, or package.module:function"),
        ("classes", "spearman", "metric 'spearman' is of scores, and the labels are classes; write scores as floats"),
        ("scores", "accuracy", "metric 'accuracy' is of classes, and the labels are scores"),
        ("scores", "f1", "metric 'f1' is of classes, and the labels are scores"),
        ("three", "f1", "metric 'f1' is of two classes, and the labels are 3; choose accuracy"),
        ("three", "mcc", "metric 'mcc' is of two classes"),
        ("classes", "their_tasks.made:gone", "metric 'their_tasks.made:gone' does not import: AttributeError"),
        ("classes", "their_tasks.made:MODULE", "does not import"),
        ("classes", "their_tasks.made:ready", "is no function but a TaskData"),
        ("classes", "their_tasks.made:undefined", "returned nan for 14 predictions"),
        ("classes", "their_tasks.made:share", "gives right predictions 1; it must be in points, so 100"),
        ("classes", "their_tasks.made:broken", "ended in an error (TypeError"),
    ],
)
def test_a_metric_that_does_not_fit_is_refused(tmp_path, module, kind, metric, said):
    tables = tables_of("scores" if kind == "scores" else "classes")
    if kind == "three":
        for table in tables.values():
            table["label"][-1] = "fair"
    refuse(of_folder(write_folder(tmp_path / "files", tables=tables), metric=metric), said)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone", "their_tasks.made:gone does not import: AttributeError"),
        ("number", "their_tasks.made:number gives a int; it must give a TaskData, a datasets.Dataset, or a dict"),
        ("broken", "their_tasks.made:broken() ended in an error (RuntimeError: no such table)"),
        ("fraction", "it must be in points, so 100"),
        ("without_number", "returned nan"),
        ("nameless", "must be a function with a name of its own in a module that can be imported"),
        ("tables_of", "train is a dict; it must be a datasets.Dataset"),
    ],
)
def test_an_object_that_is_no_task_is_refused(module, name, said):
    refuse(of_object(name), said)


def test_a_module_that_is_not_there_is_named():
    refuse({"object": "nowhere.at_all:data"}, "nowhere.at_all:data does not import: ModuleNotFoundError")


def test_labels_outside_those_named_are_refused(tmp_path, module):
    (module / "outside.py").write_text(
        "import datasets\n\n\ndef data():\n"
        "    kinds = datasets.ClassLabel(names=['bad', 'good'])\n"
        "    features = datasets.Features({'text': datasets.Value('string'), 'label': kinds})\n"
        "    table = {'text': [f'it is {n}' for n in range(8)], 'label': [0, 1, 0, 1, 0, -1, 1, 0]}\n"
        "    return datasets.Dataset.from_dict(table, features=features)\n"
    )
    refuse({"object": "their_tasks.outside:data"}, "row 6: label '-1' is outside the task's: bad, good")
    source = of_folder(write_folder(tmp_path / "files"), labels=["fine", "good"])
    refuse(source, "train.csv, row 1: label 'bad' is outside the task's: fine, good")
    source = of_folder(write_folder(tmp_path / "scores", "scores"), labels=["fine", "good"])
    refuse(source, "is a score, and scores have no names of classes")


def test_files_that_are_no_splits_are_named(tmp_path):
    refuse(of_folder(tmp_path / "gone"), f"there is no folder {tmp_path / 'gone'}")
    (tmp_path / "empty").mkdir()
    refuse(of_folder(tmp_path / "empty"), "empty holds no file that ends in .csv, .tsv, .jsonl, .parquet")
    folder = write_folder(tmp_path / "twice")
    write_table(folder / "dev.tsv", tables_of()["test"])
    refuse(of_folder(folder), "twice has two tables for validation, dev.tsv and validation.csv; keep one")
    (folder / "dev.tsv").rename(folder / "notes.tsv")
    refuse(of_folder(folder), "notes.tsv is no split; name it train, validation (or dev) or test")
    (folder / "notes.tsv").unlink()
    (folder / "train.csv").unlink()
    refuse(of_folder(folder), "twice has no train table, only: test.csv, validation.csv")
    (folder / "validation.csv").unlink()
    refuse(of_folder(folder), "twice has no train table, only: test.csv")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("train.csv", b"text,label\none, more,1\ntwo, more,0\n", "rows have more fields than the header"),
        ("train.csv", b"text,label\none,1\ntwo,more,0\n", "ParserError"),
        ("train.csv", b"text,label\n\xff\xfe,1\n", "UnicodeDecodeError"),
        ("train.csv", b"", "EmptyDataError"),
        ("train.jsonl", b'{"text": "one", "label": 1}\n{"text"\n', "JSONDecodeError"),
        ("train.parquet", b"text,label\n", "Arrow"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    refuse(of_folder(tmp_path), f"{tmp_path / name} cannot be read (", said)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({}, "source {} must have either 'object' or 'folder'"),
        ({"folder": "/data", "object": "a:b"}, "must have either 'object' or 'folder'"),
        ("{no json", "is no JSON"),
        ({"folder": "data"}, "folder 'data' must be absolute"),
        ({"object": "module"}, "object 'module' is not of the form package.module:object"),
        ({"folder": "/data", "colour": "red"}, "has 'colour'; known: folder, text, text2, label, labels, metric"),
        ({"object": "a:b", "metric": "f1"}, "has 'metric'; known: object"),
        ({"folder": "/data", "metric": 7}, "'metric' of the source is 7; it must be a text"),
        ({"folder": "/data", "labels": ["one", "one"]}, "it must be a list of distinct words"),
    ],
)
def test_a_source_of_another_form_is_refused(source, said):
    refuse(source, said)


def test_a_name_of_the_package_and_a_name_without_source_are_refused(tmp_path):
    refuse(
        {"folder": str(tmp_path)}, "the package has one of this name; a task of one's own needs another", task="trec"
    )
    for source in (None, str(tmp_path), tmp_path):
        with pytest.raises(TaskError, match="unknown task 'mine'; known: rte, mrpc"):
            load_task("mine", source)


def test_quotes_blanks_and_codes_stay_what_they_are(tmp_path):
    texts = ['a "quoted" text, with comma', 'one " inch', "two\nlines", "NA", "null", "  spaced  ", "7", "1e5"]
    table = {"text": texts, "label": ["007", "7"] * 4}
    for suffix in (".csv", ".jsonl", ".parquet"):
        tables = {split: dict(table) for split in ("train", "validation", "test")}
        task = load_task("mine", of_folder(write_folder(tmp_path / suffix[1:], suffix=suffix, tables=tables)))
        assert task.train["sentence1"][:] == texts
        assert task.labels == ("007", "7")
    # a quote that opens and never closes would swallow rows
    lines = ['"open\t1', "b\t0"] * 6
    for split in ("train", "validation", "test"):
        (tmp_path / "tsv").mkdir(exist_ok=True)
        (tmp_path / "tsv" / f"{split}.tsv").write_text("text\tlabel\n" + "\n".join(lines) + "\n")
    assert load_task("mine", of_folder(tmp_path / "tsv")).train["sentence1"][:2] == ['"open', "b"]


def test_splits_that_are_not_given_are_drawn(tmp_path):
    table = pd.DataFrame(tables_of(sizes={"train": 350})["train"])
    again = pd.concat([table, table.iloc[:8]])
    (tmp_path / "alone").mkdir()
    again.to_csv(tmp_path / "alone" / "reviews.csv", index=False)
    drawn = load_rows("mine", of_folder(tmp_path / "alone"))
    assert [len(part) for part in drawn] == [100, 50, 200]
    texts = [row.sentence1 for part in drawn for row in part]
    assert len(set(texts)) == 350
    assert [sum(row.label for row in part) for part in drawn] == [50, 25, 100]
    for kind in ("classes", "scores"):
        tables = tables_of(kind, {"train": 50, "dev": 30})
        halved = load_rows("mine", of_folder(write_folder(tmp_path / f"{kind}_dev", tables=tables)))
        assert [len(part) for part in halved] == ([50, 14, 16] if kind == "classes" else [50, 15, 15])
        assert {row.sentence1 for row in (*halved.validation, *halved.test)} == set(tables["dev"]["text"])
        tables = tables_of(kind, {"train": 50, "test": 30})
        held = load_rows("mine", of_folder(write_folder(tmp_path / f"{kind}_test", tables=tables)))
        assert [len(part) for part in held] == [40, 10, 30]
        assert [row.sentence1 for row in held.test] == tables["test"]["text"]


def test_a_canonical_source_has_one_form():
    one = canonical_source("mine", {"metric": "f1", "folder": "/data"})
    assert one == canonical_source("mine", ' {"folder": "/data",  "metric": "f1"}') == canonical_source("mine", one)


def test_a_source_that_is_nested_too_deep_is_named():
    with pytest.raises(TaskError, match="task 'mine': source .* is no JSON"):
        canonical_source("mine", '{"folder": ' + "[" * 100_000)
