"""Planted changes in real runs: the verdict that each gets, and the number of seeds that it takes.

`python -m tests.defects.real_runs --store FOLDER` trains, look by look, what neither `ROWS` nor the stores below FOLDER have;
with `--collect` it takes the rows of what is stored into `ROWS` instead, beside the accepted rows that judge them, and
writes the table of `docs/sensitivity.md`. A change is planted in a process of its own.
"""

import argparse
import multiprocessing
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from stablebert.baselines import Baseline, checked_margin, find_baseline, read_baseline, write_baseline
from stablebert.gate import Status, Verdict, judge
from stablebert.project.precision import AUTO, precision_of
from stablebert.records import RunStore
from stablebert.runs import Cell, Record, RunRow, RunSpec, cell_key, row_of, seed_id
from stablebert.tables import markdown
from tests.defects.arms import ARMS
from tests.defects.planted_runs import FIRST_SEED, MOST_SEEDS, TASKS, cell_of, train_missing
from tests.gate.power import ROOT, grid_policy

Train = Callable[[str, Sequence[RunSpec], Path, int], None]

ROWS = Path(__file__).parent / "rows"
PAGE = ROOT / "docs" / "sensitivity.md"
_ACCEPTED = "accepted"
_TABLE = re.compile(r"(?<=<!-- table:begin -->\n).*(?=<!-- table:end -->)", re.DOTALL)


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
    accepted = present(task)
    cell = cell_of(task, planted_cell(arm, task, accepted, store).precision)
    for look in (look for look in grid_policy().looks if look <= MOST_SEEDS):
        known = {row.seed for row in known_rows(arm, task, accepted, store)}
        wanted = [cell.with_seed(seed) for seed in range(FIRST_SEED, FIRST_SEED + look)]
        train(arm, [spec for spec in wanted if seed_id(spec) not in known], store, jobs)
        verdict = verdict_of(known_rows(arm, task, accepted, store), accepted)
        if verdict.status is not Status.INCONCLUSIVE:
            break
    return verdict


def present(task: str) -> Baseline:
    """Return the baseline of a task as it is now, with its margin in the header."""
    cell, folder = cell_of(task).cell, ROOT / "baselines"
    baseline = find_baseline(cell, [folder])
    if baseline is None:
        raise LookupError(f"{cell} has no baseline")
    kept = {name: baseline.header[name] for name in ("cell", "cell_key") if name in baseline.header}
    return Baseline(baseline.path, kept | {"margin": str(checked_margin([folder], cell).margin)}, baseline.rows)


def collected(task: str) -> Baseline:
    """Return the accepted runs that judge the rows in `ROWS`."""
    return read_baseline(ROWS / _ACCEPTED / f"{task}.csv")


def planted_cell(arm: str, task: str, accepted: Baseline, store: Path | None = None) -> Cell:
    """Return the cell of an arm's runs: of those in `ROWS`, else in its store, else as a session would train them here."""
    if kept := _kept(arm, task, accepted):
        return Cell.parse(kept.header["cell"])
    if stored := _stored(arm, accepted, store):
        return stored[0].spec.cell
    cell = cell_of(task).cell
    return replace(cell, precision=precision_of(AUTO, cell, cell, [ROOT / "baselines"]))


def known_rows(arm: str, task: str, accepted: Baseline, store: Path | None = None) -> list[RunRow]:
    """Return the rows of an arm in `ROWS`, and of its store, that are of its one cell and class, by seed."""
    kept, cell = _kept(arm, task, accepted), planted_cell(arm, task, accepted, store)
    found = {row.seed: row for row in kept.rows} if kept else {}
    for record in _stored(arm, accepted, store):
        if record.spec.cell == cell:
            row = row_of(record)
            found.setdefault(row.seed, row)
    return [found[seed] for seed in sorted(found)]


def _kept(arm: str, task: str, accepted: Baseline) -> Baseline | None:
    path = ROWS / arm / f"{task}.csv"
    kept = read_baseline(path) if path.is_file() else None
    return kept if kept and kept.header["cell_key"] == accepted.header["cell_key"] else None


def _stored(arm: str, accepted: Baseline, store: Path | None) -> list[Record]:
    records = RunStore(store / arm).records() if store else ()
    key = accepted.header["cell_key"]
    return [one for one in records if cell_key(one.spec, one.data_digest, one.weights_digest) == key]


def verdict_of(rows: Sequence[RunRow], accepted: Baseline) -> Verdict:
    """Judge rows against accepted ones, by the rule and the grid of the bench."""
    margin = float(accepted.header["margin"])
    return judge(rows, accepted.rows, grid_policy(), margin=margin, cell=accepted.header["cell"], alone=False)


def collect(store: Path) -> None:
    """Take the rows of every arm into `ROWS`, and the accepted ones of now beside them.

    Of a task whose cell has no planted run yet, the rows of its former cell stay, with the runs that judged them.
    """
    for task in TASKS:
        accepted = present(task)
        found = {arm: known_rows(arm, task, accepted, store) for arm in ARMS}
        if not any(found.values()):
            continue
        cells = {arm: planted_cell(arm, task, accepted, store).id for arm in ARMS}
        _write(ROWS / _ACCEPTED / f"{task}.csv", accepted.header, accepted.rows)
        for arm, rows in found.items():
            path = ROWS / arm / f"{task}.csv"
            path.unlink(missing_ok=True)
            if rows:
                header = {"planted": arm, "cell": cells[arm], "cell_key": accepted.header["cell_key"]}
                _write(path, header, rows)


def table() -> str:
    """Return the verdicts on the rows in `ROWS` as Markdown, by the rule as it is."""
    lines = [
        ("task", "planted", "class", "verdict", "seeds", "difference", "bound", "margin", "failed runs", "log loss")
    ]
    for task in TASKS:
        accepted = collected(task)
        for arm in ARMS:
            if rows := known_rows(arm, task, accepted):
                found = verdict_of(rows, accepted)
                numbers = [_shown(value) for value in (found.difference, found.lower_bound, found.margin)]
                counts = (str(found.runs), *numbers, f"{found.failed} of {found.runs}")
                losses = f"{_shown(_log_loss(rows[: found.runs]))} ({_shown(_log_loss(accepted.rows))})"
                products = planted_cell(arm, task, accepted).precision
                lines.append((f"`{task}`", arm, products, str(found.status), *counts, losses))
    return f"{markdown(lines, left=range(4))}\n"


def with_table(page: str) -> str:
    """Return the text of the page with the table as it is now."""
    return _TABLE.sub(lambda _: table(), page)


def _write(path: Path, header: dict[str, str], rows: Sequence[RunRow]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_baseline(path, header, rows)


def _train(arm: str, specs: Sequence[RunSpec], store: Path, jobs: int) -> None:
    if train_missing(arm, specs, store, jobs):
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
