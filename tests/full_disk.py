"""A disk that is full at one of the writes of a piece of work: first all are traced, then each fails once."""

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

# what makes, fills, names or puts a file on the disk
_CALLS = ("open", "mkdir", "link", "rename", "replace", "fsync")


class Disk:
    """The writes below a folder, counted; the one of a number fails, and half of what it was to write is there.

    Args:
        folder: Whose writes.
        full_at: Number of the write that fails, from 0; None lets all pass.

    Attributes:
        writes: What was written, in words.
    """

    def __init__(self, folder: Path, full_at: int | None = None) -> None:
        self.writes: list[str] = []
        self._folder, self._full_at = str(folder), full_at

    def note(self, what: str) -> None:
        """Count a write, and fail if it is the one."""
        self.writes.append(what)
        if len(self.writes) - 1 == self._full_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    def is_ours(self, path: Any) -> bool:
        """Return whether a path is below the folder."""
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self._folder)


class _Stream:
    """A stream whose write may stop in the middle."""

    def __init__(self, stream: Any, disk: Disk, name: str) -> None:
        self._stream, self._disk, self._name = stream, disk, name

    def write(self, content: Any) -> int:
        try:
            self._disk.note(f"write {self._name}")
        except OSError:
            self._stream.write(content[: len(content) // 2])
            raise
        return int(self._stream.write(content))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> "_Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


@contextmanager
def watched_disk(folder: Path, full_at: int | None = None) -> Iterator[Disk]:
    """Count the writes below a folder, of this process, and fail one of them."""
    disk, plain, make = Disk(folder, full_at), io.open, os.open

    def opened(file: Any, mode: str = "r", *more: Any, **named: Any) -> Any:
        if not (disk.is_ours(file) and set("wxa") & set(mode)):
            return plain(file, mode, *more, **named)
        disk.note(f"open {file}")
        return _Stream(plain(file, mode, *more, **named), disk, os.fspath(file))

    def made(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if disk.is_ours(path) and flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
            disk.note(f"open {path}")
        return make(path, flags, *more, **named)

    def named_call(name: str) -> Callable[..., Any]:
        before = getattr(os, name)

        def call(first: Any, *more: Any, **named: Any) -> Any:
            path = Path(f"/proc/self/fd/{first}").readlink() if name == "fsync" else first
            if disk.is_ours(path):
                disk.note(f"{name} {path}")
            return before(first, *more, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(io, "open", opened)
        patch.setattr(os, "open", made)
        for name in _CALLS[1:]:
            patch.setattr(os, name, named_call(name))
        yield disk
