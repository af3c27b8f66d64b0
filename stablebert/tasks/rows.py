"""Rows and splits as plain data, how they are read from any table, and the digest that names them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from stablebert.runs import digest_of
from stablebert.tasks.cards import TaskError

T = TypeVar("T")
_SPLIT_OF = {"train": "train", "validation": "validation", "dev": "validation", "test": "test"}


class Row(NamedTuple):
    """One example.

    Attributes:
        sentence1: First text, or the only one.
        sentence2: Second text, or None.
        label: Class index, or the target of a regression.
    """

    sentence1: str
    sentence2: str | None
    label: int | float

    @property
    def texts(self) -> tuple[str, str]:
        """The texts without blanks around them; what is equal is the same example."""
        return self.sentence1.strip(), (self.sentence2 or "").strip()


class Splits(NamedTuple):
    """The rows of a task in their fixed order."""

    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    test: tuple[Row, ...]

    def digest(self) -> str:
        """Return the data digest: of every row of the splits as stripped texts and label."""
        return digest_of([[_canonical(row) for row in split] for split in self])


@dataclass(frozen=True)
class Columns:
    """Where texts and label stand; a column is a name, or a position in a file without a header."""

    first: str | int
    second: str | int | None
    label: str | int


def read_rows(
    task: str,
    place: str,
    lines: Iterable[Any],
    columns: Columns,
    text_of: Callable[[str | int, Any], str],
    label_of: Callable[[Any], int | float],
    *,
    left_out: Callable[[int, Any], bool] | None = None,
) -> list[Row]:
    """Return the rows of a table.

    Args:
        task: Task id, for errors.
        place: File or other origin of the table, for errors.
        lines: Each gives the value of a column by `line[column]`.
        columns: Where texts and label stand.
        text_of: Turns a column and its value into a text; ValueError says what is wrong with it.
        label_of: Turns a value into a label; ValueError says what is wrong with it.
        left_out: Says of a line and its number, from 1, that it is no row; None takes every line.

    Raises:
        TaskError: a row lacks a column, or a value is wrong.
    """
    rows = []
    for number, line in enumerate(lines, 1):
        if left_out is not None and left_out(number, line):
            continue
        try:
            first = text_of(columns.first, line[columns.first])
            second = None if columns.second is None else text_of(columns.second, line[columns.second])
            rows.append(Row(first, second, label_of(line[columns.label])))
        except (KeyError, IndexError) as error:
            raise TaskError(f"task {task!r}: {place}, row {number}: no column {error}") from error
        except ValueError as error:
            raise TaskError(f"task {task!r}: {place}, row {number}: {error}") from error
    return rows


def by_split(task: str, place: str, named: Mapping[str, T]) -> dict[str, T]:
    """Return tables by the split that their names say; one that is alone is the training set, whatever its name.

    Args:
        task: Task id, for errors.
        place: Where the tables are, for errors.
        named: By file name, or by name of a split: `train`, `validation` or `dev`, `test`.

    Raises:
        TaskError: a name says no split, two say the same, or none says `train`.
    """
    found: dict[str, str] = {}
    for name in named:
        split = _SPLIT_OF.get(Path(name).stem, "train" if len(named) == 1 else "")
        if not split:
            raise TaskError(f"task {task!r}: {place}: {name} is no split; name it train, validation (or dev) or test")
        if split in found:
            raise TaskError(f"task {task!r}: {place} has two tables for {split}, {found[split]} and {name}; keep one")
        found[split] = name
    if "train" not in found:
        raise TaskError(f"task {task!r}: {place} has no train table, only: {', '.join(named) or 'none'}")
    return {split: named[found[split]] for split in Splits._fields if split in found}


def overlap(splits: Splits) -> int:
    """Return how many validation and test examples have the texts of a training example; official files have some."""
    known = {row.texts for row in splits.train}
    return sum(row.texts in known for row in (*splits.validation, *splits.test))


def pick(rows: Sequence[Row], indices: Sequence[int]) -> tuple[Row, ...]:
    """Return the rows at the indices, in the order of the indices."""
    return tuple(rows[index] for index in indices)


def _canonical(row: Row) -> list[str | None]:
    second = None if row.sentence2 is None else row.sentence2.strip()
    return [row.sentence1.strip(), second, repr(float(row.label))]
