"""The runs at hand: those of one cell, accepted or stored, and those of all cells at once."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from stablebert.assets import AssetError
from stablebert.baselines import (
    Baseline,
    baseline_files,
    find_baseline,
    find_series,
    read_baseline,
    searched_seeds,
)
from stablebert.machine import device_type
from stablebert.project.project import Project
from stablebert.project.recorded import accepted_recipe, with_recorded_recipe
from stablebert.records.provenance import code_digest, run_keys
from stablebert.records.store import RunStore
from stablebert.records.store_errors import StoreError
from stablebert.runs import Cell, Evaluation, Recipe, Record, RunRow, RunSpec, row_of, seed_id


@dataclass(frozen=True)
class CellRuns:
    """The runs of one cell.

    Attributes:
        spec: Any of its runs, with the recipe they were made by.
        rows: The runs.
        origin: Where they come from, in words.
        device: Device type.
        data: Digest of the rows of the task's splits; None where that could not be verified.
        seconds: What each run took, where that is known.
    """

    spec: RunSpec
    rows: tuple[RunRow, ...]
    origin: str
    device: str
    data: str | None
    seconds: tuple[float, ...] = ()

    @property
    def cell(self) -> Cell:
        """The cell."""
        return self.spec.cell

    @property
    def label(self) -> str:
        """The cell id with what tells its runs from others of the cell: accepted or stored, and an optimizer."""
        given = f" {self.spec.optimizer} {self.spec.optimizer_arguments}" if self.spec.optimizer else ""
        return f"{self.origin.partition(',')[0]}:{self.cell}{given}"


def accepted_runs(project: Project, cell: Cell) -> CellRuns | None:
    """Return the baseline of a cell from the first folder that has one, or None.

    Raises:
        BaselineError: the file found is damaged.
        StoreError: it was made with other data or weights than those that are here, and does not say which.
    """
    baseline = find_baseline(cell, project.baselines)
    if baseline is None:
        return None
    spec = project.method_spec(cell)
    header = baseline.header
    made = replace(spec, recipe=accepted_recipe(header) or spec.recipe)
    device = baseline.environment_class.device if baseline.environment_class else device_type()
    data = header.get("data") or _data_behind(made, header.get("cell_key"))
    return CellRuns(made, baseline.rows, f"accepted, {baseline.path}", device, data)


def runs_in_store(project: Project, cell: Cell) -> CellRuns | None:
    """Return the runs of a cell's seeds that the store has by the present code, or None if it has none.

    Raises:
        StoreError: a record is damaged.
        ValueError: task, encoder or optimizer is unknown or cannot be had.
    """
    store, specs = RunStore(project.store), project.specs(cell)
    found = [store.load(run_keys(spec).record) for spec in specs]
    records = [record for record in found if record is not None]
    if not records:
        return None
    return CellRuns(
        specs[0],
        tuple(row_of(record) for record in records),
        f"stored, {len(records)} of {len(found)} seeds in {store.folder}",
        device_type(),
        run_keys(specs[0]).data,
        tuple(record.seconds for record in records),
    )


def cells_at_hand(project: Project) -> dict[Cell, tuple[RunRow, ...]]:
    """Return the rows of every cell: the accepted runs where it has them, else the stored records.

    Of the records only those count that the present code made by the paper's methods: the recipe of their encoder, no
    optimizer of others, one seed for all streams, and none that chose the hyperparameters.

    Args:
        project: Whose baselines and store; the first folder of baselines that has a cell is taken.

    Raises:
        BaselineError: a baseline is damaged.
        StoreError: a record is damaged.
    """
    accepted = {cell: baseline.rows for cell, baseline in _accepted(project).items()}
    stored: dict[Cell, list[RunRow]] = defaultdict(list)
    for record in _records_of_the_paper(project):
        stored[record.spec.cell].append(row_of(record))
    return {cell: tuple(rows) for cell, rows in stored.items()} | accepted


def grids_at_hand(project: Project) -> dict[Cell, tuple[RunRow, ...]]:
    """Return the stored rows of every cell whose initialisation and data order have seeds of their own (Appendix B).

    Args:
        project: As `cells_at_hand`.

    Raises:
        StoreError: a record is damaged.
    """
    stored: dict[Cell, list[RunRow]] = defaultdict(list)
    for record in _records_of_the_paper(project, grid=True):
        stored[record.spec.cell].append(row_of(record))
    return {cell: tuple(rows) for cell, rows in stored.items()}


def courses_at_hand(project: Project, cells: Collection[Cell]) -> dict[Cell, dict[str, tuple[Evaluation, ...]]]:
    """Return the evaluations of the runs of `cells_at_hand`, by seed, of those cells where they are kept.

    Args:
        project: As `cells_at_hand`.
        cells: Those that are asked for; where there are none, nothing is read.

    Raises:
        BaselineError: series are damaged, or of other runs than the accepted rows.
        StoreError: a record is damaged.
    """
    accepted = {cell: baseline for cell, baseline in _accepted(project).items() if cell in cells}
    kept = {cell: find_series(baseline) for cell, baseline in accepted.items()}
    found = {cell: {run.seed: run.evaluations for run in series} for cell, series in kept.items() if series}
    if {*cells} <= accepted.keys():
        return found
    stored: dict[Cell, dict[str, tuple[Evaluation, ...]]] = defaultdict(dict)
    for record in _records_of_the_paper(project):
        if record.spec.cell in cells and record.spec.cell not in accepted:
            stored[record.spec.cell][seed_id(record.spec)] = record.evaluations
    return {**stored, **found}


def seconds_by_kind(project: Project) -> dict[tuple[str, ...], list[float]]:
    """Return what stored runs took, by `kind_of` their cell: whatever method, seed and code made them."""
    found: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for spec, seconds in timed_runs(project):
        found[kind_of(spec.cell)].append(seconds)
    return dict(found)


def kind_of(cell: Cell) -> tuple[str, ...]:
    """Return what mostly decides how long a cell's runs take: task, length, encoder, precision."""
    return cell.task, cell.length, cell.encoder, cell.precision


def stored_specs(project: Project) -> list[RunSpec]:
    """Return every run that the store holds by the present code.

    Raises:
        StoreError: a record is damaged.
    """
    return [record.spec for record in _present_records(RunStore(project.store))]


def timed_runs(project: Project) -> list[tuple[RunSpec, float]]:
    """Return every run that the store holds with the seconds that it took, whatever code has made it.

    A record that is damaged tells no time, and whoever needs it says so.
    """
    found, store = [], RunStore(project.store)
    for path in store.folder.glob("??/*.json"):
        with suppress(StoreError):
            record = store.load(path.stem)
            if record is not None:
                found.append((record.spec, record.seconds))
    return found


def check_comparable(cells: Sequence[CellRuns]) -> list[str]:
    """Refuse cells whose scores are not of the same examples.

    Returns:
        What could not be verified, one line each.

    Raises:
        ValueError: two cells differ in task or data.
    """
    first = cells[0]
    for other in cells[1:]:
        if other.spec.task != first.spec.task:
            what = f"{first.spec.task} and {other.spec.task} are different tasks"
        elif first.data and other.data and first.data != other.data:
            what = f"their data differ ({first.data[:12]}, {other.data[:12]})"
        else:
            continue
        raise ValueError(f"not comparable: {first.cell} and {other.cell}: {what}")
    return [
        f"{cell.cell}: its data cannot be verified here; {cell.spec.task} is taken to be the same"
        for cell in cells
        if cell.data is None
    ]


def _accepted(project: Project) -> dict[Cell, Baseline]:
    found: dict[Cell, Baseline] = {}
    for folder in project.baselines:
        for path in baseline_files(folder):
            baseline = read_baseline(path)
            found.setdefault(baseline.cell, baseline)
    return found


def _records_of_the_paper(project: Project, *, grid: bool = False) -> Iterator[Record]:
    used = cache(lambda encoder: {seed for folder in project.baselines for seed in searched_seeds(folder, encoder)})
    recipe_of = cache(lambda cell: _recorded_recipe(cell, project))
    for record in _present_records(RunStore(project.store)):
        spec = record.spec
        of_the_paper = spec.optimizer is None and spec.recipe == recipe_of(spec.cell)
        if of_the_paper and (spec.data_seed is not None) is grid and spec.seed not in used(spec.encoder):
            yield record


def _recorded_recipe(cell: Cell, project: Project) -> Recipe | None:
    """Return the recipe that is recorded for a cell, None where its length has none."""
    bare = RunSpec(cell.task, cell.method, cell.length, encoder=cell.encoder)
    try:
        return with_recorded_recipe(bare, project.baselines).recipe
    except ValueError:
        return None


def _data_behind(spec: RunSpec, cell_key: str | None) -> str | None:
    """Return the digest of the data that a cell key stands for, None where there are no data here to tell."""
    try:
        keys = run_keys(spec)
    except (ValueError, AssetError, OSError):
        return None
    if keys.cell != cell_key:
        raise StoreError(f"not comparable: the baseline of {spec.cell} was made with other data or weights")
    return keys.data


def _present_records(store: RunStore) -> Iterator[Record]:
    """Yield the records that the present code made: those of two versions are no sample of either."""
    for path in sorted(store.folder.glob("??/*.json")):
        record = store.load(path.stem)
        # read again once its checksum is known to fit
        if record is not None and json.loads(path.read_bytes())["provenance"].get("code") == code_digest():
            yield record
