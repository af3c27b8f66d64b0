"""Files that are written whole or not at all, and are on the disk when the call returns."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_once(path: Path, text: str) -> bool:
    """Write a file that nobody replaces; the first writer wins, also between machines that share the folder.

    Returns:
        Whether it was written; False if the file was there already.

    Raises:
        OSError: it cannot be written; nothing is left half written.
    """
    with _part(path, text) as part:
        try:
            os.link(part, path)
        except FileExistsError:
            return False
        _sync_folder(path.parent)
    return True


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step, so that no reader ever sees half of it.

    Raises:
        OSError: it cannot be written; what was there before still stands.
    """
    with _part(path, text) as part:
        part.replace(path)
        _sync_folder(path.parent)


@contextmanager
def _part(path: Path, text: str) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("x", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
