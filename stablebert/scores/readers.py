"""Files of runs: CSV, TSV, JSON lines, JSON and parquet, as rows that still know their place in the file."""

import codecs
import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stablebert.baselines import BaselineError, read_baseline
from stablebert.checked import parse_json
from stablebert.scores.score_table import RawRow, ScoreTable, TableError, table_of

_SEPARATORS = ",;\t"
_OTHER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHECKSUM = "# sha256: "
_BASELINE = "# stablebert-baseline "


def read_table(path: Path, *, label: str | None = None, score: str | None = None, labels: bool = False) -> ScoreTable:
    """Return the table of a file.

    Args:
        path: Ends in .csv, .tsv, .jsonl, .json (a list of objects) or .parquet (needs pandas and pyarrow). In CSV lines
            that begin with `#` are comments; one that gives a `sha256` of the other lines is held to it.
        label: What verdicts call it; None takes the file's name without its ending.
        score: As in `table_of`.
        labels: As in `table_of`.

    Raises:
        TableError: it cannot be read, or is no table of runs.
    """
    rows = read_rows(path)
    return table_of(label or path.stem, rows, place=str(path), score=score, labels=labels)


def read_rows(path: Path) -> list[RawRow]:
    """Return the rows of a file; arguments and errors as in `read_table`."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise TableError(f"{path}: its name must end in {', '.join(_READERS)}")
    try:
        return [RawRow(f"{path}, {where}", values) for where, values in reader(path)]
    except (OSError, csv.Error) as error:
        raise TableError(f"{path} cannot be read: {error}") from error


def text_of(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without its mark.

    Raises:
        OSError: it cannot be read.
        TableError: it is in another encoding.
    """
    content = path.read_bytes()
    if content.startswith(_OTHER_MARKS):
        raise TableError(f"{path} is in UTF-16; it must be saved as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TableError(
            f"{path}, line {line}: it is not in UTF-8 ({error.reason}); it must be saved as that"
        ) from error


def rows_digest(lines: list[str]) -> str:
    """Return the SHA-256 of the lines of a table without its comments, as its own comment states it."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _separated(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    lines = text_of(path).splitlines()
    _check_sum(path, lines)
    # a comment leaves its line, so that numbers of lines stay those of the file
    kept = ["" if line.startswith("#") else line for line in lines]
    first = next((line for line in kept if line.strip()), "")
    separator = "\t" if path.suffix.lower() == ".tsv" else max(_SEPARATORS, key=first.count)
    table = csv.reader(kept, delimiter=separator)
    head: list[str] | None = None
    for fields in table:
        if not any(field.strip() for field in fields):
            continue
        where = f"line {table.line_num}"
        if head is None:
            head = [field.strip() for field in fields]
            if len({*head}) < len(head):
                raise TableError(f"{path}, {where}: a column stands there twice: {', '.join(head)}")
        elif len(fields) != len(head):
            hint = "; a number with a separator must be written without" if separator == "," else ""
            raise TableError(f"{path}, {where}: {len(fields)} fields under {len(head)} columns{hint}")
        else:
            yield where, {name: field if field.strip() else None for name, field in zip(head, fields, strict=True)}


def _check_sum(path: Path, lines: list[str]) -> None:
    if lines and lines[0].startswith(_BASELINE):
        # what its checksum covers is the business of who writes it
        try:
            read_baseline(path)
        except BaselineError as error:
            raise TableError(str(error)) from error
        return
    said = next((line.removeprefix(_CHECKSUM) for line in lines if line.startswith(_CHECKSUM)), None)
    if said is not None and said != rows_digest([line for line in lines if not line.startswith("#")]):
        raise TableError(f"{path}: its rows are not those that were written (the checksum does not fit)")


def _json_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if line.strip():
            yield f"line {number}", _object(f"{path}, line {number}", _parsed(f"{path}, line {number}", line))


def _json(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    found = _parsed(str(path), text_of(path))
    if isinstance(found, dict) and isinstance(found.get("columns"), list) and isinstance(found.get("data"), list):
        try:
            found = [dict(zip(map(str, found["columns"]), row, strict=True)) for row in found["data"]]
        except (TypeError, ValueError) as error:
            raise TableError(f"{path}: a row of its data has not one value a column: {error}") from error
    if not isinstance(found, list):
        raise TableError(f"{path}: it must hold a list of objects, one a run; `stablebert table` reads exports")
    for number, one in enumerate(found, start=1):
        yield f"row {number}", _object(f"{path}, row {number}", one)


def _parsed(place: str, text: str) -> Any:
    try:
        return parse_json(text)
    except (ValueError, RecursionError) as error:
        raise TableError(f"{place}: it is no JSON: {error}") from error


def _object(place: str, found: Any) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise TableError(f"{place}: it is {found!r}; it must be an object with seed and score")
    for name, value in found.items():
        # of what is written as a number elsewhere, a text may be anything
        if isinstance(value, str) and name in ("score", "loss", "test", "log_loss"):
            raise TableError(f"{place}: {name} is the text {value!r}; it must be a number")
    return found


def _parquet(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        import pandas as pd

        rows = pd.read_parquet(path).to_dict("records")
        kept = [{str(name): None if pd.isna(value) else value for name, value in row.items()} for row in rows]
    except ImportError as error:
        raise TableError(f"{path}: parquet needs pandas and pyarrow: {error}") from error
    except Exception as error:
        raise TableError(f"{path} is no parquet: {' '.join(str(error).split())}") from error
    for number, values in enumerate(kept, start=1):
        yield f"row {number}", values


_READERS: Mapping[str, Callable[[Path], Iterator[tuple[str, Mapping[str, Any]]]]] = MappingProxyType(
    {".csv": _separated, ".tsv": _separated, ".jsonl": _json_lines, ".json": _json, ".parquet": _parquet}
)
