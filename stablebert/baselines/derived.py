"""What margins come to by the accepted runs of a folder, and the rows of `margins.csv` held against that."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stablebert.baselines.cells import Baseline, baseline_files, baseline_path, cell_at, read_baseline
from stablebert.baselines.changing import changing
from stablebert.baselines.csv_tables import BaselineError, append_ledger, check_reason
from stablebert.baselines.margins import RENEWED, Margin, differences, margin_from, read_margins, write_margins
from stablebert.runs import Cell

SIDES = ("debiased", "bertadam")
# what two cells must have in common for their difference to be that of the optimizers
_SETTING = ("recipe", "environment_class")


def derived_margin(folder: Path, cell: Cell, instead: Baseline | None = None) -> Margin:
    """Return the margin of an accepted cell as it follows from the accepted runs of its folder.

    Args:
        folder: A `baselines` folder.
        cell: The cell.
        instead: A baseline that counts in place of the file at its path, which need not be there.

    Raises:
        BaselineError: the cell has no baseline there, or a file is damaged.
    """
    own = _accepted(folder, cell, instead)
    if own is None:
        raise BaselineError(f"{cell}: it has no baseline in {folder}, so nothing says how large a loss matters")
    sides = _sides(folder, cell, instead)
    dates = (baseline.header.get("accepted", "") for baseline in (own, *sides))
    debiased, bertadam = (side.rows for side in sides) if sides else (None, None)
    return margin_from(own.rows, debiased, bertadam, cell=cell, accepted=max(dates))


def derived_margins(folder: Path, instead: Baseline | None = None) -> list[Margin]:
    """Return the margins of all accepted cells of a folder, by place; arguments and errors as `derived_margin`.

    Args:
        folder: A `baselines` folder.
        instead: As in `derived_margin`.
    """
    cells = {cell_at(path) for path in baseline_files(folder)}
    if instead is not None:
        cells.add(cell_at(instead.path))
    return sorted((derived_margin(folder, cell, instead) for cell in cells), key=lambda margin: margin.place)


def checked_margin(folders: Sequence[Path], cell: Cell) -> Margin:
    """Return the frozen margin of a cell, held against the accepted runs that it was made from.

    Both are of the first folder that has a baseline of the cell.

    Args:
        folders: The `baselines` folders, first to last.
        cell: The cell whose baseline judges.

    Returns:
        The row; its margin is None where fewer than two accepted runs are sound, or all score alike.

    Raises:
        BaselineError: no folder has a baseline of the cell, its row is missing or does not follow from the runs, or a
            file is damaged.
    """
    folder = next((folder for folder in folders if baseline_path(folder, cell).is_file()), None)
    if folder is None:
        raise BaselineError(f"{cell}: it has no baseline, so nothing says how large a loss matters")
    derived, path, name = derived_margin(folder, cell), folder / "margins.csv", f"{cell.name} on {cell.encoder}"
    row = next((margin for margin in read_margins(folder) if margin.is_of(cell)), None)
    if row is None:
        raise BaselineError(f"{path} has no row of {name}, whose accepted runs give a margin of {derived}; {RENEWED}")
    wrong = differences(row, derived)
    if wrong:
        raise BaselineError(
            f"{path}: the row of {name} does not follow from the accepted runs: it says {wrong}; {RENEWED}"
        )
    return row


def renew_margins(folder: Path, why: str) -> list[Margin]:
    """Write the margins of all accepted cells of a folder anew, with a line in the ledger, and return them.

    What the file said before is not read, so that one that is damaged or of an earlier format is mended too.

    Args:
        folder: A `baselines` folder.
        why: The reason, for the ledger.

    Raises:
        BaselineError: there is no reason or no baseline, a baseline is damaged, or a file cannot be written.
    """
    check_reason("making the margins anew", why)
    with changing(folder, "margins") as write:
        margins = derived_margins(folder)
        if not margins:
            raise BaselineError(f"there is no baseline in {folder} that could have a margin")
        without = sum(margin.margin is None for margin in margins)
        write_margins(folder, margins, write)
        append_ledger(folder, "margins", f"{len(margins)} made anew, {without} of them none.", why, write)
    return margins


def _sides(folder: Path, cell: Cell, instead: Baseline | None) -> list[Baseline]:
    """Return both sides of what bias correction gains on a cell's task, none unless both are accepted alike."""
    found = []
    for method in SIDES:
        side = replace(cell, method=method, fidelity="corrected")
        baseline = _accepted(folder, side, instead)
        # what an optimizer of others gains is not what bias correction gains
        if baseline is not None and baseline.optimizer is None:
            found.append(baseline)
    alike = len(found) == len(SIDES) and all(len({side.header.get(name) for side in found}) == 1 for name in _SETTING)
    return found if alike else []


def _accepted(folder: Path, cell: Cell, instead: Baseline | None) -> Baseline | None:
    path = baseline_path(folder, cell)
    if instead is not None and instead.path == path:
        return instead
    return read_baseline(path) if path.is_file() else None
