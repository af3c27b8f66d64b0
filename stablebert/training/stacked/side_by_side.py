"""The loop over several seeds of a cell at once, and the record of each."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace

import torch

from stablebert.runs import Record, RunSpec, seed_id
from stablebert.tasks import Task, load_task
from stablebert.training.device import repeatable
from stablebert.training.evaluation import predict
from stablebert.training.loop import Course
from stablebert.training.outcome import summarise
from stablebert.training.setup import Run, prepare
from stablebert.training.stacked.alone import check_together
from stablebert.training.stacked.stacking import Stack
from stablebert.training.watching import Watch, watched

PATH = "stacked"


def fine_tune_together(specs: Sequence[RunSpec], task: Task | None, watches: Sequence[Watch] | None) -> list[Record]:
    """Do what `stablebert.training.train_together` says."""
    check_together(specs)
    started = time.perf_counter()
    with repeatable():
        data = task or load_task(specs[0].task, specs[0].task_source)
        runs = [prepare(spec, data) for spec in specs]
        courses = optimize_together(runs, watches)
        records = [_record(course) for course in courses]
    seconds = time.perf_counter() - started
    seeds = " ".join(map(seed_id, specs))
    return [
        replace(record, seconds=seconds, environment={**record.environment, "path": PATH, "beside": seeds})
        for record in records
    ]


def optimize_together(runs: Sequence[Run], watches: Sequence[Watch] | None = None) -> list[Course]:
    """Do the updates and evaluations of prepared runs of one cell, and return their courses, which are over.

    All of a run but the passes of its updates is done as in a run alone: its batches, rates, clipping, update,
    evaluations and best weights. A run that ends before the others, since its loss is not finite, leaves the stack.

    Args:
        runs: Prepared runs of one cell and different seeds.
        watches: Who is told of each run's updates, or None.
    """
    courses = [Course(run) for run in runs]
    nobody: list[Watch | None] = [None] * len(runs)
    told = dict(zip(map(id, courses), watches or nobody, strict=True))
    going = [course for course in courses if not course.over]
    while going:
        stack, present = Stack([course.run for course in going]), len(going)
        while len(going) == present:
            logits = stack.logits([course.step for course in going], [course.begin() for course in going])
            losses = [course.loss(part) for course, part in zip(going, logits, strict=True)]
            torch.stack(losses).sum().backward()
            for course in going:
                watch = told[id(course)]
                with nullcontext() if watch is None else watched(watch):
                    course.update()
            going = [course for course in going if not course.over]
    return courses


def _record(course: Course) -> Record:
    run, (steps, evaluations, best) = course.run, course.outcome()
    best.restore(run.model)
    test = predict(run.model, run.splits["test"], run.forward)
    return summarise(run, steps, evaluations, best, test, 0.0)
