"""Baselines in git: the accepted raw runs of a cell as one CSV, a row a seed; and candidates, which judge nothing."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from stablebert.baselines.csv_tables import BaselineError, comment_lines, parse_table, table_text
from stablebert.checked import check_fields
from stablebert.files import write_whole
from stablebert.runs import Cell, EnvironmentClass, Recipe, RunRow

Value = TypeVar("Value")
_CANDIDATE = ".candidate.csv"
_FORMAT = "stablebert-baseline 2"
# its checksum is of the rows alone
_FIRST_FORMAT = "stablebert-baseline 1"
_CANDIDATE_FORMAT = "stablebert-candidate 1"


@dataclass(frozen=True)
class Baseline:
    """The accepted runs of one cell.

    Attributes:
        path: Its file.
        header: Facts about the runs by name: cell, cell_key, metric, recipe and so on.
        rows: One a seed, sorted by seed.
    """

    path: Path
    header: dict[str, str] = field(hash=False)
    rows: tuple[RunRow, ...]

    @property
    def cell(self) -> Cell:
        """The cell that its header names.

        Raises:
            BaselineError: the header names none.
        """
        return self._said("cell", Cell.parse, "")

    @property
    def environment_class(self) -> EnvironmentClass | None:
        """The class that its runs are of; None where the header does not say.

        Raises:
            BaselineError: the header names no such class.
        """
        return self._said("environment_class", lambda text: EnvironmentClass.parse(text) if text else None, "")

    @property
    def optimizer(self) -> str | None:
        """The optimizer of others that its runs were made with, as `package.module:Class`; None is the method's own."""
        return self.header.get("optimizer") or None

    @property
    def recipe(self) -> Recipe | None:
        """The recipe that its runs were made by; None where the header does not say.

        Raises:
            BaselineError: the header names no such recipe.
        """
        return self._said("recipe", _recipe_of, "null")

    @property
    def environments(self) -> tuple[dict[str, str], ...]:
        """The machines that its runs were made on; none where the header does not say.

        Raises:
            BaselineError: the header names no machines.
        """
        return self._said("environments", _environments_of, "[]")

    def _said(self, name: str, read: Callable[[str], Value], default: str) -> Value:
        try:
            return read(self.header.get(name, default))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise BaselineError(f"baseline {self.path}: its {name} is none: {error}") from error


def baseline_path(folder: Path, cell: Cell) -> Path:
    """Return where the baseline of a cell lies below a `baselines` folder, whatever its precision class.

    Raises:
        BaselineError: its encoder or task would lead out of the folder.

    Example:
        >>> baseline_path(Path("baselines"), Cell("trec", "reinit")).as_posix()
        'baselines/minilm/trec/reinit_3ep.csv'
    """
    for name in (cell.encoder, cell.task):
        if not name.strip(".") or "/" in name:
            raise BaselineError(f"cell {cell.id!r} has no baseline: {name!r} names no folder below {folder}")
    return folder / cell.encoder / cell.task / f"{cell.method_id}_{cell.length}.csv"


def cell_at(path: Path) -> Cell:
    """Return the cell whose baseline a file is by its place, in fp32: the inverse of `baseline_path`; nothing is read.

    Raises:
        BaselineError: no baseline lies there.

    Example:
        >>> cell_at(Path("baselines/minilm/trec/reinit_3ep.csv")).id
        'trec_reinit_3ep_minilm_fp32'
    """
    try:
        return Cell.named(f"{path.parent.name}_{path.stem}", path.parent.parent.name)
    except ValueError as error:
        raise BaselineError(f"{path} is no place of a baseline: {error}") from error


def baseline_files(folder: Path, encoder: str = "*") -> list[Path]:
    """Return the files of accepted cells below a `baselines` folder, sorted; candidates are none of them.

    Args:
        folder: The `baselines` folder.
        encoder: Encoder id; `*` is every one.
    """
    return sorted(path for path in folder.glob(f"{encoder}/*/*.csv") if not path.name.endswith(_CANDIDATE))


def find_baseline(cell: Cell, folders: Sequence[Path]) -> Baseline | None:
    """Return the baseline of a cell from the first folder that has one, or None.

    Raises:
        BaselineError: the file found is damaged.
    """
    for folder in folders:
        path = baseline_path(folder, cell)
        if path.is_file():
            return read_baseline(path)
    return None


def own_baselines(folders: Iterable[Path]) -> dict[Cell, Baseline]:
    """Return the accepted runs of the methods' own optimizers by cell, each from the first folder that has them.

    Raises:
        BaselineError: a file is damaged.
    """
    found: dict[Cell, Baseline] = {}
    for folder in folders:
        for baseline in map(read_baseline, baseline_files(folder)):
            if baseline.optimizer is None:
                found.setdefault(baseline.cell, baseline)
    return found


def read_baseline(path: Path) -> Baseline:
    """Read a baseline file.

    Raises:
        BaselineError: it is missing, damaged, edited by hand or of another format.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BaselineError(f"baseline {path} cannot be read: {error}") from error
    if not lines or lines[0] not in (f"# {_FORMAT}", f"# {_FIRST_FORMAT}"):
        found = lines[0][:60] if lines else ""
        raise BaselineError(
            f"baseline {path} does not begin with '# {_FORMAT}' or '# {_FIRST_FORMAT}', which this version reads, but "
            f"with {found!r}"
        )
    header = dict(line[2:].split(": ", 1) for line in lines[1:] if line.startswith("# ") and ": " in line)
    body = [line for line in lines if not line.startswith("#")]
    try:
        rows = tuple(parse_table(RunRow, body))
    except ValueError as error:
        raise BaselineError(f"baseline {path} is damaged: {error}") from error
    _check(path, rows)
    said = header.pop("sha256", None)
    if said != _digest(body if lines[0] == f"# {_FIRST_FORMAT}" else [*_facts(header), *body]):
        raise BaselineError(
            f"baseline {path} is not what was accepted (the checksum does not fit); take it from git again"
        )
    return Baseline(path, header, rows)


def write_baseline(path: Path, header: dict[str, str], rows: Sequence[RunRow], write: Any = write_whole) -> None:
    """Write a baseline file whole, byte-stable: rows by seed, floats to their last digit.

    Args:
        path: Its file.
        header: Facts about the runs by name.
        rows: One a seed.
        write: What writes it, from path and content.

    Raises:
        BaselineError: a header value would not survive, there is no row, a row is not sound, or it cannot be written.
    """
    broken = [name for name, value in header.items() if "\n" in value or ": " in name]
    if broken:
        raise BaselineError(f"baseline {path}: header {broken} spans lines")
    _check(path, rows)
    body = _rows_text(rows)
    facts = [*_facts(header), f"sha256: {_digest([*_facts(header), *body.splitlines()])}"]
    head = comment_lines([_FORMAT, *facts])
    try:
        write(path, head + body)
    except OSError as error:
        raise BaselineError(f"baseline {path} cannot be written: {error}") from error


def candidate_path(folder: Path, cell: Cell) -> Path:
    """Return where the candidate of a cell lies below a `baselines` folder.

    Example:
        >>> candidate_path(Path("baselines"), Cell("trec", "reinit.blocks2")).as_posix()
        'baselines/minilm/trec/reinit.blocks2_3ep.candidate.csv'
    """
    return baseline_path(folder, cell).with_suffix(_CANDIDATE)


def write_candidate(folder: Path, cell: Cell, rows: Sequence[RunRow]) -> Path:
    """Write what a baseline would be beside where it is missing, in place of an earlier candidate; return its file.

    Args:
        folder: The `baselines` folder.
        cell: The cell.
        rows: Its runs.

    Raises:
        OSError: it cannot be written; what was there before still stands.
    """
    path = candidate_path(folder, cell)
    head = comment_lines(
        (
            _CANDIDATE_FORMAT,
            f"cell: {cell}",
            "what: runs of a cell without a baseline, to look at; not a baseline, whatever its name",
            "next: `stablebert run` makes the seeds that are missing, `stablebert accept` the baseline",
        )
    )
    write_whole(path, head + _rows_text(rows))
    return path


def _rows_text(rows: Sequence[RunRow]) -> str:
    return table_text(RunRow, sorted(rows, key=lambda row: row.seed))


def _check(path: Path, rows: Sequence[RunRow]) -> None:
    if not rows:
        raise BaselineError(f"baseline {path}: no rows")
    seeds = [row.seed for row in rows]
    twice = sorted({seed for seed in seeds if seeds.count(seed) > 1})
    if twice:
        raise BaselineError(f"baseline {path}: more than one row of {', '.join(twice)}")
    wrong = [row.seed for row in rows if not row.failed and not (math.isfinite(row.test) and abs(row.test) <= 100)]
    if wrong:
        raise BaselineError(f"baseline {path}: test is not in [-100, 100] points for {', '.join(wrong)}, not failed")


def _recipe_of(text: str) -> Recipe | None:
    values = json.loads(text)
    if values is None:
        return None
    recipe = Recipe(**{**values, "betas": tuple(values["betas"])})
    check_fields(recipe)
    return recipe


def _environments_of(text: str) -> tuple[dict[str, str], ...]:
    found = json.loads(text)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError(f"{text[:60]} is no list of objects")
    return tuple(found)


def _facts(header: Mapping[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in header.items()]


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
