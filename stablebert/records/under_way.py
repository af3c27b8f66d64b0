"""Runs under way: a note each in the store, written anew while the run trains, which other processes read.

A note tells people how far a run is; nothing is decided by it, and a note that cannot be written costs nothing else.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from stablebert.checked import check_fields
from stablebert.files import write_whole
from stablebert.training.watching import Watch

_FOLDER = "under-way"
_EVERY = 2.0
# a process that was killed leaves its note; between two updates there may be an evaluation
_FORGOTTEN = 900.0


@dataclass(frozen=True)
class UnderWay:
    """How far a run is.

    Attributes:
        run: Its id.
        key: Its record key.
        started: When it was begun, in seconds since the epoch.
        seen: When this was written.
        done: Updates done; 0 while data and encoder are loaded.
        steps: Updates in all; 0 until the first is done.
        loss: Of the last update, None before it.
        first: When the first update was done, None before it.
    """

    run: str
    key: str
    started: float
    seen: float
    done: int = 0
    steps: int = 0
    loss: float | None = None
    first: float | None = None

    @property
    def whole(self) -> float | None:
        """The seconds that the run will have taken at its pace since the first update, None before the second."""
        if self.first is None or self.done < 2:
            return None
        return self.first - self.started + (self.seen - self.first) / (self.done - 1) * (self.steps - 1)

    @property
    def share(self) -> float:
        """The part of the updates that is done, 0 to 1."""
        return self.done / self.steps if self.steps else 0.0


@contextmanager
def noted(run: str, folder: Path, key: str, clock: Callable[[], float] = time.time) -> Iterator[Watch]:
    """Keep a note of a run in a store while it trains, and give what is to be told of its updates.

    Args:
        run: Its id.
        folder: Of the store.
        key: Its record key.
        clock: Seconds since the epoch.
    """
    path = folder / _FOLDER / f"{key}.json"
    note = UnderWay(run, key, clock(), clock())
    _write(path, note)

    def watch(done: int, steps: int, loss: float) -> None:
        nonlocal note
        now = clock()
        if note.first is None or now - note.seen >= _EVERY:
            note = replace(note, seen=now, done=done, steps=steps, loss=loss, first=note.first or now)
            _write(path, note)

    try:
        yield watch
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def runs_under_way(folder: Path, now: float) -> list[UnderWay]:
    """Return the runs that train into a store, in the order in which they were begun.

    Args:
        folder: Of the store.
        now: In seconds since the epoch; notes that nobody has written for a quarter of an hour are left out.
    """
    found = (_read(path) for path in (folder / _FOLDER).glob("*.json"))
    return sorted((one for one in found if one and now - one.seen < _FORGOTTEN), key=lambda one: (one.started, one.run))


def _write(path: Path, note: UnderWay) -> None:
    with suppress(OSError):
        write_whole(path, json.dumps(asdict(note)))


def _read(path: Path) -> UnderWay | None:
    # gone since the folder was listed, or of another version
    with suppress(OSError, ValueError, TypeError, RecursionError):
        note = UnderWay(**json.loads(path.read_text(encoding="utf-8")))
        check_fields(note)
        return note
    return None
