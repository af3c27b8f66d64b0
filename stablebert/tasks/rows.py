"""Rows and splits as plain data, and the digest that names them."""

from collections.abc import Sequence
from typing import NamedTuple

from stablebert.runs import digest_of


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


class Splits(NamedTuple):
    """The rows of a task in their fixed order."""

    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    test: tuple[Row, ...]

    def digest(self) -> str:
        """Return the data digest: of every row of the splits as stripped texts and label."""
        return digest_of([[_canonical(row) for row in split] for split in self])


def pick(rows: Sequence[Row], indices: Sequence[int]) -> tuple[Row, ...]:
    """Return the rows at the indices, in the order of the indices."""
    return tuple(rows[index] for index in indices)


def _canonical(row: Row) -> list[str | None]:
    second = None if row.sentence2 is None else row.sentence2.strip()
    return [row.sentence1.strip(), second, repr(float(row.label))]
