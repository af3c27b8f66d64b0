"""Runs that are collected in git and judge nothing: rows and series of smaller studies, a file for each kind of them.

A file has the form of a baseline's and lies elsewhere, so that no gate finds it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from stablebert.baselines.cells import Baseline, read_baseline, write_baseline
from stablebert.baselines.changing import changing
from stablebert.baselines.commit import HOME, check_committed
from stablebert.baselines.csv_tables import BaselineError
from stablebert.baselines.headers import environments_of, facts_of
from stablebert.baselines.kept import kept_runs
from stablebert.baselines.searches import searched_seeds
from stablebert.baselines.series import series_beside, write_series
from stablebert.records.provenance import run_keys
from stablebert.records.store import RunStore
from stablebert.runs import Record, RunSpec, digest_of, format_id, row_of, seed_id

# below the root directory
COLLECTED = Path("docs", "results", "runs")
_CROSSED = "crossed"


@dataclass(frozen=True)
class Collected:
    """What was collected of one kind of runs: those that differ by their seeds alone.

    Attributes:
        path: Its file.
        runs: How many it holds now.
        new: How many of them are new.
    """

    path: Path
    runs: int
    new: int


def collected_runs(folder: Path) -> list[Baseline]:
    """Return what is collected in a folder, by file; nothing where there is no such folder.

    Raises:
        BaselineError: a file is damaged, or names no cell.
    """
    found = [read_baseline(path) for path in sorted(folder.glob("*.csv"))]
    for each in found:
        if "cell" not in each.header:
            raise BaselineError(f"{each.path} names no cell")
    return found


def is_crossed(collected: Baseline) -> bool:
    """Return whether initialisation and data order of collected runs have seeds of their own (Appendix B)."""
    return collected.header.get("seeds") == _CROSSED


def collect(specs: Iterable[RunSpec], store: RunStore, folder: Path, baselines: Sequence[Path] = ()) -> list[Collected]:
    """Write what a store has of runs by the present code into a folder of collected runs.

    Runs that stand stay beside new ones if the same code made them; those of other code make room, since runs of two
    versions are no sample of either.

    Args:
        specs: The runs that are meant.
        store: Where their records lie.
        folder: Of collected runs.
        baselines: Folders of recorded searches, whose seeds are no sample.

    Raises:
        BaselineError: a seed that chose the hyperparameters, uncommitted changes of the package's sources, or a file
            that is damaged or cannot be written.
        StoreError: a record is damaged.
        ValueError: something that a run names is unknown or cannot be had.
    """
    check_committed("sources", HOME)
    kinds: dict[RunSpec, list[Record]] = defaultdict(list)
    runs = list(dict.fromkeys(specs))
    _check_fresh(runs, baselines)
    for spec in runs:
        record = store.load(run_keys(spec).record)
        if record is not None:
            kinds[_kind_of(spec)].append(record)
    return [_collect_kind(kind, records, folder) for kind, records in kinds.items()]


def _check_fresh(runs: Sequence[RunSpec], baselines: Sequence[Path]) -> None:
    used = {
        encoder: {seed for folder in baselines for seed in searched_seeds(folder, encoder)}
        for encoder in {spec.encoder for spec in runs}
    }
    spent = next((spec for spec in runs if spec.seed in used[spec.encoder]), None)
    if spent is not None:
        raise BaselineError(f"{format_id(spent)}: its seed chose the hyperparameters; a sample needs fresh ones")


def _kind_of(spec: RunSpec) -> RunSpec:
    return replace(spec, seed=0, data_seed=None if spec.data_seed is None else 0)


def _collect_kind(kind: RunSpec, records: Sequence[Record], folder: Path) -> Collected:
    path = folder / _name_of(kind)
    header = facts_of(kind, run_keys(kind), records) | {"collected": date.today().isoformat()}
    if kind.data_seed is not None:
        header["seeds"] = _CROSSED
    with changing(folder, path.name) as write:
        before = read_baseline(path) if path.is_file() else None
        kept = kept_runs(before, header, {seed_id(record.spec) for record in records})
        rows = sorted([*kept.rows, *map(row_of, records)], key=lambda row: row.seed)
        header["environments"] = environments_of(records, kept.environments)
        write_series(series_beside(path), records, kept.series, write)
        write_baseline(path, header, rows, write)
    return Collected(path, len(rows), len(records))


def _name_of(kind: RunSpec) -> str:
    """Return a file's name, which tells kinds apart, those of another recipe too, and is never read back."""
    made = digest_of([asdict(kind.recipe), kind.optimizer_arguments])[:8]
    name = "_".join(filter(None, (kind.cell.id, kind.optimizer, _CROSSED if kind.data_seed is not None else "", made)))
    return re.sub(r"[^A-Za-z0-9._+-]", "-", name) + ".csv"
