"""Planted changes trained for real, in stores of their own.

A change is planted in the process that trains and taken out again behind every run, so that nothing of it can be taken
for a real run. The seeds are nobody else's. A run is missing where the store has none of its cell and seed, whatever
code has made it: the cell's key holds data, weights and recipe.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stablebert.records import RunStore
from stablebert.records.provenance import run_keys
from stablebert.runs import Record, RunSpec, cell_key, format_id
from stablebert.workers import run_all
from tests.defects.arms import ARMS

if TYPE_CHECKING:
    from tests.defects.planting import Defect

TASKS = ("trec", "intensity")
FIRST_SEED = 200
MOST_SEEDS = 20


def cell_of(task: str, precision: str = "fp32") -> RunSpec:
    """Return a run of the cell in which the changes are planted, in a precision class that a bridge joins to it."""
    return RunSpec(task=task, precision=precision)


def defect_of(arm: str) -> "Defect | None":
    """Return the defect that an arm plants, or None for the control."""
    from tests.defects import optimizer, quiet, recipe

    catalogue = {defect.id: defect for defect in (*optimizer.DEFECTS, *recipe.DEFECTS, *quiet.DEFECTS)}
    return catalogue[ARMS[arm].defect] if ARMS[arm].defect else None


def train_planted(arm: str, spec: RunSpec, **options: Any) -> Record:
    """Train one run with an arm's defect in place, and take it out again.

    Args:
        arm: A key of `ARMS`.
        spec: The run.
        options: As `stablebert.train` takes them.
    """
    import torch

    from stablebert.training import train

    defect = defect_of(arm)
    # some defects draw from torch's own generator, which is to be the seed's and not that of the run before
    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng():
        torch.manual_seed(spec.seed)
        if defect is not None:
            defect.plant(patch)
        return train(spec, **options)


def missing(arm: str, specs: Sequence[RunSpec], store: Path) -> list[RunSpec]:
    """Return the runs of an arm that its store lacks, in their order."""
    stored = {
        (cell_key(record.spec, record.data_digest, record.weights_digest), record.spec.precision, record.spec.seed)
        for record in RunStore(store / arm).records()
    }
    return [spec for spec in specs if (run_keys(spec).cell, spec.precision, spec.seed) not in stored]


def train_missing(arm: str, specs: Sequence[RunSpec], store: Path, jobs: int) -> int:
    """Train the runs of an arm that its store lacks, and return how many have ended in an error.

    Args:
        arm: A key of `ARMS`.
        specs: The runs.
        store: Folder of all arms' stores.
        jobs: Processes that train, one thread each.
    """
    lacking = missing(arm, specs, store)
    print(f"planted: {arm}, {len(lacking)} of {len(specs)} runs are missing", flush=True)
    errors = run_all(lacking, store / arm, jobs=jobs, report=_report, train=partial(train_planted, arm))
    return sum(error is not None for error in errors)


def _report(spec: RunSpec, outcome: Record | Exception) -> None:
    # the command line's own would import the gate
    if isinstance(outcome, Exception):
        print(f"{format_id(spec)}  ERROR  {outcome}", flush=True)
        return
    failed = f"  failed: {outcome.failed_reason}" if outcome.failed else ""
    print(f"{format_id(spec)}  test {outcome.best_test:.2f}  {outcome.seconds:.0f} s{failed}", flush=True)
