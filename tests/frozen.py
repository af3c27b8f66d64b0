"""Margins of synthetic baselines, as an acceptance would have frozen them."""

from pathlib import Path

from stablebert.baselines import derived_margins, write_margins


def freeze_margins(folder: Path) -> None:
    """Write the margins of all cells that a folder of baselines has."""
    write_margins(folder, derived_margins(folder))
