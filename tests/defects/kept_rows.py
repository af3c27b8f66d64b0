"""The rows of planted runs that are in git: `rows/NAME/TASK.csv`, each with the data that it was trained on."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from stablebert.baselines import Baseline, BaselineError, find_baseline, read_baseline, write_baseline
from stablebert.records import RunStore
from stablebert.runs import RunRow, cell_id, cell_key, row_of, seed_id
from stablebert.tasks import task_digest
from tests.defects.planted_runs import FIRST_SEED, MOST_SEEDS, cell_of
from tests.gate.power import ROOT

ROWS = Path(__file__).parent / "rows"


class RowsError(LookupError):
    """Rows are missing, or are of other data than the package and the baseline are now; the message has the command."""


def train_command(arm: str, task: str) -> str:
    """Return what trains an arm on a task and takes its rows, as a line of words."""
    words = f"python -m tests.defects.real_runs --store FOLDER --only {arm} --tasks {task}"
    return f"{words}, then the same with --collect"


def rows_path(arm: str, task: str) -> Path:
    """Return where the rows of an arm on a task lie."""
    return ROWS / arm / f"{task}.csv"


def read_rows(arm: str, task: str) -> tuple[RunRow, ...]:
    """Return the rows of an arm on a task.

    Raises:
        RowsError: there are none, or they are stale.
        BaselineError: the file or the baseline is damaged.
    """
    path = rows_path(arm, task)
    if not path.is_file():
        raise _error(arm, task, "has no rows")
    found = read_baseline(path)
    said = {name: found.header.get(name, "") for name in ("planted", "cell", "cell_key", "data")}
    for name, wanted in _facts(arm, task).items():
        if said[name] != wanted:
            raise _error(arm, task, f"has stale rows: {name} is {said[name][:60] or 'not said'}, not {wanted[:60]}")
    return found.rows


def write_rows(arm: str, task: str, rows: Sequence[RunRow], trained: str) -> None:
    """Write the rows of an arm on a task, with the data that they are of.

    Args:
        arm: A key of `ARMS`.
        task: Task id.
        rows: One a seed.
        trained: By what code, in words.
    """
    rows_path(arm, task).parent.mkdir(parents=True, exist_ok=True)
    write_baseline(rows_path(arm, task), {**_facts(arm, task), "trained": trained}, rows)


def kept_rows(arm: str, task: str) -> tuple[RunRow, ...]:
    """Return the rows of an arm on a task that are in git, none where they are missing or stale."""
    with suppress(LookupError):
        return read_rows(arm, task)
    return ()


def block_of(arm: str, task: str) -> range:
    """Return the seeds of an arm on a task: those after its first row in git, or the block of all new ones."""
    first = min((int(row.seed[1:]) for row in kept_rows(arm, task)), default=FIRST_SEED)
    return range(first, first + MOST_SEEDS)


def rows_so_far(arm: str, task: str, store: Path) -> list[RunRow]:
    """Return the rows of an arm on a task by seed: those in git, and what is stored of their block beyond them.

    Stored are the runs of the baseline's cell, whatever code has made them.

    Args:
        arm: A key of `ARMS`.
        task: Task id.
        store: Folder of all arms' stores.

    Raises:
        RowsError: the store has runs of the task and all are of other data, weights or recipe than the baseline.
        LookupError: the cell has no baseline.
    """
    key = baseline_of(task).header["cell_key"]
    records = [record for record in RunStore(store / arm).records() if record.spec.cell == cell_of(task).cell]
    ours = [found for found in records if cell_key(found.spec, found.data_digest, found.weights_digest) == key]
    rows = {row.seed: row for row in kept_rows(arm, task)}
    if records and not ours and not rows:
        raise _error(arm, task, f"has {len(records)} stored runs, none of the baseline's data, weights and recipe")
    seeds = block_of(arm, task)
    stored = {seed_id(found.spec): row_of(found) for found in ours if found.spec.seed in seeds}
    return [row for _, row in sorted({**stored, **rows}.items())]


def trained_by(arm: str, task: str, store: Path) -> str:
    """Return what has made an arm's rows on a task, as a line of words: what the file in git says, and the store."""
    said = [read_baseline(rows_path(arm, task)).header.get("trained", "")] if kept_rows(arm, task) else []
    codes = {
        json.loads(path.read_bytes()).get("provenance", {}).get("code", "unknown")[:12]
        for path in (store / arm).glob("??/*.json")
    }
    return "; then ".join([*said, *([f"by code {', '.join(sorted(codes))}"] if codes else [])])


def baseline_of(task: str) -> Baseline:
    """Return the accepted runs of the cell in which changes are planted.

    Raises:
        LookupError: there are none.
        BaselineError: the file is damaged.
    """
    cell = cell_of(task).cell
    baseline = find_baseline(cell, [ROOT / "baselines"])
    if baseline is None:
        raise LookupError(f"{cell} has no baseline")
    if "cell_key" not in baseline.header:
        raise BaselineError(f"baseline {baseline.path} says nothing of its cell's key")
    return baseline


def _facts(arm: str, task: str) -> dict[str, str]:
    """Return what the header of sound rows says: the data are those of the package, the cell is the baseline's."""
    return {
        "planted": arm,
        "cell": cell_id(cell_of(task)),
        "cell_key": baseline_of(task).header["cell_key"],
        "data": task_digest(task),
    }


def _error(arm: str, task: str, problem: str) -> RowsError:
    return RowsError(f"{arm}, {task}: {problem}; {train_command(arm, task)}")
