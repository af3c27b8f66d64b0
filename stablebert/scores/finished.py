"""Finished runs of an unfinished session, which are not made again, as long as nothing that made them has changed."""

import importlib.metadata
import json
import platform
import sys
import sysconfig
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from stablebert.files import read_note, sha256_of, write_note
from stablebert.runs import digest_of

_NAMES = {"row", "made", "sources", "versions"}
# what is installed is known by its versions
_INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")


class FinishedRuns:
    """The runs of one test in a file that lives until there is a verdict.

    Args:
        folder: Holds one file a test, baseline and key.
        names: What the runs belong to: the test, what judges it, and what else they depend on.

    Attributes:
        rows: Rows by seed, those alone that the code as it is now has made.
        note: What is to be said of them, or the empty string.
    """

    def __init__(self, folder: Path, *names: str) -> None:
        self.path = folder / f"{digest_of(names)[:16]}.jsonl"
        self.rows: dict[int, dict[str, Any]] = {}
        self.note = ""
        self._lines: list[str] = []
        self._sources = _Sources()
        found = self._read()
        for line in found:
            changed = self._sources.changed_since(line)
            if changed:
                self.rows, self._lines = {}, []
                self.note = f"{len(found)} finished runs of {self.path} are left out: {changed} has changed since"
                return
            self.rows[line["row"]["seed"]] = line["row"]
            self._lines.append(json.dumps(line))
        if found:
            since = f"{len(found)}, since {found[0]['made']} ({self.path})"
            self.note = f"runs of an earlier session, not made again: {since}"

    def keep(self, row: dict[str, Any]) -> None:
        """Add a run; a folder that cannot be written costs the work of making it again."""
        made = datetime.now().isoformat(timespec="seconds")
        line = {"row": row, "made": made, **self._sources.as_data()}
        self._lines.append(json.dumps(line))
        with suppress(OSError):
            write_note(self.path, "".join(f"{line}\n" for line in self._lines))

    def drop(self) -> None:
        """Forget the runs: they have had their verdict."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _read(self) -> list[dict[str, Any]]:
        try:
            found = [json.loads(line) for line in (read_note(self.path) or "").splitlines()]
        except (ValueError, RecursionError):
            found = []
        # what is not as it was written, or of another version, costs the work of making it again
        return found if all(map(_is_run, found)) else []


def _is_run(line: Any) -> bool:
    """Return whether a line is of a run: with its seed, and what it was made by."""
    if not isinstance(line, dict) or not line.keys() >= _NAMES:
        return False
    row, sources = line["row"], line["sources"]
    seeded = isinstance(row, dict) and type(row.get("seed")) is int
    return seeded and isinstance(sources, dict) and all(isinstance(digest, str) for digest in sources.values())


class _Sources:
    """The files that this process has loaded its own modules from, each as it was when it was first met."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}
        self._met: set[str] = set()
        self._meet()

    def as_data(self) -> dict[str, Any]:
        """Return what a run was made by."""
        self._meet()
        return {"sources": self._digests, "versions": _versions()}

    def changed_since(self, line: dict[str, Any]) -> str | None:
        """Return what has changed since a run was made: a file, or what is installed; None where nothing has."""
        for name, digest in line["sources"].items():
            if not Path(name).is_file() or sha256_of(Path(name)) != digest:
                return str(name)
        return None if line["versions"] == _versions() else "what is installed"

    def _meet(self) -> None:
        roots = {Path(sysconfig.get_path(name)).resolve() for name in _INSTALLED}
        for module in list(sys.modules.values()):
            name = getattr(module, "__file__", None)
            if not isinstance(name, str) or name in self._met:
                continue
            self._met.add(name)
            path = Path(name).resolve()
            if path.is_file() and not roots & {*path.parents}:
                self._digests[name] = sha256_of(path)


@lru_cache
def _versions() -> str:
    """Return a digest of the Python and of every package that is installed."""
    found = sorted({f"{one.name} {one.version}" for one in importlib.metadata.distributions()})
    return digest_of([platform.python_version(), *found])[:16]
