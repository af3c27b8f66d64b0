"""Get a run's record: from the store if it is there and of that run, else by training it and its stack, once."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from stablebert.files import is_sealed, move_whole, seal_folder
from stablebert.foreign import contained
from stablebert.paper import intermediate_run
from stablebert.records.provenance import Keys, run_keys
from stablebert.records.store import RunStore
from stablebert.records.store_errors import StoreError
from stablebert.records.under_way import noted
from stablebert.runs import Record, RunSpec, format_id, spec_id
from stablebert.training.watching import Watch, watched

Train = Callable[[RunSpec], Record]
_TrainAll = Callable[[Sequence[RunSpec], Sequence[Watch]], Sequence[Record]]


def load_run(spec: RunSpec, store: RunStore) -> Record | None:
    """Return the stored record of a run by the present code, or None if there is none; trains nothing.

    Args:
        spec: The run.
        store: Where records lie.

    Raises:
        StoreError: the record is damaged, or is of another run than the one asked for.
        ValueError: task, encoder, optimizer or a method of others is unknown or cannot be had.
    """
    return load_stored(spec, run_keys(spec), store)


def load_stored(spec: RunSpec, keys: Keys, store: RunStore) -> Record | None:
    """Return the record of a run's keys, None if there is none; a key alone is a name, and may be given to another.

    Args:
        spec: The run.
        keys: As `run_keys` gives them.
        store: Where records lie.

    Raises:
        StoreError: the record is damaged, or is of another run than the one asked for.
    """
    record = store.load(keys.record)
    if record is not None and _meaning(record.spec, keys) != _meaning(spec, keys):
        made, asked = format_id(record.spec), format_id(spec)
        raise StoreError(
            f"record {store.path(keys.record)} is of another run ({made}) than the one asked for ({asked}); remove it "
            "to have the run made again"
        )
    return record


def obtain(spec: RunSpec, store: RunStore, train: Train | None = None) -> Record:
    """Return the record of a run, training it if the store has none.

    Whoever trains holds the run's lock, so that a second process waits for the record instead of making it too. Of a
    class of seeds side by side the whole stack is made, all its locks held, so that no result depends on who else was
    asked for; an error is that of each run in it. The first stage of `transfer` is a run of its own, and is found or
    made in the same way.

    Args:
        spec: The run.
        store: Where records lie.
        train: From spec to record, for one run after the other; None is `stablebert.train` and `train_together`.

    Raises:
        StoreError: a record is damaged or cannot be written, or two attempts have ended without one.
        ValueError: the run cannot be made: something in its spec is unknown or cannot be had.
    """
    keys = run_keys(spec)
    record = load_stored(spec, keys, store)
    if record is not None:
        return record
    runs = {one: run_keys(one) for one in spec.stack}
    if len(runs) > 1 and store.run_timeout is not None:
        raise ValueError(
            f"run-timeout {store.run_timeout:g} s is of one run, and {len(runs)} seeds side by side end together"
        )
    if len(runs) == 1 or train:
        first = None if train else intermediate_run(spec)
        start_from = None if first is None else _obtain_encoder(first, store)
        train_all: _TrainAll = partial(_one_by_one, train or partial(_train, start_from=start_from))
    else:
        train_all = _train_together
    with ExitStack() as locks:
        # in one order, so that two sessions never wait for each other
        for key in sorted(each.record for each in runs.values()):
            locks.enter_context(store.lock(key))
        # whoever held the locks has made the run
        return load_stored(spec, keys, store) or _make(runs, store, train_all)[spec]


def train_anew(spec: RunSpec, store: RunStore) -> Record:
    """Train a run, whether its record is anywhere or not; it is not stored.

    Args:
        spec: The run.
        store: Where that first stage is found or made.

    Raises:
        StoreError: what it left cannot be written.
        ValueError: the run cannot be made.
    """
    first = intermediate_run(spec)
    return _train(spec, start_from=None if first is None else _obtain_encoder(first, store))


def _meaning(spec: RunSpec, keys: Keys) -> tuple[str, str]:
    # steps by another name, or an encoder that lies elsewhere, are the same run
    return spec_id(spec, keys.data, keys.weights), spec.precision


def _obtain_encoder(spec: RunSpec, store: RunStore) -> Path:
    """Return the folder of the encoder that a run has left, making the run if there is none.

    A run whose record is there without its encoder, or whose encoder is not as it was left, is made again; the record
    that stands must then be equal.
    """
    keys = run_keys(spec)
    home = store.encoder_folder(keys.record)
    with store.lock(keys.record):
        if is_sealed(home):
            return home
        part = home.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            _make({spec: keys}, store, partial(_one_by_one, partial(_train, keep=part)))
            seal_folder(part)
            shutil.rmtree(home, ignore_errors=True)
            move_whole(part, home)
        except OSError as error:
            raise StoreError(f"cannot write {home}: {error}; nothing was left half written") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return home


def _make(runs: Mapping[RunSpec, Keys], store: RunStore, train: _TrainAll) -> dict[RunSpec, Record]:
    """Train runs at once, with their locks held, and publish them; what stands already must then be equal."""
    with ExitStack() as notes:
        watches = []
        for spec, keys in runs.items():
            notes.enter_context(store.attempt(keys.record))
            watches.append(notes.enter_context(noted(format_id(spec), store.folder, keys.record)))
        first = next(iter(runs))
        with contained(first.optimizer or format_id(first)):
            made = train(list(runs), watches)
        written = datetime.now(UTC).isoformat(timespec="seconds")
        return {
            spec: store.publish(keys.record, record, keys.provenance(written))
            for (spec, keys), record in zip(runs.items(), made, strict=True)
        }


def _one_by_one(train: Train, specs: Sequence[RunSpec], watches: Sequence[Watch]) -> list[Record]:
    made = []
    for spec, watch in zip(specs, watches, strict=True):
        with watched(watch):
            made.append(train(spec))
    return made


def _train(spec: RunSpec, *, start_from: Path | None = None, keep: Path | None = None) -> Record:
    from stablebert.training import train

    return train(spec, start_from=start_from, keep=keep)


def _train_together(specs: Sequence[RunSpec], watches: Sequence[Watch]) -> Sequence[Record]:
    from stablebert.training import train_together

    return train_together(specs, watches=watches)
