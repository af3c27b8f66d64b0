"""How far the runs of a session are, in one line."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from stablebert.analysis import time_left
from stablebert.records import RunStore, StoreError
from stablebert.records.under_way import UnderWay, runs_under_way

_SHOWN = 4


class Progress:
    """What has become of the runs of a session, as far as their store shows it.

    Args:
        folder: The store.
        workers: Processes that make runs; may be changed while they do.
        clock: Seconds since the epoch.
    """

    def __init__(self, folder: Path, workers: int, clock: Callable[[], float] = time.time) -> None:
        self._store = RunStore(folder)
        self.workers, self._clock = workers, clock
        self._before: frozenset[str] = frozenset()
        self._seconds: dict[str, float] = {}

    def line(self, done: int, total: int) -> str:
        """Return what is to be said now.

        Args:
            done: Runs that have ended, or are not needed.
            total: Runs in all; fewer where cells are decided early.
        """
        now = self._clock()
        found = runs_under_way(self._store.folder, now)
        keys = frozenset(one.key for one in found)
        for key in self._before - keys:
            self._take_time(key)
        self._before = keys
        # what a cluster has no room for yet was sent, and waits there
        busy = found[: self.workers]
        paces = [(one.whole, one.share) for one in busy]
        waiting = max(total - done - len(busy), 0)
        left = time_left(list(self._seconds.values()), paces, waiting, self.workers)
        return progress_line(done, total, found, left)

    def _take_time(self, key: str) -> None:
        """Take note of what a run has taken that is under way no more."""
        try:
            record = self._store.load(key)
        except StoreError:
            # whoever needs the record says so
            return
        if record is not None:
            self._seconds[key] = record.seconds


def progress_line(done: int, total: int, under_way: Sequence[UnderWay], left: float | None) -> str:
    """Return how many runs are done, how far those under way are, and how long the rest takes at the most.

    Args:
        done: Runs that have ended, or are not needed.
        total: Runs in all.
        under_way: Those that train.
        left: Seconds, None where that is not known.

    Example:
        >>> progress_line(3, 40, [UnderWay("trec_s003", "k", 0.0, 9.0, 41, 96, 0.52)], 1560.0)
        'stablebert: 3 of 40 runs done; at most 26 min left; trec_s003 step 41/96 loss 0.52'
    """
    shown = [_one(run) for run in under_way[:_SHOWN]]
    more = [f"{len(under_way) - _SHOWN} more under way"] if len(under_way) > _SHOWN else []
    # before the runs: a terminal cuts a long line
    rest = [f"at most {duration(left)} left"] if left else []
    return f"stablebert: {'; '.join((f'{done} of {total} runs done', *rest, *shown, *more))}"


def _one(run: UnderWay) -> str:
    loss = "" if run.loss is None else f" loss {run.loss:.2f}"
    return f"{run.run} step {run.done}/{run.steps}{loss}" if run.steps else f"{run.run} begins"


def duration(seconds: float) -> str:
    """Return seconds as people say them.

    Example:
        >>> duration(40), duration(1560), duration(9000)
        ('40 s', '26 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
