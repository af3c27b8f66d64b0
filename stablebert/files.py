"""Files that are written whole or not at all, and are on the disk when the call returns.

What a cache keeps has its checksum beside it, and is made anew where that does not fit.
"""

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

# where all that is kept in a user's repository lies
OWN_FOLDER = ".stablebert"


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
        part.replace(path)
        _sync_folder(path.parent)


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
            write_whole(path, _sealed(path, kept))
    return kept


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
        part.replace(path)
    write_whole(note, _sealed(note, digest))
    return path


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
        try:
            os.link(part, path)
        except FileExistsError:
            return False
        _sync_folder(path.parent)
    return True


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


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
