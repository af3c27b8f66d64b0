"""Defects planted in real runs: the verdict that each gets, and the number of seeds that it takes.

`python -m tests.defects.real_runs --store FOLDER` trains what the stores below FOLDER lack and prints the table;
`--table` prints it from what is stored, by the rule as it is now. A defect is planted in a process of its own, and its
records lie in a store of its own, so that nothing of it can be taken for a real run. The seeds are nobody else's.
"""

import argparse
import multiprocessing
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from stablebert.commands.run import report_line
from stablebert.commands.selecting import spec_of
from stablebert.engines import run_all
from stablebert.gate import Status, Verdict, judge
from stablebert.runs import Record, RunSpec, cell_id, cell_key, row_of
from stablebert.store import RunStore, find_baseline
from stablebert.store.margins import find_margin
from tests.gate.power import ROOT, grid_policy

TASKS = ("trec", "intensity")
FIRST_SEED = 200
MOST_SEEDS = 10
CONTROL = "none"
# by the name of their store, the number in the catalogue of planted defects
ARMS: Mapping[str, str | None] = MappingProxyType(
    {
        CONTROL: None,
        "bertadam": "O01",
        "no-decay": "S02b",
        "no-clipping": "S06",
        "dropout-in-evaluation": "R17",
        "repeated-order": "R23",
    }
)


def cell_of(task: str) -> RunSpec:
    """Return a run of the cell in which the defects are planted."""
    return spec_of(f"{task}_debiased_3ep_minilm_fp32")


def train_planted(arm: str, spec: RunSpec, **options: Any) -> Record:
    """Train one run with an arm's defect in place, and take it out again.

    Args:
        arm: A key of `ARMS`.
        spec: The run.
        options: As `stablebert.train` takes them.
    """
    import torch

    from stablebert.training import train
    from tests.defects import optimizer, recipe

    catalogue = {defect.id: defect for defect in (*optimizer.DEFECTS, *recipe.DEFECTS)}
    number = ARMS[arm]
    # dropout in evaluation draws from torch's own generator, which is to be the seed's and not the run's before
    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng():
        torch.manual_seed(spec.seed)
        if number is not None:
            catalogue[number].plant(patch)
        return train(spec, **options)


def verdict_of(arm: str, task: str, store: Path) -> Verdict:
    """Judge the stored runs of an arm against the accepted ones, by the rule and the grid of the bench.

    Args:
        arm: A key of `ARMS`.
        task: Task id.
        store: Folder of all arms' stores.

    Raises:
        LookupError: the cell has no baseline or no margin.
    """
    spec = cell_of(task)
    baseline = find_baseline(spec, [ROOT / "baselines"])
    margin = find_margin([ROOT / "baselines"], spec.encoder, task, spec.length)
    if baseline is None or margin is None:
        raise LookupError(f"{cell_id(spec)} has no baseline or no margin")
    # whatever code made them: a record is found by what was run
    rows = [row_of(record) for record in RunStore(store / arm).records() if _key(record) == baseline.header["cell_key"]]
    return judge(rows, baseline.rows, grid_policy(), margin=margin.margin, cell=cell_id(spec))


def train_until_decided(arm: str, task: str, store: Path, jobs: int) -> Verdict:
    """Train an arm's seeds look by look, until one decides or `MOST_SEEDS` are spent, and return the verdict."""
    cell = cell_of(task)
    verdict = Verdict(cell_id(cell), Status.INCONCLUSIVE, "no run yet")
    for look in (look for look in grid_policy().looks if look <= MOST_SEEDS):
        specs = [cell.with_seed(seed) for seed in range(FIRST_SEED, FIRST_SEED + look)]
        process = multiprocessing.get_context("spawn").Process(target=_train, args=(arm, specs, store, jobs))
        process.start()
        process.join()
        if process.exitcode != 0:
            raise RuntimeError(f"{arm}, {task}: the process that trains ended with {process.exitcode}")
        verdict = verdict_of(arm, task, store)
        if verdict.status is not Status.INCONCLUSIVE:
            break
    return verdict


def table(verdicts: Iterable[tuple[str, str, Verdict]]) -> str:
    """Return the verdicts as Markdown.

    Args:
        verdicts: (arm, task, verdict), in the order wanted.
    """
    lines = [
        "| defect | task | verdict | seeds | difference | bound | margin | failed runs |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for arm, task, verdict in verdicts:
        numbers = (_points(verdict.difference), _points(verdict.lower_bound), _points(verdict.margin))
        failed = f"{verdict.failed} of {verdict.runs}"
        lines.append(f"| {' | '.join((arm, task, verdict.status, str(verdict.runs), *numbers, failed))} |")
    return "\n".join(lines)


def _train(arm: str, specs: Sequence[RunSpec], store: Path, jobs: int) -> None:
    print(f"planted: {arm}", flush=True)
    results = run_all(specs, store / arm, jobs=jobs, report=report_line, train=partial(train_planted, arm))
    if any(isinstance(result, Exception) for result in results):
        raise SystemExit(1)


def _key(record: Record) -> str:
    return cell_key(record.spec, record.data_digest, record.weights_digest)


def _points(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True, help="folder of the arms' stores")
    parser.add_argument("--jobs", type=int, default=1, help="processes of one thread each (default: 1)")
    parser.add_argument("--only", choices=ARMS, nargs="+", default=tuple(ARMS), help="arms (default: all)")
    parser.add_argument("--tasks", choices=TASKS, nargs="+", default=TASKS, help="tasks (default: all)")
    parser.add_argument("--table", action="store_true", help="judge what is stored, train nothing")
    given = parser.parse_args()
    found = []
    for task in given.tasks:
        for arm in given.only:
            if given.table:
                verdict = verdict_of(arm, task, given.store)
            else:
                verdict = train_until_decided(arm, task, given.store, given.jobs)
                print(f"{arm}, {task}: {verdict.sentence()}", flush=True)
            found.append((arm, task, verdict))
    print(table(found))


if __name__ == "__main__":
    _main()
