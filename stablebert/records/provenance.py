"""What decides whether a stored record is the one asked for: digests of code, data and weights."""

import importlib.util
import json
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import stablebert
from stablebert.encoders.sources import encoder_digest
from stablebert.files import sha256_of
from stablebert.machine import device_type
from stablebert.paper import intermediate_run
from stablebert.runs import RunSpec, cell_key, digest_of, record_key, spec_id
from stablebert.tasks import foreign_code, task_digest

_FLOORS = (
    "paper/fidelity.py",
    "paper/encoders.py",
    "runs",
    "assets.py",
    "machine.py",
    "tasks",
    "encoders",
    "optim",
    "methods",
    "training",
)
_SOURCES = ("*.py", "*.hpp", "*.cpp")
_LIBRARIES = ("torch", "transformers")


@dataclass(frozen=True)
class Keys:
    """The keys of one run.

    Attributes:
        record: Finds the stored record.
        spec: Meaning of the run.
        cell: Finds the baseline.
        code: Digest of the code that decides the outcome.
        data: Digest of the rows.
        weights: Digest of the encoder.
    """

    record: str
    spec: str
    cell: str
    code: str
    data: str
    weights: str


def run_keys(spec: RunSpec) -> Keys:
    """Return the keys of a run.

    Raises:
        ValueError: task, encoder, optimizer or a method of others is unknown or cannot be had.
    """
    data = task_digest(spec.task, spec.task_source)
    weights = encoder_digest(spec.encoder, spec.encoder_source)
    code = code_digest(*_foreign(spec))
    first = intermediate_run(spec)
    if first is not None:
        # what the target starts from is the encoder and all that the first stage means
        weights = digest_of([weights, run_keys(first).spec])
    meaning = spec_id(spec, data, weights)
    return Keys(
        record=record_key(meaning, code, device_type(), spec.precision),
        spec=meaning,
        cell=cell_key(spec, data, weights),
        code=code,
        data=data,
        weights=weights,
    )


@cache
def code_digest(*foreign: str) -> str:
    """Return the digest of all code that decides a run's outcome.

    That is the source of floors 1 and 2 (and of `runs`, which they are made of), the versions of torch and
    transformers, and for an optimizer, a method, a task or a metric of others every file of its top-level package.

    Args:
        foreign: `package.module:object` of others' optimizer, methods, task and metric.

    Raises:
        ValueError: a package of others is not found.
    """
    home = Path(stablebert.__file__).parent
    files = [
        path
        for part in _FLOORS
        for pattern in _SOURCES
        for path in ([home / part] if part.endswith(".py") else (home / part).rglob(pattern))
    ]
    others = [found for path in foreign for found in _package_files(path)]
    return digest_of(
        {
            "source": {str(path.relative_to(home)): sha256_of(path) for path in files},
            "others": [(str(place), sha256_of(path)) for place, path in others],
            "versions": {name: version(name) for name in _LIBRARIES},
        }
    )


def _foreign(spec: RunSpec) -> list[str]:
    optimizer = [] if spec.optimizer is None else [spec.optimizer]
    task = [] if spec.task_source is None else foreign_code(spec.task, spec.task_source)
    return [*optimizer, *sorted(json.loads(spec.method_sources).values()), *task]


def _package_files(name: str) -> list[tuple[Path, Path]]:
    top = name.partition(":")[0].partition(".")[0]
    if top in _LIBRARIES:
        return []
    try:
        found = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        found = None
    if found is None or not (found.has_location or found.submodule_search_locations):
        raise ValueError(f"{name!r} does not import: there is no package {top!r}")
    if not found.submodule_search_locations:
        path = Path(str(found.origin))
        return [(Path(path.name), path)]
    roots = [Path(location) for location in found.submodule_search_locations]
    return sorted(
        (path.relative_to(root), path)
        for root in roots
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
