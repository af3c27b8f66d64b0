"""Where records and baselines are looked for."""

import os
from pathlib import Path

import stablebert


def store_folder(given: str, root: Path) -> Path:
    """Return the folder of the records: the one given, else `$STABLEBERT_STORE`, else `.stablebert/runs` below root."""
    chosen = given or os.environ.get("STABLEBERT_STORE")
    return Path(chosen) if chosen else root / ".stablebert" / "runs"


def baseline_folders(given: str, root: Path) -> tuple[Path, ...]:
    """Return where baselines are looked for, first to last: given, `baselines` below root, those of the wheel."""
    installed = Path(stablebert.__file__).parent / "_baselines"
    return tuple(folder for folder in (Path(given) if given else None, root / "baselines", installed) if folder)
