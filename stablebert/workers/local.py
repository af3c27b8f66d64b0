"""Runs on this machine: one process a worker, one thread a process."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

from stablebert.machine import claim_device
from stablebert.records import RunStore
from stablebert.records.obtain import Train, obtain
from stablebert.runs import Record, RunSpec
from stablebert.watched import end_in_order
from stablebert.workers.ended import Report, end_run
from stablebert.workers.units import Unit, units_of

_End = Callable[[int, Record | Exception], None]
_Work = Callable[[Sequence[RunSpec]], list[Record | Exception]]


def run_all(
    specs: Sequence[RunSpec],
    store: Path,
    *,
    jobs: int,
    report: Report,
    train: Train | None = None,
    run_timeout: float | None = None,
) -> list[Exception | None]:
    """Make every run that the store lacks, and return of each in order what went wrong, or None where it is stored.

    A run that fails with an error, or whose process dies, is reported and the others go on. An interruption stops the
    workers at once; what was finished is in the store, and a later call takes it from there. No record is kept beyond
    its report: `load_run` finds it.

    Args:
        specs: The runs.
        store: Folder of the store.
        jobs: Processes, >= 1; 1 runs in this process.
        report: Called here for every run as it ends.
        train: As in `obtain`; must be a module's function where jobs > 1.
        run_timeout: Seconds that a run may take, > 0; None for ever.

    Raises:
        ValueError: jobs < 1.
    """
    if jobs < 1:
        raise ValueError(f"jobs is {jobs}; it must be >= 1")
    wrong: dict[int, Exception | None] = {}

    def end(index: int, result: Record | Exception) -> None:
        wrong[index] = end_run(specs[index], result, report)

    units = units_of(specs)
    if jobs == 1:
        for index in (index for unit in units for index in unit):
            end(index, _attempt(specs[index], store, train, run_timeout))
        return [wrong[index] for index in range(len(specs))]
    # a dead process breaks its whole pool, so the rest goes to a new one; the run that kills its processes is refused
    # at its third attempt, and only processes that die before any run are left to be counted here
    barren = 0
    while waiting := [unit for unit in units if unit[0] not in wrong]:
        before = len(wrong)
        if barren > 2 * jobs:
            for index in (index for unit in waiting for index in unit):
                end(index, RuntimeError(f"worker processes died {barren} times in a row without finishing a run"))
            break
        work = partial(_work, store=store, train=train, run_timeout=run_timeout)
        _run_pool([(unit, [specs[index] for index in unit]) for unit in waiting], jobs, work, end)
        barren = barren + 1 if len(wrong) == before else 0
    return [wrong[index] for index in range(len(specs))]


def _run_pool(waiting: Sequence[tuple[Unit, Sequence[RunSpec]]], jobs: int, work: _Work, end: _End) -> None:
    """Make runs in fresh processes until all have ended or a process has died."""
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(waiting)), mp_context=context, initializer=_begin_worker)
    futures = {}
    try:
        try:
            for unit, specs in waiting:
                futures[pool.submit(work, specs)] = unit
        except BrokenProcessPool:
            return
        for future in as_completed(futures):
            _end_unit(futures.pop(future), future, end)
            # it holds records, and the next may be long in coming
            del future
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _end_unit(unit: Unit, future: "Future[list[Record | Exception]]", end: _End) -> None:
    try:
        results = future.result()
    except BrokenProcessPool:
        return
    except Exception as error:
        results = [error] * len(unit)
    for index, result in zip(unit, results, strict=True):
        end(index, result)


def _attempt(spec: RunSpec, store: Path, train: Train | None, run_timeout: float | None) -> Record | Exception:
    try:
        return obtain(spec, RunStore(store, run_timeout=run_timeout), train)
    except Exception as error:
        return error


def _work(
    specs: Sequence[RunSpec], store: Path, train: Train | None, run_timeout: float | None
) -> list[Record | Exception]:
    try:
        return [_attempt(spec, store, train, run_timeout) for spec in specs]
    except KeyboardInterrupt:
        # the run has tidied up after itself; a return would make the pool hand over the next one
        os._exit(1)


def _begin_worker() -> None:
    # read by torch's libraries when they are first loaded, which in a fresh process is after this
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    # the pool numbers its processes from 1, through all pools of this process
    number = multiprocessing.current_process().name.rpartition("-")[2]
    claim_device(int(number) - 1 if number.isdigit() else 0)
    # Ctrl-C reaches the whole process group; the parent alone decides, and ends its workers by SIGTERM
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_in_order()
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
