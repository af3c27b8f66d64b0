"""The kernels compiled for this machine: once, by its own C++ compiler, kept and checked in the user's cache folder.

A library is code. One that somebody else could have written is never loaded: this process then compiles its own.
"""

import atexit
import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from stablebert.assets import cache_folder
from stablebert.files import kept_file, only_ours

_HERE = Path(__file__).parent
_COMPILERS = ("c++", "g++", "clang++")
# vectorised as written: nothing that lets the compiler assume there are no NaNs, which a diverged run has
_FLAGS = (
    "-O3",
    "-march=native",
    "-std=c++17",
    "-fopenmp-simd",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-shared",
    "-fPIC",
)
_SWITCH = "STABLEBERT_KERNELS"


class NoKernelsError(Exception):
    """The kernels cannot be had here; the message says why, in a few words."""


def compiled_kernels() -> Path:
    """Return the compiled library, from the cache or compiled now (about 3 s).

    Raises:
        NoKernelsError: they are switched off, there is no compiler, or it fails.
        ValueError: `$STABLEBERT_KERNELS` holds something else than `auto` or `off`.
    """
    wanted = os.environ.get(_SWITCH, "auto")
    if wanted not in ("auto", "off"):
        raise ValueError(f"{_SWITCH} is {wanted!r}; it must be auto or off")
    if wanted == "off":
        raise NoKernelsError(f"{_SWITCH} is off")
    return _compiled(compiler())


def library() -> ctypes.CDLL:
    """Return the kernels of this machine, loaded.

    Raises:
        NoKernelsError: they cannot be had; as in `compiled_kernels`.
    """
    return _loaded(compiled_kernels())


def why_none() -> str | None:
    """Return why the kernels cannot be had here, or None where they can; compiles them where that has not been done."""
    try:
        library()
    except NoKernelsError as error:
        return str(error)
    return None


def portable_note() -> str | None:
    """Return the line that says that runs take the portable path, and why; None where they take the native one."""
    reason = why_none()
    return reason and f"no native kernels, runs take the portable path: {reason}"


def compiler() -> str:
    """Return the C++ compiler: that of `$CXX`, else the first of c++, g++ and clang++.

    Raises:
        NoKernelsError: there is none.
    """
    named = os.environ.get("CXX")
    found = next((path for name in ([named] if named else _COMPILERS) if (path := shutil.which(name))), None)
    if found is None:
        raise NoKernelsError(f"no C++ compiler {named!r}" if named else f"no C++ compiler ({', '.join(_COMPILERS)})")
    return found


@cache
def _compiled(program: str) -> Path:
    name = f"{_digest(program)}.so"
    try:
        return kept_file(_home(name) / name, lambda part: _compile(program, part))
    except OSError:
        pass
    # the cache cannot be written
    try:
        return kept_file(_private_folder() / name, lambda part: _compile(program, part))
    except OSError as error:
        raise NoKernelsError(f"{program} cannot write {name}: {error}") from error


def _home(name: str) -> Path:
    """Return the folder of a library: that of the cache, unless somebody else could have put something there."""
    folder = cache_folder() / "kernels"
    with suppress(OSError):
        if folder.is_dir() and folder.stat().st_uid == os.geteuid() and not only_ours(folder):
            # ours, and open to others until now: nothing in it is believed
            folder.chmod(0o700)
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    library = folder / name
    safe = only_ours(folder) and (only_ours(library) or not library.exists())
    return folder if safe or not folder.exists() else _private_folder()


@cache
def _private_folder() -> Path:
    """Return a folder that only its owner may enter and that goes with this process."""
    folder = tempfile.mkdtemp(prefix="stablebert-kernels-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _compile(program: str, library: Path) -> None:
    command = [program, *_FLAGS, str(_HERE / "kernels.cpp"), "-o", str(library)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        raise NoKernelsError(f"{program} does not compile them: {_first_error(error.stderr)}") from error
    # whatever the umask says
    library.chmod(0o600)


@cache
def _loaded(path: Path) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise NoKernelsError(f"{path} does not load: {error}") from error


def _digest(program: str) -> str:
    """Return a digest of all that decides the library: sources, flags, the compiler and what it compiles for."""
    # the flags that -march=native stands for, on this processor
    native = subprocess.run([program, *_FLAGS, "-###", "-E", "-xc++", os.devnull], capture_output=True, check=False)
    version = subprocess.run([program, "--version"], capture_output=True, check=False)
    sources = (path.read_bytes() for path in sorted(_HERE.iterdir()) if path.suffix in (".hpp", ".cpp"))
    whole = hashlib.sha256()
    for part in (repr(_FLAGS).encode(), version.stdout, native.stderr, *sources):
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:32]


def _first_error(output: bytes) -> str:
    lines = output.decode(errors="replace").splitlines()
    return next((line for line in lines if "error" in line), lines[0] if lines else "it says nothing")
