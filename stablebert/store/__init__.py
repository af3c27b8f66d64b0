"""Floor 3: what runs have left behind: write-once records, and baselines in git. No torch; imported when first used."""

from typing import TYPE_CHECKING

from stablebert.lazy import lazy_names

if TYPE_CHECKING:
    from stablebert.store.baselines import (
        Baseline,
        BaselineError,
        baseline_files,
        baseline_path,
        find_baseline,
        read_baseline,
    )
    from stablebert.store.provenance import Keys, code_digest, run_keys
    from stablebert.store.records import RunStore, StoreError
    from stablebert.training.device import device_type

__all__ = [
    "Baseline",
    "BaselineError",
    "Keys",
    "RunStore",
    "StoreError",
    "baseline_files",
    "baseline_path",
    "code_digest",
    "device_type",
    "find_baseline",
    "read_baseline",
    "run_keys",
]
_HOMES = {
    "store.baselines": (
        "Baseline",
        "BaselineError",
        "baseline_files",
        "baseline_path",
        "find_baseline",
        "read_baseline",
    ),
    "store.provenance": ("Keys", "code_digest", "run_keys"),
    "store.records": ("RunStore", "StoreError"),
    "training.device": ("device_type",),
}
__getattr__ = lazy_names(__name__, {name: f"stablebert.{home}" for home, names in _HOMES.items() for name in names})
