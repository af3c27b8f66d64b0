"""What `mutmut run` has left in the folder `mutants`: which mutants the tests killed, and what the others changed."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import ndiff
from pathlib import Path

LEAST = 0.90
# exit codes of pytest and of mutmut's own workers
_KILLED = {1: "killed", 3: "killed", -24: "timeout", 24: "timeout", 36: "timeout", 152: "timeout", 255: "timeout"}
_UNKNOWN = {None: "not run", 2: "interrupted"}


@dataclass(frozen=True)
class Mutant:
    """One mutant of a function.

    Attributes:
        name: As mutmut calls it: module, function and a number.
        path: File of the original, from the root.
        status: `killed`, `timeout`, `survived`, `not run` or `interrupted`.
    """

    name: str
    path: str
    status: str

    @property
    def is_killed(self) -> bool:
        """Whether a test failed, or did not come to an end."""
        return self.status in ("killed", "timeout")

    @property
    def function(self) -> str:
        """Name of what it changes, a method with its class."""
        mangled = self.name.rpartition(".")[2].partition("__mutmut_")[0]
        return mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")


def read_mutants(root: Path) -> list[Mutant]:
    """Return all mutants of the last run.

    Raises:
        FileNotFoundError: there was none.
    """
    found = []
    for path in sorted((root / "mutants").rglob("*.meta")):
        codes: Mapping[str, int | None] = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        source = path.relative_to(root / "mutants").as_posix().removesuffix(".meta")
        found += [
            Mutant(name, source, _KILLED.get(code, _UNKNOWN.get(code, "survived")))  # type: ignore[arg-type]
            for name, code in codes.items()
        ]
    if not found:
        raise FileNotFoundError(f"{root / 'mutants'} has no results: `make mutants` makes them")
    return found


def counts_of(mutants: Iterable[Mutant]) -> dict[str, tuple[int, int]]:
    """Return killed mutants and all, by file."""
    killed, every = Counter[str](), Counter[str]()
    for mutant in mutants:
        every[mutant.path] += 1
        killed[mutant.path] += mutant.is_killed
    return {path: (killed[path], every[path]) for path in sorted(every)}


def change_of(root: Path, mutant: Mutant) -> tuple[str, str]:
    """Return the line that a mutant changes, before and after, as far as they differ."""
    text = (root / "mutants" / mutant.path).read_text(encoding="utf-8")
    key = mutant.name.rpartition(".")[2]
    original, changed = (_body(text, name) for name in (f"{key.partition('__mutmut_')[0]}__mutmut_orig", key))
    lines = [line for line in ndiff(original, changed) if line[:2] in ("- ", "+ ")]
    before, after = (" ".join(line[2:].strip() for line in lines if line[0] == sign).strip() for sign in "-+")
    return before, after


def _body(text: str, name: str) -> list[str]:
    """Return the lines of a generated function behind its name."""
    lines = text.splitlines()
    first = next(place for place, line in enumerate(lines) if line.strip().startswith(f"def {name}("))
    indent = len(lines[first]) - len(lines[first].lstrip())
    body = [lines[first].partition("(")[2]]
    for line in lines[first + 1 :]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent and not line.strip().startswith(")"):
            break
        body.append(line)
    return body
