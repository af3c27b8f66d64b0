"""Tasks of one's own: every form gives the same task, and what decides a run decides its keys."""

import json
from dataclasses import replace

import pytest

from stablebert.paper import intermediate_run
from stablebert.records import run_keys
from stablebert.runs import Recipe, RunSpec
from stablebert.tasks import (
    TaskError,
    canonical_source,
    card_of,
    foreign_code,
    load_rows,
    load_task,
    metric_score,
    overlap,
    source_available,
    task_digest,
)
from stablebert.training import train
from tests.records import fake_runs
from tests.tasks.own_tables import MODULE, SIZES, forget, of_folder, of_object, tables_of, write_folder, write_table

pytestmark = pytest.mark.usefixtures("fresh")


@pytest.mark.parametrize("kind", ["classes", "pairs", "scores"])
def test_every_kind_of_file_gives_the_same_task(tmp_path, kind):
    found = {}
    for suffix in (".csv", ".tsv", ".jsonl", ".parquet"):
        source = of_folder(write_folder(tmp_path / suffix[1:], kind, suffix))
        task = load_task("mine", source)
        assert [len(part) for part in (task.train, task.validation, task.test)] == list(SIZES.values())
        assert task.digest == task_digest("mine", source)
        found[suffix] = (task.digest, task.metric, task.labels, task.majority_test)
    assert len(set(found.values())) == 1
    assert task.is_regression == (kind == "scores")
    assert task.metric == ("spearman" if kind == "scores" else "accuracy")
    assert (task.train["sentence2"][0] is None) == (kind != "pairs")


@pytest.mark.parametrize("name", ["data", "as_dict", "ready", "named"])
def test_every_kind_of_object_gives_the_task_of_the_files(tmp_path, module, name):
    source = of_object(name)
    assert task_digest("mine", source) == task_digest("mine", of_folder(write_folder(tmp_path / "files")))
    assert load_task("mine", source).labels == ("bad", "good")
    assert source_available("mine", source)


def test_a_source_is_text_or_mapping(tmp_path):
    folder = write_folder(tmp_path / "files")
    assert load_rows("mine", {"folder": str(folder)}) == load_rows("mine", of_folder(folder))


def test_a_card_says_what_the_task_is(tmp_path, module):
    card = card_of("mine", of_object("data"))
    assert (card.name, card.kind, card.metric, card.labels) == ("mine", "own", "accuracy", ("bad", "good"))
    assert card.description == "Is a text kind? 24 / 12 / 14 examples, split as given."
    tables = tables_of()
    tables["test"]["text"][:3] = tables["train"]["text"][:3]
    card = card_of("mine", of_folder(write_folder(tmp_path / "files", tables=tables)))
    assert "; 3 held-out examples have the texts of a training example" in card.description


def test_the_digest_follows_rows_label_order_and_metric_and_not_the_folder(tmp_path, module):
    first = of_folder(write_folder(tmp_path / "one"))
    assert task_digest("mine", first) == task_digest("mine", of_folder(write_folder(tmp_path / "two")))
    changed = tables_of()
    changed["test"]["text"][-1] += " very"
    others = [
        of_folder(write_folder(tmp_path / "row", tables=changed)),
        of_object("reversed_data"),
        of_folder(tmp_path / "one", metric="mcc"),
        of_folder(tmp_path / "one", metric="their_tasks.made:half_points"),
        of_folder(tmp_path / "one", labels=["good", "bad"]),
    ]
    digests = [task_digest("mine", source) for source in (first, *others)]
    assert digests[2] == digests[5]
    assert len(set(digests)) == 5
    # what is only said of a task decides nothing
    assert task_digest("mine", of_folder(tmp_path / "one", description="Is a text kind?")) == digests[0]


def test_names_of_classes_decide_even_where_indices_do_not(tmp_path):
    folder = write_folder(tmp_path / "words")
    tables = tables_of()
    for table in tables.values():
        table["label"] = [int(label == "good") for label in table["label"]]
    numbers = write_folder(tmp_path / "numbers", tables=tables)
    assert load_rows("mine", of_folder(folder)) == load_rows("mine", of_folder(numbers))
    assert load_task("mine", of_folder(numbers)).labels == ("0", "1")
    assert task_digest("mine", of_folder(folder)) != task_digest("mine", of_folder(numbers))
    named = of_folder(numbers, labels=["bad", "good"])
    assert task_digest("mine", of_folder(folder)) == task_digest("mine", named)


def test_a_changed_file_is_read_anew(tmp_path):
    source = of_folder(write_folder(tmp_path / "files"))
    before = task_digest("mine", source), load_task("mine", source).digest
    write_folder(tmp_path / "files", sizes={**SIZES, "test": 15})
    task_digest.__globals__["_cached_digest"].cache_clear()
    assert (task_digest("mine", source), load_task("mine", source).digest) != before
    assert task_digest("mine", source) == load_task("mine", source).digest


def test_the_1k_version_has_a_thousand_of_the_training_examples(tmp_path):
    sizes = {"train": 1300, "validation": 40, "test": 40}
    for kind in ("classes", "scores"):
        source = of_folder(write_folder(tmp_path / kind, kind, sizes=sizes))
        full, small = load_rows("mine", source), load_rows("mine-1k", source)
        assert (len(full.train), len(small.train)) == (1300, 1000)
        assert set(small.train) <= set(full.train)
        assert (small.validation, small.test) == (full.validation, full.test)
        assert card_of("mine-1k", source).small
        assert task_digest("mine-1k", source) == load_task("mine-1k", source).digest != task_digest("mine", source)
    assert sum(row.label for row in load_rows("mine-1k", of_folder(tmp_path / "classes")).train) == 500
    with pytest.raises(TaskError, match=r"mine has 24 training examples; a 1k version needs more than 1,000"):
        load_rows("mine-1k", of_folder(write_folder(tmp_path / "few")))


def test_the_majority_is_scored_by_any_metric(tmp_path, module):
    assert load_task("mine", of_object("data")).majority_test == pytest.approx(50)
    assert load_task("mine", of_object("scored")).majority_test == pytest.approx(25)
    task = load_task("mine", of_object("nearly"))
    mean = sum(task.train["label"]) / len(task.train)
    assert task.majority_test == pytest.approx(metric_score(task.metric, [mean] * len(task.test), task.test["label"]))


@pytest.fixture
def spec(tmp_path, monkeypatch, module):
    return replace(
        fake_runs.set_up(tmp_path / "sources", monkeypatch),
        task="mine",
        task_source=of_object("scored"),
        method="debiased",
    )


def test_a_changed_line_of_the_package_of_a_task_or_of_a_metric_trains_anew(spec, module, tmp_path):
    folder = of_folder(write_folder(tmp_path / "files"), metric="their_tasks.made:half_points")
    plain = of_folder(tmp_path / "files")
    sources = (spec.task_source, folder, plain)
    before = [run_keys(replace(spec, task_source=source)) for source in sources]
    (module / "made.py").write_text(MODULE + "# one more line\n")
    forget()
    after = [run_keys(replace(spec, task_source=source)) for source in sources]
    assert [one.record == other.record for one, other in zip(before, after, strict=True)] == [False, False, True]
    assert [one.cell == other.cell for one, other in zip(before, after, strict=True)] == [True, True, True]
    assert foreign_code("mine", folder) == ("their_tasks.made:half_points",)
    assert foreign_code("mine-1k", spec.task_source) == ("their_tasks.made:scored", "their_tasks.made:half_points")
    assert foreign_code("mine", plain) == foreign_code("trec") == ()


def test_the_keys_of_a_moved_folder_are_the_same(spec, tmp_path):
    keys = [run_keys(replace(spec, task_source=of_folder(write_folder(tmp_path / name)))) for name in ("one", "two")]
    assert keys[0] == keys[1]
    assert keys[0].cell != run_keys(replace(spec, task_source=of_folder(tmp_path / "one", metric="mcc"))).cell


def test_what_an_object_gives_is_never_believed_from_another_process(tmp_path, module):
    # the rows of this one come from a file that nobody could know of
    write_table(tmp_path / "table.csv", tables_of(sizes={"train": 42})["train"])
    (module / "elsewhere.py").write_text(
        f"import datasets, pandas\n\n\ndef data():\n    return datasets.Dataset.from_pandas(pandas.read_csv({str(tmp_path / 'table.csv')!r}))\n"
    )
    source = canonical_source("mine", {"object": "their_tasks.elsewhere:data"})
    before = task_digest("mine", source)
    table = tables_of(sizes={"train": 42})["train"]
    table["text"][0] = "one other"
    write_table(tmp_path / "table.csv", table)
    forget()
    assert task_digest("mine", source) != before


def test_the_first_stage_of_transfer_has_no_source_of_the_target():
    spec = RunSpec(task="mine", method="transfer", task_source='{"folder":"/data"}')
    assert intermediate_run(spec).task_source is None


def trained(task, source, encoder, **changes):
    recipe = Recipe(learning_rate=1e-2, batch_size=8, evaluations=2)
    spec = RunSpec(task=task, length="20ep", encoder="custom-abcdef", encoder_source=str(encoder), recipe=recipe)
    return train(replace(spec, task_source=source, **changes))


@pytest.mark.parametrize("kind", ["classes", "pairs", "scores"])
def test_a_folder_trains(tmp_path, tiny_encoder, kind):
    source = of_folder(write_folder(tmp_path / "files", kind, sizes={**SIZES, "train": 60}))
    record = trained("mine", source, tiny_encoder)
    assert record.data_digest == task_digest("mine", source)
    assert record.best_test > 80
    assert not record.failed
    assert record.metric == ("spearman" if kind == "scores" else "accuracy")
    assert type(record).from_dict(json.loads(json.dumps(record.to_dict()))) == record


@pytest.mark.parametrize(("name", "most"), [("scored", 50), ("nearly", 100)])
def test_a_function_as_metric_scores_a_run(tmp_path, module, tiny_encoder, name, most):
    record = trained("mine", of_object(name), tiny_encoder)
    assert record.metric == f"their_tasks.made:{'half_points' if name == 'scored' else 'near'}"
    assert 25 < record.best_test <= most
    assert all(0 <= evaluation.score <= most for evaluation in record.evaluations)


def test_a_run_that_says_one_class_has_failed_here_too(tmp_path, tiny_encoder):
    source = of_folder(write_folder(tmp_path / "files"))
    recipe = Recipe(learning_rate=1e3, batch_size=8, evaluations=1)
    assert trained("mine", source, tiny_encoder, recipe=recipe, length="6st").failed


def test_keys_that_leave_out_what_decides_would_be_seen(spec, module, tmp_path, monkeypatch):
    source = of_folder(write_folder(tmp_path / "files"))
    other = of_folder(tmp_path / "files", metric="mcc")
    monkeypatch.setitem(task_digest.__globals__, "_digest", lambda card, splits: splits.digest())
    assert task_digest("mine", source) == task_digest("mine", other)
    monkeypatch.setattr("stablebert.records.provenance.foreign_code", lambda task, source: ())
    before = run_keys(spec)
    (module / "made.py").write_text(MODULE + "# one more line\n")
    forget()
    assert run_keys(spec).record == before.record


def test_repeated_texts_left_in_one_table_would_be_seen(tmp_path, monkeypatch):
    folder = tmp_path / "alone"
    folder.mkdir()
    table = tables_of(sizes={"train": 400})["train"]
    write_table(folder / "all.csv", {name: values + values[:80] for name, values in table.items()})
    assert overlap(load_rows("mine", of_folder(folder))) == 0
    forget()
    monkeypatch.setattr("stablebert.tasks.draws.distinct", list)
    assert overlap(load_rows("mine", of_folder(folder))) > 0
