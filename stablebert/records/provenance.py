"""What decides whether a stored record is the one asked for: digests of code, data and weights."""

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
from stablebert.records.third_party import third_party_code
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
# the last makes ids of a text
_LIBRARIES = ("torch", "transformers", "tokenizers")


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

    def provenance(self, written: str) -> dict[str, str]:
        """Return what is written beside a record of these keys.

        Args:
            written: When, in ISO format.
        """
        return {"spec": self.spec, "cell": self.cell, "code": self.code, "written": written}


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

    That is the source of floors 1 and 2 (and of `runs`, which they are made of), the versions of torch,
    transformers and tokenizers, and for an optimizer, a method, a task or a metric of others what `third_party_code`
    finds: its package, those of its base classes, the modules beside them that they import, and versions of what is
    installed.

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
    return digest_of(
        {
            "source": {str(path.relative_to(home)): sha256_of(path) for path in files},
            "others": third_party_code(foreign),
            "versions": {name: version(name) for name in _LIBRARIES},
        }
    )


def _foreign(spec: RunSpec) -> list[str]:
    optimizer = [] if spec.optimizer is None else [spec.optimizer]
    task = [] if spec.task_source is None else foreign_code(spec.task, spec.task_source)
    return [*optimizer, *sorted(json.loads(spec.method_sources).values()), *task]
