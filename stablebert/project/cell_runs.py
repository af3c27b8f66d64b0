"""The runs of one cell, wherever they lie: in the accepted baselines, or in the store."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from stablebert.assets import AssetError
from stablebert.baselines.cells import find_baseline
from stablebert.machine import device_type
from stablebert.records.provenance import run_keys
from stablebert.records.store import RunStore, StoreError
from stablebert.runs import Recipe, RunRow, RunSpec, cell_id, row_of

_NAMES = ("method", "length", "steps", "encoder", "precision", "fidelity", "optimizer", "optimizer_arguments")


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
    def cell(self) -> str:
        """The cell id."""
        return cell_id(self.spec)

    @property
    def label(self) -> str:
        """The cell id with what tells its runs from others of the cell: accepted or stored, and an optimizer."""
        given = f" {self.spec.optimizer} {self.spec.optimizer_arguments}" if self.spec.optimizer else ""
        return f"{self.origin.partition(',')[0]}:{self.cell}{given}"


def accepted_runs(spec: RunSpec, folders: Sequence[Path]) -> CellRuns | None:
    """Return the baseline of a cell from the first folder that has one, or None.

    Raises:
        BaselineError: the file found is damaged.
        StoreError: it was made with other data or weights than those that are here, and does not say which.
    """
    baseline = find_baseline(spec.cell, folders)
    if baseline is None:
        return None
    header = baseline.header
    recipe = json.loads(header["recipe"]) if "recipe" in header else {}
    made = replace(spec, recipe=Recipe(**{**recipe, "betas": tuple(recipe["betas"])})) if recipe else spec
    device = baseline.environment_class.device if baseline.environment_class else device_type()
    data = header.get("data") or _data_behind(made, header.get("cell_key"))
    return CellRuns(made, baseline.rows, f"accepted, {baseline.path}", device, data)


def stored_runs(spec: RunSpec, seeds: Iterable[int], store: RunStore) -> CellRuns | None:
    """Return the runs of a cell that the store has by the present code, or None if it has none.

    Raises:
        StoreError: a record is damaged.
        ValueError: task, encoder or optimizer is unknown or cannot be had.
    """
    found = [store.load(run_keys(spec.with_seed(seed)).record) for seed in seeds]
    records = [record for record in found if record is not None]
    if not records:
        return None
    return CellRuns(
        spec,
        tuple(row_of(record) for record in records),
        f"stored, {len(records)} of {len(found)} seeds in {store.folder}",
        device_type(),
        run_keys(spec).data,
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


def differing(one: CellRuns, other: CellRuns) -> list[str]:
    """Return in what two cells of a task differ, `name one / other` each."""
    pairs = [(name, getattr(one.spec, name), getattr(other.spec, name)) for name in _NAMES]
    ours, theirs = asdict(one.spec.recipe), asdict(other.spec.recipe)
    pairs += [(name, ours[name], theirs[name]) for name in ours]
    pairs.append(("device", one.device, other.device))
    return [f"{name} {mine} / {yours}" for name, mine, yours in pairs if mine != yours]


def _data_behind(spec: RunSpec, cell_key: str | None) -> str | None:
    """Return the digest of the data that a cell key stands for, None where there are no data here to tell."""
    try:
        keys = run_keys(spec)
    except (ValueError, AssetError, OSError):
        return None
    if keys.cell != cell_key:
        raise StoreError(f"not comparable: the baseline of {cell_id(spec)} was made with other data or weights")
    return keys.data
