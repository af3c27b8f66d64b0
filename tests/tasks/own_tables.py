"""Small tasks of one's own, written in every form that can be read."""

import json

import pandas as pd

from stablebert.records import code_digest
from stablebert.tasks import canonical_source, own, task_digest
from tests.tiny import rows

MODULE = """
import datasets
import numpy as np
from stablebert.tasks import TaskData
from tests.tasks.own_tables import tables_of


def half_points(predictions, labels):
    return 50 * float(np.mean(predictions == labels))


def near(predictions, labels):
    return 100 / (1 + float(np.mean(np.abs(predictions - labels))))


def share(predictions, labels):
    return float(np.mean(predictions == labels))


def undefined(predictions, labels):
    return float("nan")


def sets(kind="classes"):
    return {split: datasets.Dataset.from_dict(table) for split, table in tables_of(kind).items()}


def data():
    return TaskData(**sets(), description="Is a text kind?")


def reversed_data():
    return TaskData(**sets(), labels=("good", "bad"))


def scored():
    return TaskData(**sets(), metric=half_points)


def nearly():
    return TaskData(**sets("scores"), metric=near)


def as_dict():
    return datasets.DatasetDict(sets())


def named():
    table = {split: {**table, "label": [int(label == "good") for label in table["label"]]}
             for split, table in tables_of().items()}
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["bad", "good"])})
    return {split: datasets.Dataset.from_dict(part, features=features) for split, part in table.items()}


def alone():
    return sets()["train"]


def number():
    return 7


def broken():
    raise RuntimeError("no such table")


def fraction():
    return TaskData(**sets(), metric=share)


def without_number():
    return TaskData(**sets(), metric=undefined)


def nameless():
    return TaskData(**sets(), metric=lambda predictions, labels: 50.0)


ready = data()
"""
SIZES = {"train": 24, "validation": 12, "test": 14}


def write_table(path, table):
    """Write a table by the suffix of its file."""
    if path.suffix == ".parquet":
        pd.DataFrame(table).to_parquet(path)
    elif path.suffix == ".jsonl":
        columns = list(table)
        lines = zip(*table.values(), strict=True)
        path.write_text("".join(json.dumps(dict(zip(columns, line, strict=True))) + "\n" for line in lines))
    else:
        pd.DataFrame(table).to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")


def table_of(kind, number, start):
    """Return the columns of a table of `classes`, `pairs` or `scores`."""
    made = rows(number, start, regression=kind == "scores")
    table = {"text": [row.sentence1 for row in made]}
    if kind == "pairs":
        table = {"sentence1": table["text"], "sentence2": [f"it is {row.sentence1}, so" for row in made]}
    names = ("bad", "good")
    return {**table, "label": [row.label if kind == "scores" else names[row.label] for row in made]}


def tables_of(kind="classes", sizes=SIZES):
    """Return the tables of a task by split."""
    return {split: table_of(kind, size, 100 * at) for at, (split, size) in enumerate(sizes.items())}


def write_folder(folder, kind="classes", suffix=".csv", sizes=SIZES, tables=None):
    """Write a folder with one file a split and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, table in (tables or tables_of(kind, sizes)).items():
        write_table(folder / f"{split}{suffix}", table)
    return folder


def forget():
    """Forget what a process keeps of tasks, as a fresh one has."""
    own._kept.cache_clear()
    for name in ("_cached_digest", "_own_code", "_kept_task"):
        task_digest.__globals__[name].cache_clear()
    code_digest.cache_clear()


def of_folder(folder, **settings):
    """Return the source of a folder."""
    return canonical_source("mine", {"folder": str(folder), **settings})


def of_object(name):
    """Return the source of an object of `their_tasks.made`."""
    return canonical_source("mine", {"object": f"their_tasks.made:{name}"})
