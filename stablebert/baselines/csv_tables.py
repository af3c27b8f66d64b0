"""The files of `baselines/`: tables as CSV, one frozen dataclass a row, empty where a value is None; the ledger."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from stablebert.files import write_whole
from stablebert.runs import Cell, EnvironmentClass

LEDGER_TITLE = (
    "# Ledger of acceptances\n\nAppended to, never edited: one line an acceptance, before -> after, and why.\n\n"
)
Row = TypeVar("Row")


class BaselineError(RuntimeError):
    """A file of `baselines/` is missing, damaged or not of its format, or a change of it is refused."""


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
    Cell: Cell.parse,
    EnvironmentClass: EnvironmentClass.parse,
}


def read_table(kind: type[Row], path: Path, *, said: Sequence[str] = ()) -> list[Row]:
    """Return the rows of a file in its order, none where there is no file.

    Args:
        kind: The dataclass.
        path: The file.
        said: As in `parse_table`.

    Raises:
        BaselineError: the file cannot be read or is damaged.
    """
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return parse_table(kind, stream, said=said)
    except (OSError, ValueError) as error:
        raise BaselineError(f"{path} is damaged: {error}") from error


def parse_table(kind: type[Row], lines: Iterable[str], *, said: Sequence[str] = ()) -> list[Row]:
    """Return the rows of CSV lines; a line that begins with `#` is a comment.

    Args:
        kind: The dataclass.
        lines: The names of the columns first.
        said: Properties of the dataclass that stand in columns of their own, for the reader: each must say what the
            other columns say.

    Raises:
        ValueError: a column is missing or unknown, or a value is not of its column's kind.
    """
    table = csv.DictReader(line for line in lines if not line.startswith("#"))
    try:
        return _rows(kind, table, said)
    except csv.Error as error:
        raise ValueError(f"it is no table: {error}") from error


def _rows(kind: type[Row], table: "csv.DictReader[str]", said: Sequence[str]) -> list[Row]:
    wanted, given = _columns(kind, said), table.fieldnames or ()
    for verb, names in (("lacks the", {*wanted} - {*given}), ("has unknown", {*given} - {*wanted})):
        if names:
            raise ValueError(f"it {verb} columns {', '.join(sorted(names))}")
    if len(set(given)) != len(given):
        raise ValueError(f"a column is there twice: {', '.join(given)}")
    return [_row(kind, line, said) for line in table]


def table_text(kind: type[Any], rows: Iterable[Any], *, said: Sequence[str] = ()) -> str:
    """Return rows as CSV, byte-stable, floats to their last digit; arguments as in `parse_table`.

    Example:
        >>> from stablebert.baselines.searches import Trial
        >>> print(table_text(Trial, [Trial("trec", "debiased", "3ep", 2e-4, 900, 90.5, False)]), end="")
        task,method,length,learning_rate,seed,validation,failed
        trec,debiased,3ep,0.0002,900,90.5,False
    """
    stream = io.StringIO()
    columns = _columns(kind, said)
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(columns)
    table.writerows([getattr(row, name) for name in columns] for row in rows)
    return stream.getvalue()


def comment_lines(lines: Iterable[str]) -> str:
    r"""Return lines as the comment that stands above a table.

    Example:
        >>> comment_lines(["cell: trec_debiased_3ep_minilm_fp32"])
        '# cell: trec_debiased_3ep_minilm_fp32\n'
    """
    return "".join(f"# {line}\n" for line in lines)


def append_ledger(folder: Path, subject: str, what: str, why: str, write: Any = write_whole) -> None:
    """Add today's line to `LEDGER.md`, with the folder held.

    Args:
        folder: The `baselines` folder.
        subject: What it is about: a cell id, or a release.
        what: What has changed.
        why: The reason; line breaks become spaces.
        write: What writes it, from path and content.

    Raises:
        BaselineError: what is there is no text.
        OSError: it cannot be written; what was there before still stands.
    """
    path = folder / "LEDGER.md"
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else LEDGER_TITLE
    except UnicodeDecodeError as error:
        raise BaselineError(f"{path} is not UTF-8, as it was written: {error}") from error
    write(path, f"{text}- {date.today().isoformat()} `{subject}`: {what} {' '.join(why.split())}\n")


def check_reason(what: str, why: str) -> None:
    """Refuse what goes into the ledger without a reason.

    Raises:
        BaselineError: the reason is empty.
    """
    if not why.strip():
        raise BaselineError(f"{what} needs a reason: --why says it")


def _columns(kind: type[Any], said: Sequence[str]) -> list[str]:
    return [*(field.name for field in fields(kind)), *said]


def _row(kind: type[Row], line: dict[str, str], said: Sequence[str]) -> Row:
    if None in line or None in line.values():
        raise ValueError(f"a row has more or fewer values than there are columns: {', '.join(map(str, line.values()))}")
    values = {}
    for field in fields(kind):  # type: ignore[arg-type]
        try:
            values[field.name] = _READERS[field.type](line[field.name])
        except (ValueError, TypeError) as error:
            raise ValueError(f"{field.name} is not of its column's kind: {error}") from error
    row = kind(**values)
    for name in said:
        if line[name] != getattr(row, name):
            raise ValueError(f"{name} says {line[name]!r} where the figures say: {row}")
    return row
