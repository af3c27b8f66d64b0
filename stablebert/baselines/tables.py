"""Small tables in git: a CSV file with one frozen dataclass a row, empty where a value is None."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from stablebert.baselines.cells import BaselineError

Row = TypeVar("Row")


def _boolean(text: str) -> bool:
    if text not in ("True", "False"):
        raise ValueError(f"{text!r} is neither True nor False")
    return text == "True"


_READERS: dict[Any, Any] = {
    str: str,
    int: int,
    float: float,
    bool: _boolean,
    int | None: lambda text: int(text) if text else None,
    float | None: lambda text: float(text) if text else None,
}


def read_table(kind: type[Row], path: Path, *, said: Sequence[str] = ()) -> list[Row]:
    """Return the rows of a file in its order, none where there is no file; lines that begin with `#` are comments.

    Args:
        kind: The dataclass.
        path: The file.
        said: Properties of the dataclass that stand in columns of their own, for the reader: each must say what the
            other columns say.

    Raises:
        BaselineError: the file cannot be read or is damaged.
    """
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            lines = csv.DictReader(line for line in stream if not line.startswith("#"))
            missing = {*_columns(kind, said)} - {*(lines.fieldnames or ())}
            if missing:
                raise ValueError(f"it lacks the columns {', '.join(sorted(missing))}")
            return [_row(kind, line, said) for line in lines]
    except (OSError, ValueError, TypeError) as error:
        raise BaselineError(f"{path} is damaged: {error}") from error


def table_text(kind: type[Any], rows: Iterable[Any], *, said: Sequence[str] = ()) -> str:
    """Return rows as CSV, the names of the columns first; arguments as in `read_table`.

    Example:
        >>> from stablebert.baselines.trials import Trial
        >>> print(table_text(Trial, [Trial("trec", "debiased", "3ep", 2e-4, 900, 90.5, False)]), end="")
        task,method,length,learning_rate,seed,validation,failed
        trec,debiased,3ep,0.0002,900,90.5,False
    """
    stream = io.StringIO()
    table = csv.DictWriter(stream, _columns(kind, said), lineterminator="\n")
    table.writeheader()
    table.writerows({**asdict(row), **{name: getattr(row, name) for name in said}} for row in rows)
    return stream.getvalue()


def _columns(kind: type[Any], said: Sequence[str]) -> list[str]:
    return [*(field.name for field in fields(kind)), *said]


def _row(kind: type[Row], line: dict[str, str], said: Sequence[str]) -> Row:
    row = kind(**{field.name: _READERS[field.type](line[field.name]) for field in fields(kind)})  # type: ignore[arg-type]
    for name in said:
        if line[name] != getattr(row, name):
            raise ValueError(f"{name} says {line[name]!r} where the figures say: {row}")
    return row
