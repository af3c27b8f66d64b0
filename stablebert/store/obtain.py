"""Get a run's record: from the store if it is there, else by training it, once."""

from collections.abc import Callable
from datetime import UTC, datetime

from stablebert.runs import Record, RunSpec
from stablebert.store.provenance import run_keys
from stablebert.store.records import RunStore

Train = Callable[[RunSpec], Record]


def obtain(spec: RunSpec, store: RunStore, train: Train | None = None) -> Record:
    """Return the record of a run, training it if the store has none.

    Whoever trains holds the run's lock, so that a second process waits for the record instead of making it too.

    Args:
        spec: The run.
        store: Where records lie.
        train: From spec to record; None is `stablebert.train`.

    Raises:
        StoreError: a record is damaged or cannot be written, or two attempts have ended without one.
        ValueError: the run cannot be made: something in its spec is unknown or cannot be had.
    """
    keys = run_keys(spec)
    key = keys.record
    record = store.load(key)
    if record is not None:
        return record
    with store.lock(key):
        record = store.load(key)
        if record is not None:
            return record
        with store.attempt(key):
            made = (train or _train)(spec)
            written = datetime.now(UTC).isoformat(timespec="seconds")
            provenance = {"spec": keys.spec, "cell": keys.cell, "code": keys.code, "written": written}
            return store.publish(key, made, provenance)


def _train(spec: RunSpec) -> Record:
    from stablebert.training import train

    return train(spec)
