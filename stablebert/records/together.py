"""Get the records of several seeds of a cell: what the store lacks is trained at once, each seed under its own lock."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

from stablebert.foreign import contained
from stablebert.records.obtain import load_stored
from stablebert.records.provenance import Keys, run_keys
from stablebert.records.store import RunStore
from stablebert.records.store_errors import StoreError
from stablebert.records.under_way import noted
from stablebert.runs import Record, RunSpec, format_id
from stablebert.training.watching import Watch

TrainTogether = Callable[[Sequence[RunSpec], Sequence[Watch]], Sequence[Record]]
_Found = dict[int, Record | Exception]


def obtain_together(
    specs: Sequence[RunSpec], store: RunStore, train: TrainTogether | None = None
) -> list[Record | Exception]:
    """Return the records of runs, or the error of each that has none, in the order of the specs.

    All locks are held while the runs train, taken in the order of the keys, so that two sessions never wait for each
    other. An error of the training is that of every run in it.

    Args:
        specs: Runs that can be trained at once; their keys differ.
        store: Where records lie.
        train: From specs, and who is told of each one's updates, to records; None is `stablebert.training`'s.
    """
    keys: dict[int, Keys] = {}
    found: _Found = {}
    for index, spec in enumerate(specs):
        try:
            keys[index] = run_keys(spec)
        except Exception as error:
            found[index] = error
    found |= _stored(specs, keys, store)
    with ExitStack() as locks:
        lacking = {index: key for index, key in keys.items() if index not in found}
        try:
            for key in sorted(key.record for key in lacking.values()):
                locks.enter_context(store.lock(key))
        except StoreError as error:
            return [found.get(index, error) for index in range(len(specs))]
        # whoever held a lock has made its run
        found |= _stored(specs, lacking, store)
        lacking = {index: key for index, key in lacking.items() if index not in found}
        try:
            found |= _make(specs, lacking, store, train or _train)
        except Exception as error:
            found |= dict.fromkeys(lacking, error) | _stored(specs, lacking, store)
    return [found[index] for index in range(len(specs))]


def _stored(specs: Sequence[RunSpec], keys: Mapping[int, Keys], store: RunStore) -> _Found:
    found: _Found = {}
    for index, key in keys.items():
        try:
            record = load_stored(specs[index], key, store)
        except Exception as error:
            found[index] = error
        else:
            found |= {} if record is None else {index: record}
    return found


def _make(specs: Sequence[RunSpec], keys: Mapping[int, Keys], store: RunStore, train: TrainTogether) -> _Found:
    found: _Found = {}
    watches: dict[int, Watch] = {}
    with ExitStack() as notes:
        for index, key in keys.items():
            try:
                notes.enter_context(store.attempt(key.record))
            except StoreError as error:
                found[index] = error
            else:
                watches[index] = notes.enter_context(noted(format_id(specs[index]), store.folder, key.record))
        if watches:
            with contained(specs[next(iter(watches))].cell.id):
                made = train([specs[index] for index in watches], list(watches.values()))
            written = datetime.now(UTC).isoformat(timespec="seconds")
            for index, record in zip(watches, made, strict=True):
                key = keys[index]
                found[index] = store.publish(key.record, record, key.provenance(written))
    return found


def _train(specs: Sequence[RunSpec], watches: Sequence[Watch]) -> Sequence[Record]:
    from stablebert.training import train_together

    return train_together(specs, watches=watches)
