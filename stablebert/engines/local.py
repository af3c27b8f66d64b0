"""Runs on this machine: one process a worker, one thread a process."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

from stablebert.runs import Record, RunSpec
from stablebert.store import RunStore, obtain
from stablebert.store.obtain import Train

Report = Callable[[RunSpec, Record | Exception], None]


def run_all(
    specs: Sequence[RunSpec], store: Path, *, jobs: int, report: Report, train: Train | None = None
) -> list[Record | Exception]:
    """Make every run that the store lacks, and return records or errors in the order of the specs.

    A run that fails with an error is reported and the others go on. An interruption stops the workers at once; what was
    finished is in the store, and a later call takes it from there.

    Args:
        specs: The runs.
        store: Folder of the store.
        jobs: Processes, >= 1; 1 runs in this process.
        report: Called here for every run as it ends.
        train: As in `obtain`; must be a module's function where jobs > 1.

    Raises:
        ValueError: jobs < 1.
    """
    if jobs < 1:
        raise ValueError(f"jobs is {jobs}; it must be >= 1")
    if jobs == 1:
        results = []
        for spec in specs:
            results.append(_attempt(spec, store, train))
            report(spec, results[-1])
        return results
    found: dict[Future[Record | Exception], int] = {}
    outcome: list[Record | Exception] = [RuntimeError("not run")] * len(specs)
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_one_thread)
    try:
        for index, spec in enumerate(specs):
            found[pool.submit(_attempt, spec, store, train)] = index
        for future in as_completed(found):
            index = found[future]
            error = future.exception()
            outcome[index] = future.result() if error is None else RuntimeError(f"worker died: {error}")
            report(specs[index], outcome[index])
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return outcome


def _attempt(spec: RunSpec, store: Path, train: Train | None) -> Record | Exception:
    try:
        return obtain(spec, RunStore(store), train)
    except Exception as error:
        return error


def _one_thread() -> None:
    # read by torch's libraries when they are first loaded, which in a fresh process is after this
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
