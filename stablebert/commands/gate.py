"""Judge stored runs of cells against their baselines; nothing is trained."""

import argparse
import json

from stablebert.commands import selecting
from stablebert.gate import Policy, Status, Verdict, judge
from stablebert.report import verdict_lines
from stablebert.runs import cell_id, row_of
from stablebert.store import RunStore, find_baseline, run_keys
from stablebert.store.margins import find_margin

_EXIT = {Status.PASS: 0, Status.FAIL: 1, Status.INCONCLUSIVE: 3, Status.INVALID: 4}
# the worst says what the command says
_WORST = (Status.INVALID, Status.FAIL, Status.INCONCLUSIVE, Status.PASS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    selecting.add_cells(parser)
    selecting.add_optimizer(parser)
    selecting.add_folders(parser)
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")


def work(arguments: argparse.Namespace) -> int:
    """Print the verdicts; exit 0 PASS, 1 FAIL, 3 INCONCLUSIVE, 4 INVALID, the worst of the cells."""
    verdicts = [_verdict(cell, arguments) for cell in arguments.cells]
    if arguments.json:
        print(json.dumps([verdict.to_dict() for verdict in verdicts], indent=2))
    else:
        print("\n".join(verdict_lines(verdicts)))
    found = {verdict.status for verdict in verdicts}
    return _EXIT[next(status for status in _WORST if status in found)]


def _verdict(cell: str, arguments: argparse.Namespace) -> Verdict:
    spec = selecting.spec_of(cell, optimizer=arguments.optimizer, optimizer_args=arguments.optimizer_args)
    folders = selecting.baselines_of(arguments)
    baseline = find_baseline(spec, folders)
    if baseline is None:
        return Verdict(cell, Status.INVALID, "it has no baseline; `stablebert accept` makes one")
    if baseline.header.get("cell_key") != run_keys(spec).cell:
        return Verdict(cell, Status.INVALID, "its baseline was made with another recipe, other data or other weights")
    store = RunStore(selecting.store_of(arguments))
    records = [store.load(run_keys(spec.with_seed(seed)).record) for seed in selecting.seeds_of(arguments)]
    rows = [row_of(record) for record in records if record is not None]
    margin = find_margin(folders, spec.encoder, spec.task, spec.length)
    cells = sum(len(list((folder / spec.encoder).glob("*/*.csv"))) for folder in folders)
    policy = Policy(cells=max(1, cells))
    return judge(rows, baseline.rows, policy, margin=margin.margin if margin else None, cell=cell_id(spec))
