"""A cluster in threads of this process, which loses what it is told to; and what real ones do in the place of training."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from stablebert.workers.node import make_run
from tests.records import fake_runs


class FakeCluster:
    """Makes runs in threads.

    Args:
        train: From spec to record.
        lose: How often each seed is lost before it is made, by seed.
        change: What becomes of what comes back.
    """

    def __init__(self, train=fake_runs.train, lose=None, change=lambda made: made, slots=4):
        self.slots = slots
        self.sent, self.most, self.is_closed = [], 0, False
        self._train, self._lose, self._change = train, dict(lose or {}), change
        self._threads = ThreadPoolExecutor(slots)
        self._now = 0
        self._lock = threading.Lock()

    def submit(self, spec):
        self.sent.append(spec.seed)
        return FakeAnswer(self._threads.submit(self._make, spec))

    def close(self):
        self.is_closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _make(self, spec):
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            if self._lose.get(spec.seed, 0):
                self._lose[spec.seed] -= 1
                raise ConnectionError("the machine is gone")
            return self._change(make_run(spec, {}, self._train))
        finally:
            with self._lock:
                self._now -= 1


class FakeAnswer:
    def __init__(self, future):
        self._future = future
        self._cancelled = threading.Event()

    def result(self):
        while not self._future.done():
            if self._cancelled.wait(0.01):
                raise ConnectionError("cancelled")
        return self._future.result()

    def cancel(self):
        self._cancelled.set()


def train_diverged(spec):
    """Train; the loss is not finite."""
    record = fake_runs.train(spec)
    return replace(record, failed=True, failed_reason="loss not finite after 1 updates")


def train_and_say_where(spec):
    """Train for a while, and put the process and its threads into the record."""
    record = fake_runs.train_in_one_thread(spec)
    time.sleep(0.3)
    return record


def train_for_ever_but_10(spec):
    """Train until somebody ends it; seed 10 ends at once."""
    return fake_runs.train(spec) if spec.seed == 10 else fake_runs.train_for_ever(spec)


def train_until_told(spec):
    """Train until the file `go` is there; seed 0 does not wait."""
    record = fake_runs.train(spec)
    while spec.seed and not (Path(os.environ["FAKE_TRAINED"]).parent / "go").exists():
        time.sleep(0.05)
    return record
