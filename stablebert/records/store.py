"""Records on disk: one file each, written once and whole, never trusted without its checksum."""

import hashlib
import json
import logging
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from stablebert.checked import check_fields
from stablebert.files import make_folder, write_once
from stablebert.records.attempts import attempt, session_of_process
from stablebert.records.store_errors import StoreError, writing
from stablebert.records.time_limit import time_limit
from stablebert.runs import Record

SCHEMA = 1
# from a schema to the next: what the content of a record was called before
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
# the name of a file that every store has, so that it is known for one wherever it lies
MARK = ".stablebert-store"
# those whose fingerprints every row has
_STREAMS = {"head", "order", "dropout", "reinit"}
_LOG = logging.getLogger(__name__)


class RunStore:
    """A folder of records, found by their record key.

    Args:
        folder: Where the records lie; made when the first is written.
        session: What the processes that work together share, for attempts; None is that of this process.
        run_timeout: Seconds that a run may take, > 0; None for ever.
    """

    def __init__(self, folder: Path | str, session: str | None = None, run_timeout: float | None = None) -> None:
        self.folder = Path(folder)
        self._session = session or session_of_process()
        self.run_timeout = run_timeout

    def path(self, key: str) -> Path:
        """Return the file that holds or would hold the record of a key."""
        return self.folder / key[:2] / f"{key}.json"

    def encoder_folder(self, key: str) -> Path:
        """Return the folder that holds or would hold the encoder that the run of a key has left."""
        return self.path(key).with_suffix(".encoder")

    def load(self, key: str) -> Record | None:
        """Return the record of a key, or None if there is none.

        Raises:
            StoreError: the file is damaged or cannot be read; it is left as it is.
        """
        try:
            return _read(self.path(key))
        except FileNotFoundError:
            return None

    def publish(self, key: str, record: Record, provenance: Mapping[str, str] | None = None) -> Record:
        """Store a record, first writer first, and return the one that stands.

        A later record that differs by right (another processor, other libraries, another path) is reported as a
        warning of the log, and the first stands.

        Args:
            key: Its record key.
            record: What came out of the run.
            provenance: What else is to be known of it by name, e.g. the digest of the code that made it.

        Raises:
            StoreError: it cannot be written (a full disk leaves nothing half written), or another record of the same
                key, from an equal environment, differs in anything but `seconds`.
        """
        path = self.path(key)
        content = {"provenance": dict(provenance or {}), "record": record.to_dict()}
        outer = {"schema": SCHEMA, "sha256": _checksum(content), "key": key, **content}
        with writing(path):
            written = write_once(path, _canonical(outer) + "\n")
            self._mark()
        if written:
            return record
        standing = _read(path)
        _compare(path, standing, record)
        return standing

    def paths(self) -> list[Path]:
        """Return the files of all records, in the order of the keys."""
        return sorted(self.folder.glob("??/*.json"))

    def records(self) -> Iterator[Record]:
        """Yield every record, in the order of the keys.

        Raises:
            StoreError: a file is damaged.
        """
        for path in self.paths():
            yield _read(path)

    @contextmanager
    def lock(self, key: str, *, blocking: bool = True) -> Iterator[None]:
        """Hold the lock of a key; it falls when its holder dies.

        Raises:
            filelock.Timeout: not blocking, and somebody else holds it.
            StoreError: the lock's file cannot be made.
        """
        path = self.path(key).with_suffix(".lock")
        lock = FileLock(path)
        with writing(path):
            make_folder(path.parent)
            self._mark()
            lock.acquire(blocking=blocking)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def attempt(self, key: str) -> Iterator[None]:
        """Note that a run was started, with its lock held; what has failed or died in this session is not started.

        Raises:
            StoreError: it has failed in this session, twice taken its process with it, or the note cannot be written;
                or it takes longer than a run may.
        """
        with attempt(self.path(key).with_suffix(".attempts"), self._session), time_limit(self.run_timeout):
            yield

    def _mark(self) -> None:
        mark = self.folder / MARK
        if not mark.exists():
            write_once(mark, "records of runs, written by stablebert\n")


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def _checksum(content: Mapping[str, Any]) -> str:
    text = "".join(_canonical(value) for _, value in sorted(content.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> Record:
    return parse_record(path, bytes_of(path))[0]


def bytes_of(path: Path) -> bytes:
    """Return what lies in the file of a record.

    Raises:
        FileNotFoundError: there is none.
        StoreError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"record {path} cannot be read: {error}") from error


def parse_record(path: Path, written: bytes) -> tuple[Record, dict[str, str]]:
    """Return the record that lies in a file, and its provenance: the one way from bytes to a record.

    Args:
        path: The file, whose name is the record's key.
        written: What lies in it.

    Raises:
        StoreError: it is damaged, or of another record or version.
    """
    remedy = f"{path} is damaged; remove it to have the run made again"
    try:
        outer: dict[str, Any] = json.loads(written)
        schema, key, checksum = outer["schema"], outer["key"], outer["sha256"]
        content = {name: value for name, value in outer.items() if name not in ("schema", "key", "sha256")}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(f"record {remedy} ({type(error).__name__}: {error})") from error
    if type(schema) is not int or not min(MIGRATIONS, default=SCHEMA) <= schema <= SCHEMA:
        newer = ", which a newer stablebert has written" if type(schema) is int and schema > SCHEMA else ""
        raise StoreError(
            f"record {path} has schema {schema!r}{newer}; this version reads {SCHEMA} and what it migrates"
        )
    if _checksum_as_written(written, key, schema, checksum) != checksum and not _is_sealed(content, checksum):
        raise StoreError(f"record {remedy} (its checksum does not fit)")
    if key != path.stem:
        raise StoreError(f"record {remedy} (it is the record of {key}, under another name)")
    try:
        for one in range(schema, SCHEMA):
            content = MIGRATIONS[one](content)
        record = Record.from_dict(content["record"])
        _check(record)
        provenance = dict(content.get("provenance") or {})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(f"record {path} is of another version of stablebert: {error}") from error
    return record, provenance


def _is_sealed(content: Mapping[str, Any], checksum: Any) -> bool:
    try:
        return bool(_checksum(content) == checksum)
    except RecursionError:
        # nothing of ours is so deep
        return False


def _check(record: Record) -> None:
    """Refuse a record that fits its checksum and is none that a run leaves: who reads it on would stumble.

    Raises:
        TypeError: a field is of another kind.
        ValueError: a series is empty, a stream has no fingerprint, or the predictions are no table of numbers.
    """
    check_fields(record)
    if not record.evaluations or not record.steps.loss:
        raise ValueError("it has no update, or no evaluation")
    if lacking := _STREAMS - record.fingerprints.keys():
        raise ValueError(f"it has no fingerprint of {', '.join(sorted(lacking))}")
    packed, shape = record.test_logits.get("float32"), record.test_logits.get("shape")
    sizes = shape if isinstance(shape, list) else []
    whole = len(sizes) == 2 and all(type(size) is int and size > 0 for size in sizes)
    if not (whole and isinstance(packed, str) and len(packed) == -(-math.prod(sizes) * 4 // 3) * 4):
        raise ValueError("its predictions do not fit their shape")


def _checksum_as_written(written: bytes, key: object, schema: int, checksum: object) -> str | None:
    """Return the checksum of a content as it lies in a file of `publish`, None where the file has another form.

    It saves writing all of the content anew, which is most of the time that reading takes.
    """
    if not (isinstance(key, str) and isinstance(checksum, str)):
        return None
    head = f'{{"key":"{key}","provenance":'.encode(errors="replace")
    tail = f',"schema":{schema},"sha256":"{checksum}"}}\n'.encode(errors="replace")
    if not (written.startswith(head) and written.endswith(tail)):
        return None
    provenance, _, record = written[len(head) : -len(tail)].partition(b',"record":')
    text = hashlib.sha256(provenance)
    text.update(record)
    return text.hexdigest()


def _compare(path: Path, standing: Record, late: Record) -> None:
    # as JSON, in which a list equals a tuple and NaN equals NaN
    first, second = standing.to_dict(), late.to_dict()
    differing = [name for name in second if _canonical(second[name]) != _canonical(first[name])]
    decisive = [name for name in differing if name not in ("seconds", "environment")]
    if not decisive:
        return
    message = f"record {path}: a second run of the same key differs in {', '.join(decisive)}"
    if "environment" not in differing:
        raise StoreError(f"{message}: the run is not repeatable, for both were made in equal environments")
    _LOG.warning("%s; it was made in another environment, and the first record stands", message)
