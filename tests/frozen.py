"""Margins of synthetic baselines, as an acceptance would have frozen them."""

from pathlib import Path

from stablebert.baselines import Margin, baseline_files, cell_at, write_margins


def freeze_margins(folder: Path) -> None:
    """Write the margins of all cells that a folder of baselines has."""
    cells = [cell_at(path) for path in baseline_files(folder)]
    tasks = sorted({(cell.encoder, cell.task, cell.length) for cell in cells})
    write_margins(folder, [Margin(*task, 2.0, 1.0, 20, 20, "2026-01-01") for task in tasks])
