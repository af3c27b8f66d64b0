"""Get a run's record: from the store if it is there, else by training it, once."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from stablebert.paper import intermediate_run
from stablebert.records.provenance import Keys, run_keys
from stablebert.records.store import RunStore, StoreError
from stablebert.runs import Record, RunSpec

Train = Callable[[RunSpec], Record]


def obtain(spec: RunSpec, store: RunStore, train: Train | None = None) -> Record:
    """Return the record of a run, training it if the store has none.

    Whoever trains holds the run's lock, so that a second process waits for the record instead of making it too. The
    first stage of `transfer` is a run of its own, and is found or made in the same way.

    Args:
        spec: The run.
        store: Where records lie.
        train: From spec to record; None is `stablebert.train`.

    Raises:
        StoreError: a record is damaged or cannot be written, or two attempts have ended without one.
        ValueError: the run cannot be made: something in its spec is unknown or cannot be had.
    """
    keys = run_keys(spec)
    record = store.load(keys.record)
    if record is not None:
        return record
    first = None if train else intermediate_run(spec)
    start_from = None if first is None else _obtain_encoder(first, store)
    with store.lock(keys.record):
        record = store.load(keys.record)
        if record is not None:
            return record
        return _make(spec, keys, store, train or partial(_train, start_from=start_from))


def _obtain_encoder(spec: RunSpec, store: RunStore) -> Path:
    """Return the folder of the encoder that a run has left, making the run if there is none.

    A run whose record is there without its encoder is made again; the record that stands must then be equal.
    """
    keys = run_keys(spec)
    home = store.encoder_folder(keys.record)
    with store.lock(keys.record):
        if home.is_dir():
            return home
        part = home.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            _make(spec, keys, store, partial(_train, keep=part))
            part.rename(home)
        except OSError as error:
            raise StoreError(f"cannot write {home}: {error}; nothing was left half written") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return home


def _make(spec: RunSpec, keys: Keys, store: RunStore, train: Train) -> Record:
    with store.attempt(keys.record):
        made = train(spec)
        written = datetime.now(UTC).isoformat(timespec="seconds")
        provenance = {"spec": keys.spec, "cell": keys.cell, "code": keys.code, "written": written}
        return store.publish(keys.record, made, provenance)


def _train(spec: RunSpec, *, start_from: Path | None = None, keep: Path | None = None) -> Record:
    from stablebert.training import train

    return train(spec, start_from=start_from, keep=keep)
