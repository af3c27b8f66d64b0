"""What a process keeps between its runs: inputs that nobody can change, never anything trained."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import FrozenInstanceError, replace
from functools import cache

import pytest

from stablebert.encoders.model import load_encoder
from stablebert.runs import Recipe, RunSpec
from stablebert.tasks import load_task
from stablebert.training import examples, setup, train
from stablebert.training.examples import encode_task
from tests.tiny import WORDS, tiny_task, write_tiny_encoder


def spec_of(folder, **changes):
    recipe = Recipe(learning_rate=1e-2, batch_size=8, evaluations=2)
    return replace(
        RunSpec(task="trec", length="2ep", encoder="custom-abcdef", encoder_source=str(folder), recipe=recipe),
        **changes,
    )


def outcome(spec):
    record = train(spec, task=tiny_task(regression=spec.task == "intensity")).to_dict()
    return {name: value for name, value in record.items() if name != "seconds"}


def unlike_runs(folder):
    """Two runs that share the encoder's folder and next to nothing else."""
    other = Recipe(learning_rate=2e-2, batch_size=8, evaluations=2, dropout=0.3, max_length=4)
    return spec_of(folder), spec_of(folder, task="intensity", method="reinit+llrd", seed=4, recipe=other)


def check_any_order(folder, alone):
    """Raise AssertionError where a run of this process differs from the same run in a fresh one."""
    one, other = unlike_runs(folder)
    for spec in (one, other, one, one, other):
        assert outcome(spec) == alone[spec.seed]


@pytest.fixture(scope="module")
def alone(tiny_encoder):
    """The outcome of each of the unlike runs in a process that makes no other, by seed."""
    context = multiprocessing.get_context("spawn")
    found = {}
    for spec in unlike_runs(tiny_encoder):
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            found[spec.seed] = pool.submit(outcome, spec).result()
    return found


def test_runs_of_one_process_in_any_order_are_those_of_fresh_processes(tiny_encoder, alone):
    check_any_order(tiny_encoder, alone)


def test_an_encoder_that_is_kept_and_trained_in_place_would_be_seen(tiny_encoder, alone, monkeypatch):
    pristine = cache(load_encoder)

    def shared(*given, **options):
        fresh = load_encoder(*given, **options)
        for parameter, kept in zip(
            fresh.model.parameters(), pristine(*given, **options).model.parameters(), strict=True
        ):
            parameter.data = kept.data
        return fresh

    monkeypatch.setattr(setup, "load_encoder", shared)
    with pytest.raises(AssertionError):
        check_any_order(tiny_encoder, alone)


def test_splits_kept_whatever_they_are_of_would_be_seen(tiny_encoder, alone, monkeypatch):
    examples._kept_splits.cache_clear()
    kept_splits = examples._kept_splits
    monkeypatch.setattr(examples, "_kept_splits", lambda _: kept_splits("any"))
    with pytest.raises(AssertionError):
        check_any_order(tiny_encoder, alone)


class Counted:
    """Stands for `encode`, and counts the splits that are tokenised."""

    def __init__(self, monkeypatch):
        self.splits, self.encode = 0, examples.encode
        monkeypatch.setattr(examples, "encode", self)
        examples._kept_splits.cache_clear()

    def __call__(self, *arguments):
        self.splits += 1
        return self.encode(*arguments)


def test_seeds_of_a_cell_tokenise_once(tiny_encoder, monkeypatch):
    counted = Counted(monkeypatch)
    for seed in range(3):
        train(spec_of(tiny_encoder, seed=seed, length="1st"), task=tiny_task())
    assert counted.splits == 3


def test_whatever_decides_the_tokens_lets_go_of_those_before(tmp_path, monkeypatch):
    counted = Counted(monkeypatch)
    folder = write_tiny_encoder(tmp_path)
    encoder, task = load_encoder("tiny", source=str(folder)), tiny_task()
    before = encode_task(task, encoder, 32)
    assert encode_task(tiny_task(), encoder, 32) == before
    assert counted.splits == 3
    assert encode_task(task, encoder, 4) != before
    assert encode_task(tiny_task(regression=True), encoder, 32) != before
    encode_task(task, encoder, 32)
    words = (folder / "vocab.txt").read_text()
    (folder / "vocab.txt").write_text(words.replace(f"{WORDS[0]}\n{WORDS[1]}\n", f"{WORDS[1]}\n{WORDS[0]}\n"))
    assert encode_task(task, load_encoder("tiny", source=str(folder)), 32) != before


CHANGES = {
    # the task's digest does not see it
    "sentence1": lambda text: text + " ",
    "sentence2": lambda _: "one more",
    "label": lambda label: 1 - label,
}


@pytest.mark.parametrize("column", CHANGES)
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_another_value_in_any_column_of_any_split_lets_go_of_those_before(split, column, tiny_encoder, monkeypatch):
    encoder, task = load_encoder("tiny", source=str(tiny_encoder)), tiny_task()
    last = len(getattr(task, split)) - 1
    changed = getattr(task, split).map(
        lambda row, index: {column: CHANGES[column](row[column]) if index == last else row[column]}, with_indices=True
    )
    counted = Counted(monkeypatch)
    encode_task(task, encoder, 32)
    encode_task(replace(task, **{split: changed}), encoder, 32)
    assert counted.splits == 6


def test_changed_weights_in_the_same_folder_are_another_run(tmp_path):
    one = spec_of(write_tiny_encoder(tmp_path), length="1st")
    before = outcome(one)
    write_tiny_encoder(tmp_path, hidden=32)
    after = outcome(one)
    assert after["weights_digest"] != before["weights_digest"]
    assert after["steps"] != before["steps"]
    write_tiny_encoder(tmp_path)
    assert outcome(one) == before


def test_nobody_can_write_into_what_is_kept(tiny_encoder):
    encoder, task = load_encoder("tiny", source=str(tiny_encoder)), tiny_task()
    splits = encode_task(task, encoder, 32)
    with pytest.raises(TypeError, match="item assignment"):
        splits["train"][0] = splits["test"][0]
    with pytest.raises(FrozenInstanceError):
        splits["train"][0].label = 7
    splits["train"] = ()
    assert len(encode_task(task, encoder, 32)["train"]) == 80


@pytest.fixture
def rte(tmp_path, monkeypatch):
    """Write an RTE of so many rows and put it in force."""

    def write(folder, rows, texts="ab"):
        home = tmp_path / folder / "RTE"
        home.mkdir(parents=True, exist_ok=True)
        lines = [f"{row}\t{texts[0]} {row}\t{texts[1]} {row}\t{'not_' * (row % 2)}entailment" for row in range(rows)]
        for split in ("train", "dev"):
            (home / f"{split}.tsv").write_text("\n".join(["index\tsentence1\tsentence2\tlabel", *lines]) + "\n")
            # apart by more than the clock of a file system
            os.utime(home / f"{split}.tsv", (0, 1000 * ord(texts[0]) + rows))
        monkeypatch.setenv("GLUE_DIR", str(tmp_path / folder))

    return write


def test_a_task_is_read_once_until_its_files_or_its_source_change(rte, monkeypatch):
    rte("one", 10)
    read = []
    monkeypatch.setattr(
        "stablebert.tasks.task.load_rows",
        lambda *given, load=load_task.__globals__["load_rows"]: read.append(given) or load(*given),
    )
    assert [len(load_task("rte").train) for _ in range(2)] == [10, 10]
    assert len(read) == 1
    rte("one", 12)
    assert len(load_task("rte").train) == 12
    rte("two", 14)
    assert len(load_task("rte").train) == 14
    # as many bytes at another time
    rte("two", 14, "cd")
    assert load_task("rte").train["sentence1"][0] == "c 0"


def test_what_a_caller_does_to_a_task_stays_his(rte):
    rte("one", 10)
    load_task("rte").train.set_format("numpy")
    assert load_task("rte").train.format["type"] is None
