"""Files that are written whole or not at all, and are on the disk when the call returns.

What a cache keeps has its checksum beside it, and is made anew where that does not fit.
"""

import errno
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock

# where all that is kept in a user's repository lies
OWN_FOLDER = ".stablebert"
_SEAL = ".sha256"
_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV}


def write_once(path: Path, text: str) -> bool:
    """Write a file that nobody replaces; the first writer wins, also between machines that share the folder.

    Returns:
        Whether it was written; False if the file was there already.

    Raises:
        OSError: it cannot be written; nothing is left half written.
    """
    make_folder(path.parent)
    return _link_once(path, text)


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace a file in one step, so that no reader ever sees half of it.

    Raises:
        OSError: it cannot be written; what was there before still stands.
    """
    make_folder(path.parent)
    with _part(path, content.encode() if isinstance(content, str) else content) as part:
        _move(part, path)


def move_whole(part: Path, path: Path) -> None:
    """Put a file or a sealed folder that is complete in its place, and on the disk, in one step.

    Args:
        part: What was written, on the same file system.
        path: Its place; a file there is replaced, a folder must not be there.

    Raises:
        OSError: it cannot be put there; what was there before still stands.
    """
    for written in (*(part.rglob("*") if part.is_dir() else ()), part):
        _sync(written)
    _move(part, path)


def only_ours(path: Path) -> bool:
    """Return whether nobody but this user and root can have written a file, or into a folder; False if it is not there.

    Example:
        >>> only_ours(Path("/no/such/file"))
        False
    """
    try:
        found = path.stat()
    except OSError:
        return False
    return found.st_uid in (0, os.geteuid()) and not found.st_mode & 0o022


def make_folder(folder: Path) -> None:
    """Make a folder with those above it; git ignores what lies in a folder `.stablebert`, by a file in it.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for home in (folder, *folder.parents):
        # whoever wants its content in git empties the file, and it is left alone
        if home.name == OWN_FOLDER and not (home / ".gitignore").exists():
            _link_once(home / ".gitignore", "*\n")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, 64 hex digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def kept_text(path: Path, make: Callable[[], str]) -> str:
    """Return the text of a note in a cache, made now if it is not there.

    A note holds a checksum of its name and text. One that is empty, cut, edited, renamed or unreadable is made anew. A
    cache that cannot be written costs the work of making it again, and is no error.

    Args:
        path: The note; its name says all that the text depends on.
        make: Makes the text.
    """
    kept = _believed(path)
    if kept is None:
        kept = make()
        with suppress(OSError):
            write_note(path, kept)
    return kept


def read_note(path: Path) -> str | None:
    """Return the text of a note as `write_note` wrote it, None where there is none or it is not as it was written."""
    return _believed(path)


def write_note(path: Path, text: str) -> None:
    """Replace a note, a text with a checksum of its name and itself before it.

    Raises:
        OSError: it cannot be written; what was there before still stands.
    """
    write_whole(path, _sealed(path, text))


def kept_file(path: Path, make: Callable[[Path], None]) -> Path:
    """Return the path of a file in a cache, made now if it is not there or is not what was made.

    Args:
        path: The file; a note beside it holds its checksum.
        make: Writes the file to the path that it is given, in an empty folder.

    Raises:
        OSError: it cannot be written; what was there before still stands.
    """
    note = path.with_name(f"{path.name}.sha256")
    if path.is_file() and _believed(note) == sha256_of(path):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent) as folder:
        part = Path(folder) / path.name
        make(part)
        # several processes may make it at the same time; each puts a whole file there
        digest = sha256_of(part)
        move_whole(part, path)
    write_note(note, digest)
    return path


def seal_folder(folder: Path) -> None:
    """Note in a folder what its files are, so that `is_sealed` tells whether they still are.

    Raises:
        OSError: the note cannot be written, or a file cannot be read.
    """
    note = folder / _SEAL
    write_note(note, _digests_below(folder))


def is_sealed(folder: Path) -> bool:
    """Return whether a folder holds just the files that `seal_folder` noted; False if there is none.

    Raises:
        OSError: a file cannot be read.
    """
    noted = _believed(folder / _SEAL)
    return noted is not None and noted == _digests_below(folder)


def _digests_below(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / _SEAL)
    return json.dumps([(path.relative_to(folder).as_posix(), sha256_of(path)) for path in files])


def _believed(note: Path) -> str | None:
    try:
        content = note.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None
    _, _, text = content.partition("\n")
    return text if content == _sealed(note, text) else None


def _sealed(note: Path, text: str) -> str:
    checksum = hashlib.sha256("\n".join((note.name, text)).encode()).hexdigest()
    return f"{checksum}\n{text}"


def _link_once(path: Path, text: str) -> bool:
    """Write a file of a folder that is there, unless the file is; return whether it was written."""
    with _part(path, text.encode()) as part:
        written = _link(part, path)
        if written:
            _sync(path.parent)
    return written


@contextmanager
def _part(path: Path, content: bytes) -> Iterator[Path]:
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)


def _link(part: Path, path: Path) -> bool:
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # a file system without hard links: who writes holds a lock, which falls with its holder
        with FileLock(path.with_name(f".{path.name}.once")):
            if path.exists():
                return False
            part.replace(path)
    return True


def _move(part: Path, path: Path) -> None:
    part.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
