"""Root directories whose cells are in every state that a verdict can come from; nothing in them is trained."""

import json
from dataclasses import replace
from pathlib import Path

from stablebert.baselines import baseline_path, write_baseline, write_bridges
from stablebert.records import RunStore
from stablebert.runs import Cell, RunSpec, digest_of, format_id
from tests.frozen import freeze_margins
from tests.synthetic import passed_bridge, synthetic_record, synthetic_rows, wobble

SEEDS = range(100, 120)
BENCH = """
from stablebert.bench import cells

CELLS = [cell for name in {names!r} for task, method, length in [name.split("_")]
         for cell in cells([task], [method], length=length)]


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)
"""
# keys need no data and no weights; a run that is not stored cannot be made
CONFTEST = """
import importlib
import os
import sys

import stablebert.plugin.bench_session as bench_session
import stablebert.project.judging as judging
import stablebert.project.project as context

sys.path.insert(0, {tests!r})
from tests.project.stores import keys_of, obtain_stored

judging.run_keys = importlib.import_module("stablebert.records.obtain").run_keys = keys_of
bench_session.obtain = obtain_stored
context.INSTALLED = context.Path({installed!r})
import stablebert.assets

stablebert.assets.fetch = lambda name, **_: None

if os.environ.get("PLANTED") == "cells":
    _rule = judging.judge_rows
    judging.judge_rows = lambda rows, theirs, policy, **given: _rule(
        rows, theirs, judging.replace(policy, cells=1), **given
    )
"""


def keys_of(spec):
    """Return keys by id and optimizer alone."""
    from stablebert.records import Keys

    key = digest_of([format_id(spec), spec.optimizer])
    return Keys(key, key, "cell", "code", "data", "weights")


def obtain_stored(spec, store):
    """Return the record of a run; there is no other way to one."""
    from stablebert.records import StoreError, load_run

    record = load_run(spec, store)
    if record is None:
        raise StoreError(f"{format_id(spec)} is not stored")
    return record


class Root:
    """A root directory under construction.

    Args:
        folder: Where.
        tests: Root directory of the tests.
        baselines: Folder of the baselines, below it or elsewhere.
    """

    def __init__(self, folder: Path, tests: Path, baselines: Path | None = None) -> None:
        self.folder = folder
        self.store = RunStore(folder / ".stablebert" / "runs")
        self.baselines = baselines or folder / "baselines"
        self._accepts = False
        (folder / "bench").mkdir(parents=True)
        installed = str(baselines or folder / "nowhere")
        (folder / "conftest.py").write_text(CONFTEST.format(tests=str(tests), installed=installed))

    def finish(self, *cells: Cell, table: str = "") -> None:
        """Write the bench of cells and the project's table; the cells are the grid unless the table says so."""
        names = [cell.name for cell in cells]
        (self.folder / "bench" / "test_many.py").write_text(BENCH.format(names=names))
        grid = "" if "grid" in table else f"[tool.stablebert.grid]\nmini = {json.dumps(names)}\n"
        (self.folder / "pyproject.toml").write_text(f"{grid}{table.replace('no grid', '')}\n")
        if self._accepts:
            # a root that accepts nothing leaves the margins of others alone
            freeze_margins(self.baselines)

    def accept(self, cell: Cell, mean: float = 90.0, *, sd: float = 0.5, **header: str) -> Path:
        """Write the baseline of a cell, and return its file."""
        facts = {"cell": cell.id, "cell_key": "cell", "data": "data", "environment_class": "cpu-fp32", **header}
        path = baseline_path(self.baselines, cell)
        write_baseline(path, facts, synthetic_rows(mean, range(20), sd=sd))
        self._accepts = True
        return path

    def run(self, cell: Cell, mean: float = 90.0, *, seeds: range = SEEDS, sd: float = 0.5, **spec: object) -> None:
        """Store runs of a cell."""
        for seed in seeds:
            run = RunSpec(**{**vars(cell), "seed": seed, **spec})  # type: ignore[arg-type]
            self.publish(run, mean + wobble(seed, sd))

    def publish(self, run: RunSpec, score: float, losses: int | None = None) -> None:
        """Store one run, with the losses of its own seed or of another."""
        made = synthetic_record(run, score)
        if losses is not None:
            made = replace(made, steps=synthetic_record(run.with_seed(losses), score).steps)
        self.store.publish(keys_of(run).record, made)

    def damage(self, cell: Cell, seed: int) -> None:
        """Damage a record."""
        path = self.store.path(keys_of(RunSpec(**vars(cell), seed=seed)).record)
        path.write_text("rubbish")

    def bridge(self, task: str) -> None:
        """Record a bridge that has passed, between bf16 and fp32."""
        write_bridges(self.baselines, [passed_bridge(task, "cpu-bf16", "cpu-fp32")])

    def waive(self, cell: Cell) -> None:
        """Let a cell fail."""
        path = self.baselines / "waivers" / "one.toml"
        path.parent.mkdir(parents=True)
        path.write_text(f'cell = "{cell}"\nreason = "known"\nwho = "Ada"\nuntil = 2999-12-31\n')


def many_states(root: Root) -> dict[str, Cell]:
    """Put twelve cells in twelve states, and return them by the name of the state."""
    named = {
        "equal": Cell("trec"),
        "worse": Cell("trec", "reinit"),
        "waived": Cell("trec", "bertadam"),
        "undecided": Cell("sms"),
        "damaged baseline": Cell("sms", "reinit"),
        "damaged record": Cell("sms", "bertadam"),
        "no baseline": Cell("rotten"),
        "another recipe": Cell("rotten", "reinit"),
        "one loss for all seeds": Cell("rotten", "bertadam"),
        "another class": Cell("intensity"),
        "over a bridge": Cell("intensity", "reinit"),
        "fractions": Cell("intensity", "bertadam"),
    }
    headers = {
        "another recipe": {"cell_key": "other"},
        "another class": {"environment_class": "cuda-fp32"},
        "over a bridge": {"environment_class": "cpu-bf16"},
    }
    scores = {"worse": (84.0, 0.5), "waived": (84.0, 0.5), "undecided": (88.8, 1.2), "fractions": (0.9, 0.01)}
    for state, cell in named.items():
        if state != "no baseline":
            path = root.accept(
                cell, sd=scores.get(state, (0.0, 0.5))[1] if state == "undecided" else 0.5, **headers.get(state, {})
            )
            if state == "damaged baseline":
                path.write_text("rubbish")
        if state == "one loss for all seeds":
            for seed in SEEDS:
                root.publish(RunSpec(**vars(cell), seed=seed), 90.0 + wobble(seed), losses=7)
            continue
        mean, sd = scores.get(state, (90.0, 0.5))
        root.run(cell, mean, sd=sd)
        if state == "damaged record":
            root.damage(cell, 102)
    root.bridge("intensity")
    root.waive(named["waived"])
    root.finish(*named.values())
    return named
