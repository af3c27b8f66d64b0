"""The upkeep of a store: what in it is damaged, what killed processes have left behind, and all of it as one table."""

import io
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import Timeout

from stablebert.files import is_sealed, write_whole
from stablebert.records.store import RunStore
from stablebert.records.store_errors import StoreError
from stablebert.runs import format_id, row_of

_ENCODER, _LOCK = ".encoder", ".lock"
_LEFT = (_ENCODER, _LOCK, ".attempts")
TABLES = (".csv", ".parquet")


def problems(store: RunStore) -> Iterator[str]:
    """Yield what is damaged, one sentence each: records, and encoders that runs have left.

    Args:
        store: Read, never written.
    """
    for path in store.paths():
        try:
            store.load(path.stem)
        except StoreError as error:
            yield str(error)
    for path in sorted(store.folder.glob(f"??/*{_ENCODER}")):
        if not is_sealed(path):
            yield f"encoder {path} is not as its run has left it; its run makes it again when it is asked for"


def leftovers(store: RunStore) -> list[Path]:
    """Return files and folders that nothing needs any more, sorted; no record is among them.

    That is what a killed process has half written, notes of attempts, encoders that are damaged, and locks of runs that
    have their record. What belongs to a run that somebody makes at this moment is left out.

    Args:
        store: Whose.
    """
    found = []
    for path in sorted(store.folder.glob("??/*")):
        key = path.name.lstrip(".").partition(".")[0]
        half = path.name.endswith(".part")
        if not (half or path.suffix in _LEFT) or (path.suffix == _ENCODER and is_sealed(path)):
            continue
        # without its lock a run that is not made yet could be made twice
        if (path.suffix != _LOCK or store.path(key).is_file()) and not _is_held(store, key):
            found.append(path)
    return found


def remove(paths: list[Path]) -> None:
    """Remove what `leftovers` has found.

    Raises:
        OSError: something cannot be removed.
    """
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def export(store: RunStore, path: Path) -> int:
    """Write one row a record to a table, whole, and return how many there are.

    Args:
        store: Whose records; all must be whole.
        path: Of the table: `.csv`, or `.parquet` where pyarrow is installed.

    Raises:
        ValueError: the name ends in something else, or parquet cannot be written here.
        StoreError: a record is damaged.
        OSError: the table cannot be written; what was there before still stands.
    """
    if path.suffix not in TABLES:
        raise ValueError(f"{path} is no name of a table; it must end in {' or '.join(TABLES)}")
    import pandas as pd

    table = pd.DataFrame(list(_rows(store)))
    stream = io.BytesIO()
    if path.suffix == ".csv":
        table.to_csv(stream, index=False)
    else:
        try:
            table.to_parquet(stream, index=False)
        except ImportError as error:
            raise ValueError(f"{path}: parquet needs pyarrow; {path.with_suffix('.csv')} needs nothing") from error
    write_whole(path, stream.getvalue())
    return len(table)


def _rows(store: RunStore) -> Iterator[dict[str, Any]]:
    for path in store.paths():
        record = store.load(path.stem)
        if record is None:
            continue
        spec = record.spec
        yield {
            "key": path.stem,
            "run": format_id(spec),
            **{name: getattr(spec, name) for name in ("task", "method", "length", "encoder", "precision", "optimizer")},
            **asdict(row_of(record)),
            "metric": record.metric,
            "seconds": record.seconds,
            "data": record.data_digest,
            "weights": record.weights_digest,
            **{f"environment_{name}": str(value) for name, value in record.environment.items()},
        }


def _is_held(store: RunStore, key: str) -> bool:
    try:
        with store.lock(key, blocking=False):
            return False
    except Timeout:
        return True
