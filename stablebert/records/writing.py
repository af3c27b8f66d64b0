"""What cannot be read, written or made in a store is one error; where a disk is full, it says so."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import Timeout


class StoreError(RuntimeError):
    """A record is damaged, cannot be written, contradicts an earlier one, or cannot be made."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say of what cannot be written what it is.

    Raises:
        StoreError: a file could not be written; a lock that is held by others passes as `filelock.Timeout`.
    """
    try:
        yield
    except Timeout:
        raise
    except OSError as error:
        full = " (the disk is full)" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        raise StoreError(f"cannot write {path}: {error}{full}; nothing was left half written") from error
