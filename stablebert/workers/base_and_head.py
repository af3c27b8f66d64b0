"""The same runs from two trees of a repository, seed by seed: base, then head, each in processes of its own tree."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

import stablebert
from stablebert.runs import RunRow, RunSpec, format_id, parse_id
from stablebert.workers import one_run

_PROGRAM = Path(one_run.__file__)
_PATIENCE = 30
Report = Callable[[str, RunRow, RunRow], None]


class TreeError(RuntimeError):
    """A tree cannot make a run, or made it with the code of another tree."""


@dataclass(frozen=True)
class Tree:
    """One checkout, and what its processes import.

    Attributes:
        name: `base` or `head`, for messages.
        root: Its root.
        paths: Folders that packages are imported from, first to last.
        subject: Name of the package that is compared.
        store: Where its records lie.
    """

    name: str
    root: Path
    paths: tuple[Path, ...]
    subject: str
    store: Path


def head_tree(repository: Path, optimizer: str | None, store: Path) -> Tree:
    """Return the tree of the working copy.

    Args:
        repository: Root of the checkout.
        optimizer: `package.module:Class` of a package in the repository; None compares this package's own sources.
        store: Where its records lie.

    Raises:
        ValueError: the package that would be compared is not in the repository.
    """
    subject = optimizer.partition(":")[0].partition(".")[0] if optimizer else "stablebert"
    home = _import_folder(subject, repository)
    if home is None:
        what = (
            f"package {subject!r} of the optimizer" if optimizer else "stablebert; without --optimizer its own sources"
        )
        raise ValueError(f"{repository} has no {what}{'' if optimizer else ' are compared'}: there is no base of it")
    given = [Path(text).resolve() for text in os.environ.get("PYTHONPATH", "").split(os.pathsep) if text]
    # what the checkout lacks, this package included, comes from where this process has it
    paths = dict.fromkeys((home, *given, Path(stablebert.__file__).resolve().parents[1]))
    return Tree("head", repository, tuple(paths), subject, store)


def base_tree(head: Tree, root: Path, store: Path) -> Tree:
    """Return the tree of another checkout of the same repository, with the folders of the head's in it."""
    moved = (root / path.relative_to(head.root) if path.is_relative_to(head.root) else path for path in head.paths)
    return Tree("base", root, tuple(moved), head.subject, store)


def run_pairs(
    base: Tree, head: Tree, specs: Sequence[RunSpec], report: Report, *, program: Path = _PROGRAM
) -> Iterator[tuple[RunRow, RunRow]]:
    """Yield the rows of base and head, one pair a run, making each pair only when it is asked for.

    Args:
        base: One tree.
        head: The other.
        specs: The runs, all of one cell.
        report: Called with the run's id and both rows as each pair ends.
        program: What a process runs, as `one_run` does.

    Raises:
        TreeError: a tree cannot make a run, or imported from outside itself.
    """
    for spec in specs:
        rows = _run(base, head, spec, program), _run(head, base, spec, program)
        report(format_id(spec), *rows)
        yield rows


def _run(tree: Tree, other: Tree, spec: RunSpec, program: Path) -> RunRow:
    name = format_id(spec)
    with tempfile.TemporaryDirectory(prefix="stablebert-run-") as folder:
        request, result = Path(folder, "request.json"), Path(folder, "result.json")
        wanted = {
            "run": name,
            "given": _given(spec),
            "store": str(tree.store.resolve()),
        }
        request.write_text(json.dumps(wanted), encoding="utf-8")
        said = _finish([sys.executable, "-P", str(program), str(request), str(result)], tree)
        if not result.is_file():
            raise TreeError(f"{tree.name}: {name} was not made: {said}")
        made = json.loads(result.read_text(encoding="utf-8"))
    _check_files(tree, other, made["files"])
    return RunRow(**made["row"])


def _given(spec: RunSpec) -> dict[str, str | int]:
    """Return what a run has beside its id, without what it has not: an earlier commit may not know the field.

    Raises:
        ValueError: it has a recipe of its own, while base and head are each to be trained by the one that they record.
    """
    named = parse_id(format_id(spec))
    if spec.recipe != named.recipe:
        raise ValueError(f"{format_id(spec)}: two commits are compared by the recipe that each records: {spec.recipe}")
    values = {field.name: getattr(spec, field.name) for field in fields(spec)}
    return {name: value for name, value in values.items() if value != getattr(named, name)}


def _finish(command: list[str], tree: Tree) -> str:
    """Run a command in a tree and return the last line of what it said; ends it if this process is interrupted."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    paths = os.pathsep.join(map(str, tree.paths))
    environment = {**os.environ, **one_thread, "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": paths}
    process = subprocess.Popen(
        command, cwd=tree.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        said, _ = process.communicate()
    except BaseException:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
        raise
    lines = said.strip().splitlines()
    return lines[-1] if lines else f"exit status {process.returncode}"


def _check_files(tree: Tree, other: Tree, files: dict[str, str]) -> None:
    places = {name: Path(text) for name, text in files.items()}
    subject = places.get(tree.subject)
    if subject is None or not subject.is_relative_to(tree.root.resolve()):
        raise TreeError(f"{tree.name}: {tree.subject} was imported from {subject}, not from {tree.root}")
    strange = [f"{name} from {place}" for name, place in places.items() if place.is_relative_to(other.root.resolve())]
    if strange:
        raise TreeError(f"{tree.name}: imported {', '.join(strange)}: that is the tree of {other.name}")


def _import_folder(package: str, repository: Path) -> Path | None:
    """Return the folder in a repository that a top-level package is imported from, or None."""
    nearest = [str(Path.cwd()), str(repository), str(repository / "src")]
    for found in (PathFinder.find_spec(package, nearest), _installed(package)):
        if found is None:
            continue
        places = list(found.submodule_search_locations or []) or [str(found.origin)]
        folder = Path(places[0]).resolve().parent
        if folder.is_relative_to(repository):
            return folder
    return None


def _installed(package: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
