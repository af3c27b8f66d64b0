"""Attempts at a run, noted beside its record: in one session what kills its process is given up, what fails is known.

A later session begins anew: whether a process died of its run or was killed with its whole session, nobody can tell
afterwards, and an innocent run would be refused for good.
"""

import hashlib
import json
import multiprocessing
import os
import platform
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from stablebert.files import write_once
from stablebert.foreign import words_of
from stablebert.records.store_errors import StoreError, writing


def session_of_process() -> str:
    """Return what this process shares with those that it starts through `multiprocessing`, and with no other."""
    return hashlib.sha256(bytes(multiprocessing.current_process().authkey)).hexdigest()[:32]


@contextmanager
def attempt(folder: Path, session: str, *, limit: int = 2) -> Iterator[None]:
    """Note that a run was started; call it with the run's lock held.

    The note goes when the run is over or interrupted. It stays if the process dies, and an error takes its place.

    Args:
        folder: Of the run's notes.
        session: As `session_of_process` gives it, or any other that tells sessions apart.
        limit: Notes of this session at which no further attempt is made.

    Raises:
        StoreError: an attempt of this session has failed, or so many have ended with their process; or the note cannot
            be written.
    """
    ours = [said for said in _read(folder) if said.get("session") == session]
    known = next((said["error"] for said in ours if "error" in said), None)
    if known is not None:
        raise StoreError(str(known).strip() or f"it has failed without a word in this session (notes in {folder})")
    if len(ours) >= limit:
        raise StoreError(
            f"{len(ours)} attempts ended without a record (notes in {folder}); the next session tries it again"
        )
    note = folder / f"{uuid.uuid4().hex}.json"
    started = {"session": session, "process": os.getpid(), "host": platform.node(), "started": time.time()}
    with writing(note):
        write_once(note, json.dumps(started))
    try:
        yield
    except Exception as error:
        with suppress(OSError):
            write_once(folder / f"{uuid.uuid4().hex}.json", json.dumps({"session": session, "error": words_of(error)}))
        raise
    else:
        forget(folder)
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)


def forget(folder: Path) -> None:
    """Remove the notes of a run, those of earlier sessions too: it has its record."""
    for note in folder.glob("*.json"):
        with suppress(OSError):
            note.unlink()
    with suppress(OSError):
        folder.rmdir()


def _read(folder: Path) -> list[dict[str, Any]]:
    found = []
    for note in sorted(folder.glob("*.json")):
        # a note that cannot be read says nothing, and holds nobody up
        with suppress(OSError, ValueError, RecursionError):
            said = json.loads(note.read_bytes())
            if isinstance(said, dict):
                found.append(said)
    return found
