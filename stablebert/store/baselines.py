"""Baselines in git: the accepted raw runs of a cell as one CSV, a row a seed."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from stablebert.runs import ROW_FIELDS, RunRow, RunSpec

_FORMAT = "stablebert-baseline 1"
_READERS: dict[Any, Any] = {str: str, float: float, int: int, bool: lambda text: {"True": True, "False": False}[text]}


class BaselineError(RuntimeError):
    """A baseline file is missing, damaged or not of this format."""


@dataclass(frozen=True)
class Baseline:
    """The accepted runs of one cell.

    Attributes:
        path: Its file.
        header: Facts about the runs by name: cell, cell_key, metric, recipe and so on.
        rows: One a seed, sorted by seed.
    """

    path: Path
    header: dict[str, str]
    rows: tuple[RunRow, ...]


def baseline_path(folder: Path, spec: RunSpec) -> Path:
    """Return where the baseline of a run's cell lies below a `baselines` folder.

    Example:
        >>> baseline_path(Path("baselines"), RunSpec(task="trec", method="reinit")).as_posix()
        'baselines/minilm/trec/reinit_3ep.csv'
    """
    method = spec.method + (".released" if spec.fidelity == "released" else "")
    return folder / spec.encoder / spec.task / f"{method}_{spec.length}.csv"


def find_baseline(spec: RunSpec, folders: Sequence[Path]) -> Baseline | None:
    """Return the baseline of a cell from the first folder that has one, or None.

    Raises:
        BaselineError: the file found is damaged.
    """
    for folder in folders:
        path = baseline_path(folder, spec)
        if path.is_file():
            return read_baseline(path)
    return None


def read_baseline(path: Path) -> Baseline:
    """Read a baseline file.

    Raises:
        BaselineError: it is missing, damaged or of another format.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise BaselineError(f"baseline {path} cannot be read: {error}") from error
    if not lines or lines[0] != f"# {_FORMAT}":
        raise BaselineError(f"baseline {path} does not begin with '# {_FORMAT}'")
    header = dict(line[2:].split(": ", 1) for line in lines[1:] if line.startswith("# ") and ": " in line)
    table = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    if not table or tuple(table[0]) != ROW_FIELDS:
        raise BaselineError(f"baseline {path}: its columns are not {', '.join(ROW_FIELDS)}")
    kinds = {field.name: _READERS[field.type] for field in fields(RunRow)}
    try:
        rows = tuple(RunRow(**{name: kinds[name](text) for name, text in line.items()}) for line in table)
    except (KeyError, ValueError, TypeError) as error:
        raise BaselineError(f"baseline {path}: a value is not of its column's kind: {error}") from error
    return Baseline(path, header, rows)


def write_baseline(path: Path, header: dict[str, str], rows: Sequence[RunRow]) -> None:
    """Write a baseline file whole, byte-stable: rows by seed, floats to their last digit.

    Raises:
        BaselineError: a header value would not survive, or there is no row.
    """
    broken = [name for name, value in header.items() if "\n" in value or ": " in name]
    if broken or not rows:
        raise BaselineError(f"baseline {path}: {f'header {broken} spans lines' if broken else 'no rows'}")
    stream = io.StringIO()
    stream.write("".join(f"# {line}\n" for line in (_FORMAT, *(f"{name}: {value}" for name, value in header.items()))))
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(ROW_FIELDS)
    table.writerows([getattr(row, name) for name in ROW_FIELDS] for row in sorted(rows, key=lambda row: row.seed))
    write_whole(path, stream.getvalue())


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step, so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
