"""GLUE from a folder in the classic layout or from the hub; rows come out the same."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stablebert.tasks.cards import TaskCard, TaskError
from stablebert.tasks.draws import downsample, downsample_plainly, half_split, hold_out
from stablebert.tasks.rows import Row, Splits, pick

HUB_NAME = "nyu-mll/glue"
HUB_REVISION = "bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c"
_SMALL = 1000
_HELD_OUT = 1000


@dataclass(frozen=True)
class Columns:
    """Where texts and label stand; a column is a name, or a position in a file without a header."""

    first: str | int
    second: str | int | None
    label: str | int


_FOLDER_COLUMNS = {
    "RTE": Columns("sentence1", "sentence2", "label"),
    "MRPC": Columns("#1 String", "#2 String", "Quality"),
    "STS-B": Columns("sentence1", "sentence2", "score"),
    "CoLA": Columns(3, None, 1),
    "QNLI": Columns("question", "sentence", "label"),
    "QQP": Columns("question1", "question2", "is_duplicate"),
    "SST-2": Columns("sentence", None, "label"),
    "MNLI": Columns("sentence1", "sentence2", "gold_label"),
}
_HUB_COLUMNS = {
    "RTE": Columns("sentence1", "sentence2", "label"),
    "MRPC": Columns("sentence1", "sentence2", "label"),
    "STS-B": Columns("sentence1", "sentence2", "label"),
    "CoLA": Columns("sentence", None, "label"),
    "QNLI": Columns("question", "sentence", "label"),
    "QQP": Columns("question1", "question2", "label"),
    "SST-2": Columns("sentence", None, "label"),
    "MNLI": Columns("premise", "hypothesis", "label"),
}


def glue_splits(card: TaskCard, source: str | Path | None) -> Splits:
    """Return the splits of a GLUE task (Appendix A; the draws are the released code's).

    Args:
        card: A card of kind `glue`.
        source: Folder in the classic layout, or None for the hub.

    Raises:
        TaskError: the source lacks the task, a column, or holds a label that the task does not have.
    """
    train, dev = _from_hub(card) if source is None else _from_folder(card, Path(source))
    labels = [row.label for row in train]
    if card.halved:
        validation, test = (pick(dev, half) for half in half_split([row.label for row in dev]))
        pool = list(range(len(train)))
    else:
        held = hold_out(labels, _HELD_OUT)
        taken = set(held)
        validation, test = pick(train, held), tuple(dev)
        pool = [index for index in range(len(train)) if index not in taken]
    if card.small:
        rest = [labels[index] for index in pool]
        drawn = downsample(rest, _SMALL) if card.labels else downsample_plainly(len(rest), _SMALL)
        pool = [pool[index] for index in drawn]
    return Splits(pick(train, pool), validation, test)


def overlap(splits: Splits) -> int:
    """Return how many validation and test examples have the texts of a training example; official files have some."""
    known = Counter((row.sentence1.strip(), (row.sentence2 or "").strip()) for row in splits.train)
    held_out = (*splits.validation, *splits.test)
    return sum((row.sentence1.strip(), (row.sentence2 or "").strip()) in known for row in held_out)


def _from_folder(card: TaskCard, folder: Path) -> tuple[list[Row], list[Row]]:
    home = folder / card.folder
    if not home.is_dir():
        there = (
            ", ".join(sorted(path.name for path in folder.iterdir() if path.is_dir()))
            if folder.is_dir()
            else "no folder"
        )
        raise TaskError(f"task {card.name!r}: {home} does not exist; {folder} holds: {there}")
    dev = "dev_matched.tsv" if card.folder == "MNLI" else "dev.tsv"
    return _read_tsv(card, home / "train.tsv"), _read_tsv(card, home / dev)


def _read_tsv(card: TaskCard, path: Path) -> list[Row]:
    if not path.is_file():
        raise TaskError(f"task {card.name!r}: {path} does not exist")
    columns = _FOLDER_COLUMNS[card.folder]
    # GLUE's quotes are part of the text: the default dialect would merge rows
    csv.field_size_limit(2**24)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        if isinstance(columns.first, int):
            lines: Iterable[Any] = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        else:
            lines = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return _rows(card, lines, columns, str(path), _label_from_text(card))


def _from_hub(card: TaskCard) -> tuple[list[Row], list[Row]]:
    from datasets import load_dataset

    config = card.folder.replace("-", "").lower()
    dev = "validation_matched" if card.folder == "MNLI" else "validation"
    try:
        sets = load_dataset(HUB_NAME, config, revision=HUB_REVISION)
    except Exception as error:
        raise TaskError(
            f"task {card.name!r}: {HUB_NAME} is not to be had from the hub ({type(error).__name__}: {error}); "
            "set GLUE_DIR to a folder in the classic GLUE layout"
        ) from error
    return hub_rows(card, sets["train"]), hub_rows(card, sets[dev])


def hub_rows(card: TaskCard, split: Iterable[dict[str, Any]]) -> list[Row]:
    """Return the rows of one split in the hub's layout."""
    return _rows(card, split, _HUB_COLUMNS[card.folder], HUB_NAME, _label_from_number(card))


def _rows(
    card: TaskCard, lines: Iterable[Any], columns: Columns, place: str, label_of: Callable[[Any], int | float]
) -> list[Row]:
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            second = None if columns.second is None else line[columns.second]
            row = Row(line[columns.first], second, label_of(line[columns.label]))
        except (KeyError, IndexError) as error:
            raise TaskError(f"task {card.name!r}: {place}, row {number}: no column {error}") from error
        except ValueError as error:
            raise TaskError(f"task {card.name!r}: {place}, row {number}: {error}") from error
        if row.sentence1 is None or (columns.second is not None and row.sentence2 is None):
            raise TaskError(f"task {card.name!r}: {place}, row {number}: a text is missing")
        rows.append(row)
    return rows


def _label_from_text(card: TaskCard) -> Callable[[Any], int | float]:
    numbered = _label_from_number(card)

    def label(text: Any) -> int | float:
        if text in card.labels:
            return card.labels.index(text)
        try:
            return numbered(float(text))
        except (TypeError, ValueError):
            raise ValueError(_outside(card, text)) from None

    return label


def _label_from_number(card: TaskCard) -> Callable[[Any], int | float]:
    def label(value: Any) -> int | float:
        if not card.labels:
            # the hub stores float32: rounding here makes folder and hub agree
            score = float(np.float32(value))
            if not 0 <= score <= 5:
                raise ValueError(_outside(card, value))
            return score
        if value not in range(len(card.labels)):
            raise ValueError(_outside(card, value))
        return int(value)

    return label


def _outside(card: TaskCard, value: Any) -> str:
    wanted = ", ".join(card.labels) if card.labels else "a number from 0 to 5"
    return f"label {value!r} is outside the task's: {wanted}"
