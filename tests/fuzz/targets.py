"""What a coverage-guided fuzzer feeds: of each format a whole file, and the reader with the errors that it may name."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from stablebert.baselines import (
    BaselineError,
    listed_names,
    read_baseline,
    read_bridges,
    read_margins,
    read_waivers,
    series,
    write_baseline,
)
from stablebert.baselines.searches import read_search
from stablebert.cli.github import pull_request_of
from stablebert.doctor.facts import SetupError
from stablebert.doctor.reading import read_setup
from stablebert.encoders.encoder_files import parameter_count
from stablebert.project.options import settings_of
from stablebert.project.pyproject import adds_code, listed_grid, policy_of
from stablebert.records import RunStore, StoreError
from stablebert.records.under_way import runs_under_way
from stablebert.report.session import read_report
from stablebert.runs import Cell, RunSpec, parse_id, row_of
from stablebert.scores.exports import exported_rows
from stablebert.scores.readers import read_table
from stablebert.scores.score_table import TableError
from stablebert.tasks import TASKS, TaskError
from stablebert.tasks.glue import glue_splits
from stablebert.tasks.own import canonical_source, read_own
from stablebert.training.stacked.alone import why_alone
from tests.fuzz import (
    test_baseline_files,
    test_notes,
    test_project_files,
    test_records,
    test_score_files,
    test_setup_files,
    test_task_files,
    test_verdict_files,
)
from tests.fuzz.reading import answers, put
from tests.fuzz.test_foreign_encoders import HEAD, INDEX, weights

REAL = test_baseline_files.REAL
Read = Callable[[Path, bytes], Any]


@dataclass(frozen=True)
class Target:
    """One format.

    Attributes:
        whole: A file that is right.
        read: Reads such a file, written below a folder of its own; refuses by one error that is named.
    """

    whole: bytes
    read: Read


def _file(name: str, read: Callable[[Path], Any], *named: type[Exception]) -> Read:
    return lambda home, content: answers(lambda: read(put(home, name, content)), *named)


def _folder(name: str, read: Callable[[Path], Any], *named: type[Exception]) -> Read:
    def found(home: Path, content: bytes) -> Any:
        put(home, name, content)
        return answers(lambda: read(home), *named)

    return found


def _json(seal: Callable[[Path, Any], Any], *named: type[Exception]) -> Read:
    """Return a reader of what an enemy has sealed anew; what is no JSON has no seal."""

    def found(home: Path, content: bytes) -> Any:
        try:
            inner = json.loads(content)
        except (ValueError, RecursionError):
            return None
        return answers(lambda: seal(home, inner), *named)

    return found


def _record(home: Path, inner: Any) -> None:
    put(home, f"ab/{test_records.KEY}.json", test_records.sealed(inner))
    row_of(RunStore(home).load(test_records.KEY))


def _series(home: Path, inner: Any) -> None:
    outer = {"format": series._FORMAT, "sha256": series._checksum(inner), "content": inner}
    series.read_series(put(home, "a.series.json.gz", gzip.compress(json.dumps(outer).encode(), 1)))


def _header(home: Path, content: bytes) -> None:
    real = _baseline()
    path = home / "minilm/trec/debiased_3ep.csv"

    def facts() -> None:
        write_baseline(path, {**real.header, "recipe": content.decode("utf-8", "replace")}, real.rows)
        assert read_baseline(path).recipe != 0

    answers(facts, BaselineError)


@cache
def _baseline() -> Any:
    return read_baseline(REAL / "minilm/trec/debiased_3ep.csv")


def _project(home: Path) -> None:
    adds_code(home)
    listed_grid(home, "mini")
    policy_of(home, settings_of({}))


def _identity(home: Path, content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    answers(lambda: parse_id(text), ValueError)
    answers(lambda: Cell.parse(text.rpartition("_")[0]), ValueError)


def _glue(name: str) -> Read:
    def found(home: Path, content: bytes) -> None:
        for split in ("train", "dev"):
            put(home, f"{TASKS[name].folder}/{split}.tsv", content)
        answers(lambda: glue_splits(TASKS[name], home), TaskError)

    return found


def _own(kind: str) -> Read:
    return _file(
        f"own/train.{kind}",
        lambda path: read_own("mine", canonical_source("mine", {"folder": str(path.parent)})),
        TaskError,
    )


def _stack(home: Path, content: bytes) -> None:
    for name in ("model.safetensors", "vocab.txt", "tokenizer_config.json"):
        put(home, name, b"")
    put(home, "config.json", content)
    why_alone(RunSpec(task="trec", encoder="custom-000000", encoder_source=str(home)))


def _event(path: Path) -> None:
    pull_request_of({**test_verdict_files.ENVIRONMENT, "GITHUB_EVENT_PATH": str(path)})


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


_waiver = test_baseline_files.WAIVER + b"until = 2099-12-31\n"
TARGETS = {
    "baseline": Target(
        (REAL / "minilm/trec/bertadam_3ep.csv").read_bytes(), _file("a/b/c.csv", read_baseline, BaselineError)
    ),
    "header": Target(_dumped(test_baseline_files.FACTS["recipe"]), _header),
    "margins": Target((REAL / "margins.csv").read_bytes(), _folder("margins.csv", read_margins, BaselineError)),
    "bridges": Target((REAL / "bridges.csv").read_bytes(), _folder("bridges.csv", read_bridges, BaselineError)),
    "grid": Target((REAL / "grid.toml").read_bytes(), _folder("grid.toml", listed_names, BaselineError)),
    "search": Target(
        (REAL / "minilm/search.csv").read_bytes(),
        _folder("minilm/search.csv", lambda home: read_search(home, "minilm"), BaselineError),
    ),
    "waiver": Target(
        _waiver, _folder("w/a.toml", lambda home: read_waivers([home / "w"], date(2026, 1, 1)), BaselineError)
    ),
    "series": Target(_dumped(test_baseline_files.SERIES), _json(_series, BaselineError)),
    "record": Target(_dumped(test_records.PLAIN), _json(_record, StoreError)),
    "report": Target(_dumped(test_project_files.LEFT), _file("verdicts.json", read_report, ValueError)),
    "project": Target(test_project_files.PROJECT, _folder("pyproject.toml", _project, ValueError)),
    "identity": Target(test_project_files.IDS[1], _identity),
    "under way": Target(
        _dumped(test_notes.UNDER_WAY), _folder("under-way/a.json", lambda home: runs_under_way(home, 10.0))
    ),
    "rte": Target(test_task_files.glue_file("rte"), _glue("rte")),
    "stsb": Target(test_task_files.glue_file("stsb"), _glue("stsb")),
    "own csv": Target(test_task_files.own_table("csv", test_task_files.ROWS), _own("csv")),
    "own jsonl": Target(test_task_files.own_table("jsonl", test_task_files.ROWS), _own("jsonl")),
    "own source": Target(
        _dumped(test_task_files.SOURCE),
        lambda _, content: answers(lambda: canonical_source("mine", content.decode("utf-8", "replace")), TaskError),
    ),
    "scores csv": Target(test_score_files.CSV, _file("runs.csv", read_table, TableError)),
    "scores json": Target(test_score_files.TABLES["json"], _file("runs.json", read_table, TableError)),
    "scores jsonl": Target(test_score_files.TABLES["jsonl"], _file("runs.jsonl", read_table, TableError)),
    **{
        f"export of {score}": Target(
            _dumped(export),
            _file("seed_3.json", lambda path, score=score: exported_rows([path], score), TableError),
        )
        for score, export in test_score_files.EXPORTS.items()
    },
    "weights": Target(weights(HEAD), _folder("model.safetensors", parameter_count, ValueError)),
    "index": Target(INDEX, _folder("model.safetensors.index.json", parameter_count, ValueError)),
    "configuration": Target(b'{"model_type": "bert", "hidden_size": 32}', _stack),
    "script": Target(test_setup_files.SCRIPT, _file("script.py", read_setup, SetupError)),
    "arguments": Target(_dumped(test_setup_files.ARGUMENTS), _file("arguments.json", read_setup, SetupError)),
    "event": Target(_dumped(test_verdict_files.EVENT), _file("event.json", _event, ValueError)),
}
