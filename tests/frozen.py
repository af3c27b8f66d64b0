"""Margins of synthetic baselines, as an acceptance would have frozen them."""

from pathlib import Path

# a test with `pytester` forgets the modules that it loads, and numpy's cannot be loaded twice
import scipy.special  # noqa: F401

from stablebert.baselines import derived_margins, write_margins


def freeze_margins(folder: Path) -> None:
    """Write the margins of all cells that a folder of baselines has."""
    write_margins(folder, derived_margins(folder))
