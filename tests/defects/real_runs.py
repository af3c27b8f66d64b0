"""Defects planted in real runs: the verdict that each gets, and the number of seeds that it takes.

`python -m tests.defects.real_runs --store FOLDER` trains what the stores below FOLDER lack; with `--collect` it takes the
rows of what has ended into `ROWS` instead, and writes the table of `docs/sensitivity.md`. A defect is planted in a process of its
own, and its records lie in a store of its own, so that nothing of it can be taken for a real run. The seeds are nobody
else's.
"""

import argparse
import multiprocessing
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from types import MappingProxyType
from typing import Any

import pytest

from stablebert.baselines import Baseline, find_baseline, find_margin, read_baseline, write_baseline
from stablebert.cli.run import report_line
from stablebert.gate import Status, Verdict, judge
from stablebert.records import RunStore
from stablebert.runs import Record, RunRow, RunSpec, cell_id, cell_key, row_of
from stablebert.tables import markdown
from stablebert.workers import run_all
from tests.gate.power import ROOT, grid_policy

Train = Callable[[str, Sequence[RunSpec], Path, int], None]

TASKS = ("trec", "intensity")
FIRST_SEED = 200
MOST_SEEDS = 10
# by the name of their store, the number in the catalogue of planted defects; the control has none
ARMS: Mapping[str, str | None] = MappingProxyType(
    {
        "none": None,
        "bertadam": "O01",
        "no-decay": "S02b",
        "no-clipping": "S06",
        "dropout-in-evaluation": "R17",
        "repeated-order": "R23",
    }
)
ROWS = Path(__file__).parent / "rows"
PAGE = ROOT / "docs" / "sensitivity.md"
_TABLE = re.compile(r"(?<=<!-- table:begin -->\n).*(?=<!-- table:end -->)", re.DOTALL)


def cell_of(task: str) -> RunSpec:
    """Return a run of the cell in which the defects are planted."""
    return RunSpec(task=task)


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


def train_apart(arm: str, specs: Sequence[RunSpec], store: Path, jobs: int) -> None:
    """Train the runs that an arm's store lacks, in a process of their own.

    Args:
        arm: A key of `ARMS`.
        specs: The runs.
        store: Folder of all arms' stores.
        jobs: Processes that train.

    Raises:
        RuntimeError: a run has ended in an error, or the process has died.
    """
    process = multiprocessing.get_context("spawn").Process(target=_train, args=(arm, specs, store, jobs))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise RuntimeError(f"{arm}: the process that trains ended with {process.exitcode}")


def train_until_decided(arm: str, task: str, store: Path, jobs: int, train: Train = train_apart) -> Verdict:
    """Train an arm's seeds look by look, until one decides or `MOST_SEEDS` are spent, and return the verdict."""
    cell = cell_of(task)
    for look in (look for look in grid_policy().looks if look <= MOST_SEEDS):
        train(arm, [cell.with_seed(seed) for seed in range(FIRST_SEED, FIRST_SEED + look)], store, jobs)
        verdict = verdict_of(task, stored_rows(arm, task, store))
        if verdict.status is not Status.INCONCLUSIVE:
            break
    return verdict


def stored_rows(arm: str, task: str, store: Path) -> list[RunRow]:
    """Return the rows of an arm's stored runs of a task, whatever code has made them."""
    key = _baseline_of(task).header["cell_key"]
    records = RunStore(store / arm).records()
    return [row_of(found) for found in records if cell_key(found.spec, found.data_digest, found.weights_digest) == key]


def verdict_of(task: str, rows: Sequence[RunRow]) -> Verdict:
    """Judge rows against the accepted ones, by the rule and the grid of the bench."""
    spec = cell_of(task)
    margin = find_margin([ROOT / "baselines"], spec.cell)
    limit = None if margin is None else margin.margin
    return judge(rows, _baseline_of(task).rows, grid_policy(), margin=limit, cell=cell_id(spec), alone=False)


def collect(store: Path) -> None:
    """Take the rows of every arm whose training has ended into `ROWS`."""
    for task in TASKS:
        for arm in ARMS:
            rows = stored_rows(arm, task, store)
            verdict = verdict_of(task, rows)
            if verdict.status is Status.INVALID or (verdict.status is Status.INCONCLUSIVE and len(rows) < MOST_SEEDS):
                print(f"left out: {arm}, {task}: {verdict.sentence()}")
                continue
            header = {"planted": arm, "cell": cell_id(cell_of(task))}
            (ROWS / arm).mkdir(parents=True, exist_ok=True)
            write_baseline(ROWS / arm / f"{task}.csv", header, rows)


def table() -> str:
    """Return the verdicts on the rows in `ROWS` as Markdown, by the rule as it is."""
    lines = [("task", "planted", "verdict", "seeds", "difference", "bound", "margin", "failed runs", "log loss")]
    for task in TASKS:
        accepted = _log_loss(_baseline_of(task).rows)
        for arm in (arm for arm in ARMS if (ROWS / arm / f"{task}.csv").is_file()):
            rows = read_baseline(ROWS / arm / f"{task}.csv").rows
            found = verdict_of(task, rows)
            numbers = [_shown(value) for value in (found.difference, found.lower_bound, found.margin)]
            counts = (str(found.runs), *numbers, f"{found.failed} of {found.runs}")
            losses = f"{_shown(_log_loss(rows[: found.runs]))} ({_shown(accepted)})"
            lines.append((f"`{task}`", arm, str(found.status), *counts, losses))
    return f"{markdown(lines, left=range(3))}\n"


def with_table(page: str) -> str:
    """Return the text of the page with the table as it is now."""
    return _TABLE.sub(lambda _: table(), page)


def _baseline_of(task: str) -> Baseline:
    spec = cell_of(task)
    baseline = find_baseline(spec.cell, [ROOT / "baselines"])
    if baseline is None:
        raise LookupError(f"{cell_id(spec)} has no baseline")
    return baseline


def _train(arm: str, specs: Sequence[RunSpec], store: Path, jobs: int) -> None:
    print(f"planted: {arm}", flush=True)
    results = run_all(specs, store / arm, jobs=jobs, report=report_line, train=partial(train_planted, arm))
    if any(isinstance(result, Exception) for result in results):
        raise SystemExit(1)


def _log_loss(rows: Sequence[RunRow]) -> float | None:
    """Return the mean log loss of the rows that have not failed."""
    losses = [row.log_loss for row in rows if not row.failed]
    return fmean(losses) if losses else None


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True, help="folder of the arms' stores")
    parser.add_argument("--jobs", type=int, default=1, help="processes of one thread each (default: 1)")
    parser.add_argument("--only", choices=ARMS, nargs="+", default=tuple(ARMS), help="arms (default: all)")
    parser.add_argument("--tasks", choices=TASKS, nargs="+", default=TASKS, help="tasks (default: all)")
    parser.add_argument("--collect", action="store_true", help="train nothing: take the rows of what has ended")
    given = parser.parse_args()
    if given.collect:
        collect(given.store)
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        print(table(), end="")
        return
    for task in given.tasks:
        for arm in given.only:
            verdict = train_until_decided(arm, task, given.store, given.jobs)
            print(f"{arm}, {task}: {verdict.sentence()}", flush=True)


if __name__ == "__main__":
    _main()
