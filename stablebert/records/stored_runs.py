"""What is asked of all stored runs at once, in a few numbers a run, and remembered so that it is read in a moment.

What is remembered of a record is found by the digest of all that lies in its file, which is read each time: it is of
just these bytes, or it is made anew.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from stablebert.checked import check_fields
from stablebert.files import read_note, sha256_of, write_note
from stablebert.records import store as record_files
from stablebert.records.provenance import code_digest
from stablebert.records.store import RunStore, bytes_of, parse_record
from stablebert.records.store_errors import StoreError
from stablebert.runs import Recipe, RunRow, RunSpec, digest_of, row_of

# the file of a store that remembers; whoever removes it has it made again
REMEMBERED = "summaries"


@dataclass(frozen=True)
class StoredRun:
    """One record in short.

    Attributes:
        key: Its record key.
        spec: What was run.
        row: Its scalars.
        code: Digest of the code that made it, the empty string where its record does not say.
        seconds: What it took.
    """

    key: str
    spec: RunSpec
    row: RunRow
    code: str
    seconds: float


def stored_runs(store: RunStore, damaged: Callable[[StoreError], None] | None = None) -> list[StoredRun]:
    """Return every run that a store holds, in the order of the keys; each file is read and checked.

    Args:
        store: Whose. What its records say in short is kept in a file of it, where that can be written.
        damaged: Told of each record that cannot be read; None: the first of them is raised.

    Raises:
        StoreError: a record is damaged or cannot be read.
    """
    home = store.folder / REMEMBERED
    known, found = _remembered(home), {}
    for path in store.paths():
        try:
            written = bytes_of(path)
            digest = hashlib.sha256(written).hexdigest()
            run = known.get(digest)
            found[digest] = run if run is not None and run.key == path.stem else _summary(path, written)
        except FileNotFoundError:
            # removed since the folder was listed
            continue
        except StoreError as error:
            if damaged is None:
                raise
            damaged(error)
    if found.keys() != known.keys():
        # a store that cannot be written is read in full each time
        with suppress(OSError):
            write_note(home, _text_of(found))
    return list(found.values())


def _summary(path: Path, written: bytes) -> StoredRun:
    record, provenance = parse_record(path, written)
    return StoredRun(path.stem, record.spec, row_of(record), provenance.get("code", ""), record.seconds)


def _text_of(runs: dict[str, StoredRun]) -> str:
    # cells are few, and a run of one differs in its seeds alone
    cells: dict[RunSpec, int] = {}
    lines = [
        (
            digest,
            run.key,
            cells.setdefault(replace(run.spec, seed=0, data_seed=None), len(cells)),
            run.spec.seed,
            run.spec.data_seed,
            [*vars(run.row).values()],
            run.code,
            run.seconds,
        )
        for digest, run in runs.items()
    ]
    content = {"made by": _made_by(), "cells": [asdict(spec) for spec in cells], "runs": lines}
    return json.dumps(content, separators=(",", ":"))


def _remembered(home: Path) -> dict[str, StoredRun]:
    text = read_note(home)
    if text is None:
        return {}
    # of another version it may say anything
    with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
        content = json.loads(text)
        return dict(_runs_in(content)) if content["made by"] == _made_by() else {}
    return {}


def _runs_in(content: dict[str, Any]) -> Iterator[tuple[str, StoredRun]]:
    cells = [_spec_of(said) for said in content["cells"]]
    for digest, key, cell, seed, data_seed, row, code, seconds in content["runs"]:
        spec = replace(cells[cell], seed=seed, data_seed=data_seed)
        yield digest, StoredRun(key, spec, RunRow(*row), code, seconds)


def _spec_of(said: dict[str, Any]) -> RunSpec:
    recipe = Recipe(**{**said["recipe"], "betas": tuple(said["recipe"]["betas"])})
    spec = RunSpec(**{**said, "recipe": recipe})
    check_fields(spec)
    return spec


def _made_by() -> str:
    """Return the digest of the code that decides what a record says in short."""
    sources: Sequence[str] = (str(record_files.__file__), __file__)
    return digest_of([code_digest(), *(sha256_of(Path(source)) for source in sources)])
