"""A change of `baselines/`: one process at a time, and whole or not at all, whatever ends it and wherever."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from stablebert.assets import cache_folder
from stablebert.baselines.csv_tables import BaselineError
from stablebert.files import write_whole

Write = Callable[[Path, str | bytes | None], None]
# what a change will have written, on the disk before the first of its files is
_JOURNAL = ".change.json"


@contextmanager
def changing(folder: Path, subject: str) -> Iterator[Write]:
    """Hold a folder of baselines and give what takes the files of a change; they are written when the block ends.

    A change that was ended half-way is finished by the next one. It may be held within itself.

    Args:
        folder: The `baselines` folder.
        subject: What the change is about, for errors.

    Yields:
        A function of a path below the folder and its content; None removes it.

    Raises:
        BaselineError: a file could not be written.
    """
    files: dict[str, str | None] = {}

    def write(path: Path, content: str | bytes | None) -> None:
        whole = content.encode() if isinstance(content, str) else content
        files[path.relative_to(folder).as_posix()] = None if whole is None else base64.b64encode(whole).decode()

    try:
        with _lock(folder):
            finish(folder)
            yield write
            if files:
                write_whole(folder / _JOURNAL, json.dumps(files))
                finish(folder)
    except OSError as error:
        raise BaselineError(f"{subject}: cannot write to {folder}: {error}") from error


def finish(folder: Path) -> None:
    """Write the files of a change that is under way, if one is, with the folder held.

    Raises:
        OSError: one cannot be written; the change is still under way.
        BaselineError: what is under way was not written by this program.
    """
    journal = folder / _JOURNAL
    if not journal.is_file():
        return
    try:
        files = {
            folder / name: None if content is None else base64.b64decode(content, validate=True)
            for name, content in json.loads(journal.read_bytes()).items()
        }
        outside = [path for path in files if not path.resolve().is_relative_to(folder.resolve())]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BaselineError(
            f"{journal} is no change of this program: {error}; take the folder from git again"
        ) from error
    if outside:
        raise BaselineError(f"{journal} is no change of this program: {outside[0]} is outside of the folder")
    for path, content in files.items():
        if content is None:
            path.unlink(missing_ok=True)
        else:
            write_whole(path, content)
    journal.unlink()


def _lock(folder: Path) -> FileLock:
    # not in the folder, which is in git
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    path = cache_folder() / "locks" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path, is_singleton=True)
