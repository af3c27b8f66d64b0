"""Planted changes trained for real: `python -m tests.defects.planted_runs --store FOLDER --seeds N` makes what is missing.

A change is planted in the process that trains and taken out again behind every run, and its records lie in a store of
its own, so that nothing of it can be taken for a real run. The seeds are nobody else's. A run is missing where the store
has none of its cell and seed, whatever code has made it: the cell's key holds data, weights and recipe.

This file judges nothing and imports nothing of the gate, so that it also runs with the package of another tree:
`tests.defects.real_runs --package` starts it so.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stablebert.records import RunStore
from stablebert.records.provenance import run_keys
from stablebert.runs import Record, RunSpec, cell_key, format_id
from stablebert.workers import run_all
from tests.defects.arms import ARMS

TASKS = ("trec", "intensity")
FIRST_SEED = 100
MOST_SEEDS = 20


def cell_of(task: str) -> RunSpec:
    """Return a run of the cell in which the changes are planted."""
    return RunSpec(task=task)


def planted_specs(tasks: Sequence[str], seeds: range) -> list[RunSpec]:
    """Return the runs of every task, by task and seed."""
    return [cell_of(task).with_seed(seed) for task in tasks for seed in seeds]


def train_planted(arm: str, spec: RunSpec, **options: Any) -> Record:
    """Train one run with an arm's defect in place, and take it out again.

    Args:
        arm: A key of `ARMS`.
        spec: The run.
        options: As `stablebert.train` takes them.
    """
    import torch

    from stablebert.training import train
    from tests.defects import optimizer, quiet, recipe

    catalogue = {defect.id: defect for defect in (*optimizer.DEFECTS, *recipe.DEFECTS, *quiet.DEFECTS)}
    number = ARMS[arm].defect
    # some defects draw from torch's own generator, which is to be the seed's and not that of the run before
    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng():
        torch.manual_seed(spec.seed)
        if number:
            catalogue[number].plant(patch)
        return train(spec, **options)


def missing(arm: str, specs: Sequence[RunSpec], store: Path) -> list[RunSpec]:
    """Return the runs of an arm that its store lacks, in their order."""
    stored = {
        (cell_key(record.spec, record.data_digest, record.weights_digest), record.spec.seed)
        for record in RunStore(store / arm).records()
    }
    return [spec for spec in specs if (run_keys(spec).cell, spec.seed) not in stored]


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
    results = run_all(lacking, store / arm, jobs=jobs, report=_report, train=partial(train_planted, arm))
    return sum(isinstance(result, Exception) for result in results)


def _report(spec: RunSpec, outcome: Record | Exception) -> None:
    # the command line's own would import the gate
    if isinstance(outcome, Exception):
        print(f"{format_id(spec)}  ERROR  {outcome}", flush=True)
        return
    failed = f"  failed: {outcome.failed_reason}" if outcome.failed else ""
    print(f"{format_id(spec)}  test {outcome.best_test:.2f}  {outcome.seconds:.0f} s{failed}", flush=True)


def add_options(parser: argparse.ArgumentParser, *, store: bool) -> None:
    """Add the options that say what is trained, and where."""
    parser.add_argument("--store", type=Path, required=store, help="folder of the arms' stores")
    parser.add_argument("--jobs", type=int, default=1, help="processes of one thread each (default: 1)")
    parser.add_argument("--only", choices=ARMS, nargs="+", default=tuple(ARMS), help="arms (default: all)")
    parser.add_argument("--tasks", choices=TASKS, nargs="+", default=TASKS, help="tasks (default: all)")


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, store=True)
    parser.add_argument("--seeds", type=int, required=True, help=f"how many, at most {MOST_SEEDS}")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help=f"the first of them (default: {FIRST_SEED})")
    given = parser.parse_args()
    if not 1 <= given.seeds <= MOST_SEEDS:
        parser.error(f"--seeds is {given.seeds}; it must be in [1, {MOST_SEEDS}]")
    specs = planted_specs(given.tasks, range(given.first, given.first + given.seeds))
    errors = {arm: train_missing(arm, specs, given.store, given.jobs) for arm in given.only}
    wrong = [f"{arm}: {count}" for arm, count in errors.items() if count]
    if wrong:
        raise SystemExit(f"runs that ended in an error: {', '.join(wrong)}")


if __name__ == "__main__":
    _main()
