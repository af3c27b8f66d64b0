"""Small tasks of one's own, written in every form that can be read."""

import json

import pandas as pd

from tests.tiny import rows

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
