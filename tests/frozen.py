"""Margins of synthetic baselines, as an acceptance would have frozen them."""

from contextlib import suppress
from pathlib import Path

# a test with `pytester` forgets the modules that it loads, and numpy's cannot be loaded twice
import scipy.special  # noqa: F401

from stablebert.baselines import BaselineError, baseline_files, cell_at, derived_margin, write_margins


def freeze_margins(folder: Path) -> None:
    """Write the margins of all cells that a folder of baselines has, but of those whose file is damaged."""
    margins = []
    for path in baseline_files(folder):
        with suppress(BaselineError):
            margins.append(derived_margin(folder, cell_at(path)))
    write_margins(folder, margins)
