"""Floor 3: what runs have left behind: write-once records, and baselines in git. Imports no torch."""

from stablebert.store.baselines import (
    Baseline,
    BaselineError,
    baseline_files,
    baseline_path,
    find_baseline,
    read_baseline,
)
from stablebert.store.obtain import obtain
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
    "obtain",
    "read_baseline",
    "run_keys",
]
