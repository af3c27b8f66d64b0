"""Runs on a cluster: one process sends them, waits for them and writes the one store."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice
from queue import SimpleQueue
from types import TracebackType
from typing import Protocol, Self

from stablebert.foreign import reason_of
from stablebert.records import RunStore, run_keys
from stablebert.records.obtain import obtain
from stablebert.runs import Record, RunSpec, format_id
from stablebert.workers.ended import Report, end_run
from stablebert.workers.node import Made, record_of

_Ended = SimpleQueue[tuple[int, Future[Record]]]


class LostError(ValueError):
    """A run was lost with its machine or process, as often as it was sent again."""


class Answer(Protocol):
    """A run that was sent to a cluster."""

    def result(self) -> Made:
        """Wait for it; any exception means that it was lost, and nothing is known of it."""

    def cancel(self) -> None:
        """End it, wherever it is."""


class Cluster(Protocol):
    """Where runs are made: an adapter of one page each for Ray and for Slurm.

    Attributes:
        slots: Runs that it makes at a time, None where it does not say.
    """

    slots: int | None

    def submit(self, spec: RunSpec) -> Answer:
        """Send a run there, and return at once; `workers.node.make_run` is what is done there."""

    def close(self) -> None:
        """Leave it."""


class Driver:
    """Sends runs to a cluster and stores what comes back; it alone writes to the store, by the store's own functions.

    A run is asked for in a thread of its own that waits for it. It holds the run's lock, finds a record that is there,
    and publishes the one that comes: all that is true of a run of this machine holds here, since it is the same
    function that obtains it. What is lost with a machine is sent again; what has ended in an error is not, and a run
    that has diverged is a record like any other.

    Args:
        cluster: Where runs are made; left at the end.
        store: Where records lie.
        retries: How often a run that was lost is sent again, >= 0.
        at_once: Runs that are sent at a time, >= 1.

    Attributes:
        at_once: As given.
        slots: Runs that are made at a time, as far as is known.
    """

    def __init__(self, cluster: Cluster, store: RunStore, *, retries: int = 2, at_once: int = 256) -> None:
        self.at_once = at_once
        self.slots = min(at_once, cluster.slots or at_once)
        self._cluster, self._store, self._retries = cluster, store, retries
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="stablebert-run")
        self._lock = threading.Lock()
        self._sent: set[Answer] = set()
        self._asked: dict[RunSpec, Future[Record]] = {}
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def submit(self, spec: RunSpec) -> "Future[Record]":
        """Return what will be the record of a run, in the store when it is there.

        Asked for twice while it is under way, it is one. One that has ended is forgotten here: asked for again, its
        record comes from the store, and an error is what `obtain` says of a run that has failed in its session.

        The future raises as `obtain` does, and `LostError`.

        Raises:
            ValueError: its class is one of seeds side by side, which one process of this machine trains.
        """
        if len(spec.stack) > 1:
            raise ValueError(f"{format_id(spec)}: seeds side by side are of this machine, and no cluster makes them")
        future = self._asked.get(spec)
        if future is None:
            future = self._asked[spec] = self._threads.submit(self._obtain, spec)
            # called at once where it has ended already, so that no entry is left
            future.add_done_callback(partial(self._forget, spec))
        return future

    def close(self) -> None:
        """Cancel what has not ended, and leave the cluster; what has ended is in the store."""
        with self._lock:
            self._is_closed = True
            left = list(self._sent)
        for answer in left:
            answer.cancel()
        self._threads.shutdown(cancel_futures=True)
        self._cluster.close()

    def _forget(self, spec: RunSpec, _: "Future[Record]") -> None:
        self._asked.pop(spec, None)

    def _obtain(self, spec: RunSpec) -> Record:
        with self._lock:
            # digests of code, data and weights are remembered: one thread makes them, and not all at a time
            run_keys(spec)
        return obtain(spec, self._store, self._train)

    def _train(self, spec: RunSpec) -> Record:
        reason = ""
        for _ in range(self._retries + 1):
            try:
                made = self._result(spec)
            except Exception as error:
                if self._is_closed:
                    # nothing is said of a run that this process gives up: neither an error nor an attempt
                    raise KeyboardInterrupt from None
                reason = reason_of(error)
            else:
                return record_of(made, spec)
        raise LostError(f"{format_id(spec)}: was lost {self._retries + 1} times on the cluster, at last by {reason}")

    def _result(self, spec: RunSpec) -> Made:
        with self._lock:
            if self._is_closed:
                raise KeyboardInterrupt
            answer = self._cluster.submit(spec)
            self._sent.add(answer)
        try:
            return answer.result()
        finally:
            with self._lock:
                self._sent.discard(answer)


def make_all(specs: Sequence[RunSpec], driver: Driver, report: Report) -> list[Exception | None]:
    """Make every run that the store lacks on a cluster; returns, reports and goes on as `run_all` does.

    As many runs as the driver sends at a time are asked for, and the next when one has ended, so that no more records
    than these wait for their report.

    Args:
        specs: The runs.
        driver: Sends them.
        report: Called here for every run as it ends.
    """
    wrong: dict[int, Exception | None] = {}
    ended: _Ended = SimpleQueue()
    waiting = iter(enumerate(specs))

    def ask_for(number: int) -> None:
        for index, spec in islice(waiting, number):
            driver.submit(spec).add_done_callback(partial(_put, ended, index))

    ask_for(driver.at_once)
    while len(wrong) < len(specs):
        index, future = ended.get()
        ask_for(1)
        error = future.exception()
        if error is not None and not isinstance(error, Exception):
            raise error
        wrong[index] = end_run(specs[index], future.result() if error is None else error, report)
        # it holds the record, and the next may be long in coming
        del future
    return [wrong[index] for index in range(len(specs))]


def _put(ended: _Ended, index: int, future: Future[Record]) -> None:
    ended.put((index, future))
