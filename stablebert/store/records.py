"""Records on disk: one file each, written once and whole, never trusted without its checksum."""

import errno
import hashlib
import json
import os
import platform
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from stablebert.runs import Record

_SCHEMA = 1
# what may make two runs of one key differ by right: another processor, other libraries, another path
_MACHINE = ("processor", "instructions", "torch", "transformers", "numpy", "path")


class StoreError(RuntimeError):
    """A record is damaged, cannot be written, contradicts an earlier one, or cannot be made."""


class RunStore:
    """A folder of records, found by their record key.

    Args:
        folder: Where the records lie; made when the first is written.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    def path(self, key: str) -> Path:
        """Return the file that holds or would hold the record of a key."""
        return self.folder / key[:2] / f"{key}.json"

    def load(self, key: str) -> Record | None:
        """Return the record of a key, or None if there is none.

        Raises:
            StoreError: the file is damaged; it is left as it is.
        """
        path = self.path(key)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return _parse(path, text)

    def publish(self, key: str, record: Record) -> Record:
        """Store a record, first writer first, and return the one that stands.

        Args:
            key: Its record key.
            record: What came out of the run.

        Raises:
            StoreError: it cannot be written (a full disk leaves nothing half written), or another record of the same
                key, from an equal machine, differs.
        """
        path = self.path(key)
        payload = json.dumps(record.to_dict(), sort_keys=True, separators=(",", ":"))
        checksum = hashlib.sha256(payload.encode()).hexdigest()
        text = f'{{"schema":{_SCHEMA},"sha256":"{checksum}","key":"{key}","record":{payload}}}\n'
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_durably(part, text)
            os.link(part, path)
            _sync_folder(path.parent)
        except FileExistsError:
            standing = _parse(path, path.read_text(encoding="utf-8"))
            _compare(path, standing, record)
            return standing
        except OSError as error:
            full = " (the disk is full)" if error.errno == errno.ENOSPC else ""
            raise StoreError(f"cannot write record {path}: {error}{full}; nothing was left half written") from error
        finally:
            part.unlink(missing_ok=True)
        return record

    def records(self) -> Iterator[Record]:
        """Yield every record, in the order of the keys.

        Raises:
            StoreError: a file is damaged.
        """
        for path in sorted(self.folder.glob("??/*.json")):
            yield _parse(path, path.read_text(encoding="utf-8"))

    @contextmanager
    def lock(self, key: str, *, blocking: bool = True) -> Iterator[None]:
        """Hold the lock of a key; it falls when its holder dies.

        Raises:
            filelock.Timeout: not blocking, and somebody else holds it.
        """
        path = self.path(key).with_suffix(".lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path, blocking=blocking):
            yield

    @contextmanager
    def attempt(self, key: str, *, limit: int = 2) -> Iterator[None]:
        """Note that a run was started; a note that stays behind is a start that left no record.

        The note goes when the run is over, by a record, an error or an interruption; it stays if the process dies.

        Raises:
            StoreError: `limit` notes have stayed behind.
        """
        folder = self.path(key).with_suffix(".attempts")
        left = sorted(folder.glob("*.json"))
        if len(left) >= limit:
            raise StoreError(
                f"record {key[:12]}: {len(left)} attempts ended without a record (notes in {folder}); "
                "it is not tried again until that folder is removed"
            )
        folder.mkdir(parents=True, exist_ok=True)
        note = folder / f"{uuid.uuid4().hex}.json"
        note.write_text(json.dumps({"process": os.getpid(), "host": platform.node(), "started": time.time()}))
        try:
            yield
        finally:
            note.unlink(missing_ok=True)


def _parse(path: Path, text: str) -> Record:
    remedy = f"{path} is damaged; remove it to have the run made again"
    try:
        outer: dict[str, Any] = json.loads(text)
        payload = json.dumps(outer["record"], sort_keys=True, separators=(",", ":"))
        checksum, schema = outer["sha256"], outer["schema"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"record {remedy} ({type(error).__name__}: {error})") from error
    if schema != _SCHEMA:
        raise StoreError(f"record {path} has schema {schema!r}, this version reads {_SCHEMA}")
    if hashlib.sha256(payload.encode()).hexdigest() != checksum:
        raise StoreError(f"record {remedy} (its checksum does not fit)")
    return Record.from_dict(outer["record"])


def _compare(path: Path, standing: Record, late: Record) -> None:
    differing = [
        name
        for name, value in late.to_dict().items()
        if name not in ("seconds", "environment") and repr(value) != repr(standing.to_dict()[name])
    ]
    same_machine = all(standing.environment.get(name) == late.environment.get(name) for name in _MACHINE)
    if differing and same_machine:
        raise StoreError(
            f"record {path}: a second run of the same key on an equal machine differs in {', '.join(differing)}: "
            "the run is not repeatable"
        )


def _write_durably(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
