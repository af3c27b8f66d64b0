"""GLUE from a folder in the classic layout or from the hub; rows come out the same."""

import csv
import os
import socket
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from stablebert.tasks.cards import TaskCard, TaskError
from stablebert.tasks.draws import HELD_OUT, half_split, hold_out, small_sample
from stablebert.tasks.rows import Columns, Row, Splits, pick, read_rows

HUB_NAME = "nyu-mll/glue"
HUB_REVISION = "bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c"
_HUB_HOST = "huggingface.co"
# official files with rows that lack their last columns; the hub and the released code leave them out too
_WITH_CUT_ROWS = ("QQP",)
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
        TaskError: the source lacks the task, a column, or any example, is no UTF-8, holds a label that the task does
            not have, or has fewer examples than the splits need.
    """
    train, dev = _from_hub(card) if source is None else _from_folder(card, Path(source))
    try:
        splits = _drawn(card, train, dev)
    except TaskError as error:
        splits, why = Splits((), (), ()), str(error)
    else:
        why = "a split has none"
    if not all(splits):
        place = HUB_NAME if source is None else Path(source) / card.folder
        said = f"{len(train):,} examples in train, {len(dev):,} in dev"
        raise TaskError(f"task {card.name!r}: {place} is too short, with {said}: {why}")
    return splits


def _drawn(card: TaskCard, train: list[Row], dev: list[Row]) -> Splits:
    labels = [row.label for row in train]
    if card.halved:
        validation, test = (pick(dev, half) for half in half_split([row.label for row in dev]))
        pool = list(range(len(train)))
    else:
        held = hold_out(labels, HELD_OUT)
        taken = set(held)
        validation, test = pick(train, held), tuple(dev)
        pool = [index for index in range(len(train)) if index not in taken]
    if card.small:
        drawn = small_sample([labels[index] for index in pool], stratified=bool(card.labels))
        pool = [pool[index] for index in drawn]
    return Splits(pick(train, pool), validation, test)


def glue_folder(source: str | Path | None = None) -> Path | None:
    """Return the GLUE folder in force: the one given, else `$GLUE_DIR`, else None, which means the hub."""
    chosen = source or os.environ.get("GLUE_DIR")
    return Path(chosen) if chosen else None


@cache
def hub_reachable() -> bool:
    """Return whether the Hugging Face hub answers, asked once a process."""
    if os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0", "false", "False"):
        return False
    try:
        socket.create_connection((_HUB_HOST, 443), timeout=1).close()
    except OSError:
        return False
    return True


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
    cut: list[int] = []

    def left_out(number: int, line: Any) -> bool:
        values = [*line.values()] if isinstance(line, dict) else line
        if not any(isinstance(value, list) or (value or "").strip() for value in values):
            return True
        if card.folder in _WITH_CUT_ROWS and any(line[column] is None for column in _named(columns, line)):
            cut.append(number)
            return True
        return False

    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            if isinstance(columns.first, int):
                lines: Iterable[Any] = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            else:
                lines = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            rows = read_rows(card.name, str(path), lines, columns, _text, _label_from_text(card), left_out=left_out)
    except UnicodeDecodeError as error:
        raise TaskError(
            f"task {card.name!r}: {path} is not UTF-8 (byte {error.object[error.start]:#x}), as GLUE's "
            "files are; download it again, or save it as UTF-8"
        ) from error
    except csv.Error as error:
        raise TaskError(f"task {card.name!r}: {path} is no table with tabs between columns: {error}") from error
    if not rows:
        raise TaskError(
            f"task {card.name!r}: {path} holds no examples ({path.stat().st_size} bytes); download it again"
        )
    _say_cut(path, tuple(cut))
    return rows


def _named(columns: Columns, line: dict[str, Any]) -> list[Any]:
    return [column for column in (columns.first, columns.second, columns.label) if column in line]


@cache
def _say_cut(path: Path, cut: tuple[int, ...]) -> None:
    if cut:
        some = ", ".join(map(str, cut[:3])) + (", ..." if len(cut) > 3 else "")
        print(f"stablebert: {path}: {len(cut)} cut rows left out (row {some})", file=sys.stderr)


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
    columns = _HUB_COLUMNS[card.folder]
    return read_rows(card.name, HUB_NAME, split, columns, _text, _label_from_number(card))


def _text(column: str | int, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"the text of column {column!r} is missing")
    return value


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
            if not (isinstance(value, int | float) and 0 <= value <= 5):
                raise ValueError(_outside(card, value))
            # the hub stores float32: rounding here makes folder and hub agree
            return float(np.float32(value))
        if value not in range(len(card.labels)):
            raise ValueError(_outside(card, value))
        return int(value)

    return label


def _outside(card: TaskCard, value: Any) -> str:
    wanted = ", ".join(card.labels) if card.labels else "a number from 0 to 5"
    return f"label {value!r} is outside the task's: {wanted}"
