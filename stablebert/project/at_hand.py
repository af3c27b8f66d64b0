"""The runs of one cell that are at hand, accepted or stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stablebert.assets import AssetError
from stablebert.baselines import find_baseline
from stablebert.machine import device_type
from stablebert.project.project import Project
from stablebert.records.provenance import run_keys
from stablebert.records.store import RunStore
from stablebert.records.store_errors import StoreError
from stablebert.runs import Cell, RunRow, RunSpec, row_of


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
    if baseline.optimizer is not None:
        raise StoreError(f"{baseline.path} is of {baseline.optimizer}: its runs are none of {cell.method}'s own")
    spec = project.method_spec(cell)
    header = baseline.header
    made = replace(spec, recipe=baseline.recipe or spec.recipe)
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


def _data_behind(spec: RunSpec, cell_key: str | None) -> str | None:
    """Return the digest of the data that a cell key stands for, None where there are no data here to tell."""
    try:
        keys = run_keys(spec)
    except (ValueError, AssetError, OSError):
        return None
    if keys.cell != cell_key:
        raise StoreError(f"not comparable: the baseline of {spec.cell} was made with other data or weights")
    return keys.data
