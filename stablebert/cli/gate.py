"""Judge stored runs of cells against their baselines and train nothing; --base trains and judges two commits."""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from stablebert.baselines import BaselineError, baseline_files, find_baseline
from stablebert.baselines.bridges import bridge_over
from stablebert.baselines.margins import find_margin
from stablebert.baselines.waivers import read_waivers
from stablebert.cli import arguments as selecting
from stablebert.cli import base as against_base
from stablebert.cli.exits import exit_status
from stablebert.gate import Status, Verdict, judge
from stablebert.machine import device_type
from stablebert.project.policy import policy_of
from stablebert.project.standing import standing_of
from stablebert.records import RunStore, StoreError, run_keys
from stablebert.report import acting_waivers, command_line, note_lines, verdict_lines
from stablebert.runs import EnvironmentClass, RunRow, RunSpec, cell_id, row_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    selecting.add_cells(parser)
    selecting.add_optimizer(parser)
    selecting.add_store(parser)
    selecting.add_baselines(parser)
    against_base.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")


def work(arguments: argparse.Namespace) -> int:
    """Print the verdicts; exit 0 PASS, 1 FAIL, 3 INCONCLUSIVE, 4 INVALID, the worst of cells not waived."""
    if arguments.base:
        return against_base.work(arguments)
    if arguments.margin is not None:
        raise ValueError("--margin goes with --base; against baselines the frozen margins hold")
    folders = selecting.baselines_of(arguments)
    waivers = read_waivers(folders, date.today())
    specs = selecting.cells_of(arguments)
    seeds = selecting.seeds_of(arguments)
    verdicts = [_verdict(spec, seeds, arguments) for spec in specs]
    waived, standing = acting_waivers(verdicts, waivers), standing_of(zip(specs, specs, strict=True), folders)
    if arguments.json:
        print(json.dumps([verdict.to_dict() for verdict in verdicts], indent=2))
    else:
        print("\n".join(verdict_lines(verdicts, standing.budgets)))
    for line in note_lines(waived, standing):
        # data stays data
        print(line, file=sys.stderr if arguments.json else sys.stdout)
    return exit_status(Status.PASS if verdict.cell in waived else verdict.status for verdict in verdicts)


def _verdict(spec: RunSpec, seeds: range, arguments: argparse.Namespace) -> Verdict:
    try:
        verdict = _judge(spec, seeds, arguments)
    except (BaselineError, StoreError) as error:
        verdict = Verdict(cell_id(spec), Status.INVALID, str(error))
    return replace(verdict, command=_command(verdict.cell, arguments))


def _command(cell: str, arguments: argparse.Namespace) -> str:
    words = ["stablebert", "gate", cell]
    for name in ("seed_block", "seeds", "optimizer", "optimizer_args", "store", "baselines"):
        value = getattr(arguments, name)
        if value not in (None, "", "{}"):
            words += [f"--{name.replace('_', '-')}", str(value)]
    return command_line(words, os.environ)


def _judge(spec: RunSpec, seeds: range, arguments: argparse.Namespace) -> Verdict:
    cell = cell_id(spec)
    folders = selecting.baselines_of(arguments)
    baseline = find_baseline(spec.cell, folders)
    if baseline is None:
        return Verdict(cell, Status.INVALID, "it has no baseline; `stablebert accept` makes one")
    bridge_over(folders, spec.cell, baseline.environment_class, EnvironmentClass(device_type(), spec.precision))
    if baseline.header.get("cell_key") != run_keys(spec).cell:
        return Verdict(cell, Status.INVALID, "its baseline was made with another recipe, other data or other weights")
    rows = _stored(spec, seeds, RunStore(selecting.store_of(arguments)))
    margin = find_margin(folders, spec.cell)
    # every cell with a baseline shares the alarms, whichever are judged here
    cells = {path.relative_to(folder) for folder in folders for path in baseline_files(folder, spec.encoder)}
    policy = policy_of(Path.cwd(), {}, cells=len(cells))
    verdict = judge(rows, baseline.rows, policy, margin=margin.margin if margin else None, cell=cell)
    if not rows:
        again = f"`stablebert run {cell} --seed-block {seeds.start} --seeds {len(seeds)}` makes them"
        return replace(verdict, reason=f"none of the {len(seeds)} seeds asked for is stored; {again}")
    if verdict.status is Status.INCONCLUSIVE and len(rows) < len(seeds):
        return replace(verdict, reason=f"{verdict.reason}; {len(rows)} of the {len(seeds)} seeds asked for are stored")
    return verdict


def _stored(spec: RunSpec, seeds: Iterable[int], store: RunStore) -> list[RunRow]:
    """Return the rows of the seeds in order, up to the first that has no record: a gap must not be stepped over."""
    rows = []
    for seed in seeds:
        record = store.load(run_keys(spec.with_seed(seed)).record)
        if record is None:
            break
        rows.append(row_of(record))
    return rows
