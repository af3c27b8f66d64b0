"""Tables of a folder of one's own: CSV, TSV, JSON lines or parquet, one a split or one in all."""

import csv
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stablebert.checked import check_once, parse_json
from stablebert.tasks.cards import TaskError
from stablebert.tasks.rows import by_split

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
_WITHOUT_TYPES = (".csv", ".tsv")
# of more digits it is no number that Python reads, and as one with a point it is not finite
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,399})")
_NUMBER = re.compile(r"[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


class Table(NamedTuple):
    """One table.

    Attributes:
        place: File, or object and split, as errors name it.
        columns: Values by name.
        names: Of the classes where the table itself says them, else empty.
    """

    place: str
    columns: dict[str, list[Any]]
    names: tuple[str, ...] = ()


def folder_files(task: str, folder: Path) -> dict[str, Path]:
    """Return the files of a folder by split; a lone file of any name is `train`.

    Args:
        task: Task id, for errors.
        folder: Holds `train`, and perhaps `validation` (or `dev`) and `test`, or exactly one file.

    Raises:
        TaskError: there is no such folder, or its files are not as they should be.
    """
    try:
        if not folder.is_dir():
            raise TaskError(f"task {task!r}: there is no folder {folder}")
        files = {
            path.name: path
            for path in sorted(folder.iterdir())
            if path.suffix in SUFFIXES and not path.name.startswith(".") and path.is_file()
        }
    except OSError as error:
        raise TaskError(f"task {task!r}: its folder cannot be read: {error}") from error
    if not files:
        raise TaskError(f"task {task!r}: {folder} holds no file that ends in {', '.join(SUFFIXES)}")
    return by_split(task, str(folder), files)


def read_folder(task: str, folder: Path, label: str) -> dict[str, Table]:
    """Return the tables of a folder by split.

    Texts of CSV are quoted as pandas writes them; in TSV a quote is part of the text, as in GLUE's files. Both are
    UTF-8 with a header; their labels are integers where all of all files are, else numbers where all are, else words.

    Args:
        task: Task id, for errors.
        folder: As in `folder_files`.
        label: The column that holds labels.

    Raises:
        TaskError: a file cannot be read.
    """
    files = folder_files(task, folder)
    tables = {split: Table(str(path), _read(task, path)) for split, path in files.items()}
    bare = [
        table.columns
        for split, table in tables.items()
        if files[split].suffix in _WITHOUT_TYPES and label in table.columns
    ]
    convert = _type_of(value for columns in bare for value in columns[label] if value is not None)
    for columns in bare:
        columns[label] = [None if value is None else convert(value) for value in columns[label]]
    return tables


def _read(task: str, path: Path) -> dict[str, list[Any]]:
    try:
        return _columns(_table(path), bare=path.suffix in _WITHOUT_TYPES)
    except Exception as error:
        # what lies in a file of others can make pandas and pyarrow raise anything
        said = " ".join(str(error).split())
        raise TaskError(f"task {task!r}: {path} cannot be read ({type(error).__name__}: {said})") from error


def _columns(table: "pd.DataFrame", *, bare: bool) -> dict[str, list[Any]]:
    filled = {str(name): table[name].astype(object).where(table[name].notna(), None) for name in table.columns}
    columns = {name: values.tolist() for name, values in filled.items()}
    if not bare:
        return columns
    return {name: [value if value and value.strip() else None for value in values] for name, values in columns.items()}


def _table(path: Path) -> "pd.DataFrame":
    import pandas as pd

    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as stream:
            # as objects: a column of integers where one lacks stays one of integers
            return pd.DataFrame([parse_json(line) for line in stream if line.strip()], dtype=object)
    tabs = path.suffix == ".tsv"
    given: Any = {
        "sep": "\t" if tabs else ",",
        "quoting": csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL,
        "dtype": str,
        "keep_default_na": False,
        "encoding": "utf-8-sig",
    }
    # pandas would give the second of two equal names another
    check_once([name for name in pd.read_csv(path, **given, header=None, nrows=1).iloc[0] if name])
    table: pd.DataFrame = pd.read_csv(path, **given)
    # pandas takes the first column for an index where every row has one field more than the header
    if not isinstance(table.index, pd.RangeIndex):
        raise ValueError("rows have more fields than the header; a text that holds the separator must be quoted")
    return table


def _type_of(labels: Iterable[str]) -> Callable[[str], Any]:
    """Return what makes labels of texts; blanks around a number, of whatever kind, are none of it."""
    said = [label.strip() for label in labels]
    if all(_INTEGER.fullmatch(label) for label in said):
        return lambda text: int(text.strip())
    words = [label for label in said if label.lower() != "nan"]
    return (lambda text: float(text.strip())) if all(_NUMBER.fullmatch(label) for label in words) else str
