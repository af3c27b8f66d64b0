"""A store that holds every record of a session: records of the size of real ones, with the scores of accepted runs."""

import math
import os
import random
from dataclasses import asdict
from functools import cache
from pathlib import Path
from unittest.mock import patch

from stablebert.baselines import Baseline, baseline_files, read_baseline
from stablebert.records import RunStore, run_keys
from stablebert.runs import (
    Evaluation,
    Record,
    RunRow,
    RunSpec,
    StepSeries,
    digest_of,
    encode_array,
)
from stablebert.runs import total_steps as updates_of
from stablebert.tasks import Task, load_task, source_available
from stablebert.training.evaluation import evaluation_steps

# no baseline has these seeds, so that no cell is decided by being identical
FIRST_SEED = 1000
_PLACES = ("embeddings", *(f"block{block:02}" for block in range(1, 7)), "pooler", "head")
_STREAMS = ("head", "order", "dropout", "reinit", "mixout")


def fill_store(folder: Path, baselines: Path, runs: int) -> int:
    """Store records for as many seeds of every accepted cell of the embedded encoder; return how many seeds.

    Args:
        folder: Of the store.
        baselines: Folder of the baselines.
        runs: How many there must be at least, >= 1; the seeds begin at `FIRST_SEED`.

    Raises:
        ValueError: there is no accepted cell.
    """
    accepted = accepted_below(baselines)
    store, seeds = RunStore(folder), math.ceil(runs / len(accepted))
    # nobody misses them after a power failure, and a disk takes an hour to be sure of 20,000
    with patch.object(os, "fsync", lambda _: None):
        for baseline in accepted:
            cell = _spec_of(baseline)
            task = load_task(cell.task)
            for place in range(seeds):
                spec, row = cell.with_seed(FIRST_SEED + place), baseline.rows[place % len(baseline.rows)]
                keys = run_keys(spec)
                store.publish(keys.record, stored_record(spec, row, task), {"code": keys.code})
    return seeds


@cache
def accepted_below(baselines: Path) -> tuple[Baseline, ...]:
    """Return the accepted cells of the embedded encoder whose data is at hand.

    Args:
        baselines: Folder of the baselines.

    Raises:
        ValueError: there is none.
    """
    found = map(read_baseline, baseline_files(baselines, "minilm"))
    accepted = tuple(baseline for baseline in found if source_available(_spec_of(baseline).task))
    if not accepted:
        raise ValueError(f"{baselines} holds no accepted cell of minilm")
    return accepted


def template_of(baseline: Baseline) -> Record:
    """Return a record of the first seed of an accepted cell, with the scores of its first run."""
    spec = _spec_of(baseline).with_seed(FIRST_SEED)
    return stored_record(spec, baseline.rows[0], load_task(spec.task))


def stored_record(spec: RunSpec, row: RunRow, task: Task) -> Record:
    """Return a record as long as a trained one, with the scores of a row and drawn numbers elsewhere.

    Args:
        spec: The run that it is said to be.
        row: An accepted run.
        task: The data of the run.
    """
    drawn = random.Random(spec.seed)
    keys, steps = run_keys(spec), updates_of(spec.length, len(task.train), spec.recipe.batch_size)

    def series(middle: float) -> tuple[float, ...]:
        return tuple(middle * (0.5 + drawn.random()) for _ in range(steps))

    evaluations = tuple(
        Evaluation(step, row.validation, row.log_loss, {place: drawn.random() for place in _PLACES})
        for step in evaluation_steps(steps, spec.recipe.evaluations)
    )
    shape = (len(task.test), task.num_labels)
    return Record(
        spec=spec,
        metric=task.metric,
        data_digest=keys.data,
        weights_digest=keys.weights,
        best_step=row.best_step,
        best_validation=row.validation,
        best_test=row.test,
        last_validation=row.last_validation,
        evaluations=evaluations,
        steps=StepSeries(series(row.training_loss), series(1e-4), series(3.0), series(0.1)),
        test_logits=encode_array([drawn.random() for _ in range(shape[0] * shape[1])], shape),
        census={"made by": "perf/stored.py; nothing was trained"},
        failed=row.failed,
        failed_reason=row.failed_reason or None,
        at_most_majority=False,
        environment={"device": "cpu", "path": "none: perf/stored.py"},
        fingerprints={name: digest_of([name, spec.seed]) for name in _STREAMS},
        seconds=0.0,
    )


def _spec_of(baseline: Baseline) -> RunSpec:
    return RunSpec(**asdict(baseline.cell))
