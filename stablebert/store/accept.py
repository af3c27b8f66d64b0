"""How a number gets into `baselines/`: from stored runs of fresh seeds, with a reason, in one step."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import fmean, stdev

from stablebert.runs import Record, RunRow, RunSpec, cell_id, row_of
from stablebert.store.baselines import BaselineError, baseline_path, read_baseline, write_baseline, write_whole
from stablebert.store.margins import Margin, margin_from, read_margins, write_margins
from stablebert.store.provenance import device_type, run_keys
from stablebert.store.records import RunStore
from stablebert.store.search import searched_seeds

_LEAST = 20


@dataclass(frozen=True)
class Accepted:
    """What an acceptance has written.

    Attributes:
        path: The baseline file.
        before: Mean, standard deviation and runs before, or None.
        after: Mean, standard deviation and runs now; of the non-failed runs.
        margin: The task's margin, if both its cells are there.
    """

    path: Path
    before: tuple[float, float, int] | None
    after: tuple[float, float, int]
    margin: Margin | None


def accept(spec: RunSpec, seeds: Sequence[int], store: RunStore, folder: Path, why: str) -> Accepted:
    """Store the runs of a cell as its baseline, with a line in the ledger.

    Args:
        spec: Any run of the cell.
        seeds: The seeds to accept, at least 20.
        store: Where their records lie.
        folder: The `baselines` folder.
        why: The reason, for the ledger.

    Raises:
        BaselineError: too few seeds, a seed without record, a seed that chose the hyperparameters, no reason, or
            uncommitted changes of the package's sources.
    """
    if not why.strip():
        raise BaselineError("an acceptance needs a reason: --why says it")
    if len(set(seeds)) < _LEAST:
        raise BaselineError(f"{len(set(seeds))} seeds; a baseline needs at least {_LEAST}")
    used = searched_seeds(folder, spec.encoder) & set(seeds)
    if used:
        raise BaselineError(f"seeds {_listed(used)} chose the hyperparameters; a baseline needs fresh ones")
    _refuse_dirty(folder)
    records = {seed: store.load(run_keys(spec.with_seed(seed)).record) for seed in sorted(set(seeds))}
    missing = [seed for seed, record in records.items() if record is None]
    if missing:
        raise BaselineError(f"{cell_id(spec)}: no record of seeds {_listed(missing)}; `stablebert run` makes them")
    found = [record for record in records.values() if record is not None]
    rows = [row_of(record) for record in found]
    path = baseline_path(folder, spec)
    before = _summary(read_baseline(path).rows) if path.is_file() else None
    write_baseline(path, _header(spec, found), rows)
    after = _summary(rows)
    margin = _update_margin(spec, folder)
    _append_ledger(folder, spec, why, before, after)
    return Accepted(path, before, after, margin)


def _header(spec: RunSpec, records: Sequence[Record]) -> dict[str, str]:
    keys = run_keys(spec)
    environment = records[0].environment
    return {
        "cell": cell_id(spec),
        "metric": records[0].metric,
        "cell_key": keys.cell,
        "recipe": json.dumps(asdict(spec.recipe)),
        "environment_class": f"{device_type()}-{spec.precision}",
        "code": keys.code,
        "commit": _git(Path.cwd(), "rev-parse", "HEAD") or "unknown",
        "accepted": date.today().isoformat(),
        "environment": json.dumps(environment),
    }


def _update_margin(spec: RunSpec, folder: Path) -> Margin | None:
    """Write the task's margin anew when one of the two cells that decide it has been accepted."""
    place = (spec.encoder, spec.task, spec.length)
    margins = read_margins(folder)
    standing = next((item for item in margins if (item.encoder, item.task, item.length) == place), None)
    if spec.method not in ("debiased", "bertadam") or spec.fidelity != "corrected":
        return standing
    paths = [folder / spec.encoder / spec.task / f"{method}_{spec.length}.csv" for method in ("debiased", "bertadam")]
    if not all(path.is_file() for path in paths):
        return standing
    debiased, bertadam = (read_baseline(path).rows for path in paths)
    fresh = margin_from(
        debiased, bertadam, encoder=place[0], task=place[1], length=place[2], accepted=date.today().isoformat()
    )
    write_margins(folder, [item for item in margins if item is not standing] + [fresh])
    return fresh


def _append_ledger(
    folder: Path, spec: RunSpec, why: str, before: tuple[float, float, int] | None, after: tuple[float, float, int]
) -> None:
    path = folder / "LEDGER.md"
    text = (
        path.read_text(encoding="utf-8")
        if path.is_file()
        else "# Ledger of acceptances\n\nAppended to, never edited.\n\n"
    )
    old = "none" if before is None else _shown(before)
    line = f"- {date.today().isoformat()} `{cell_id(spec)}`: {old} -> {_shown(after)}. {' '.join(why.split())}\n"
    write_whole(path, text + line)


def _summary(rows: Sequence[RunRow]) -> tuple[float, float, int]:
    scores = [row.test for row in rows if not row.failed]
    return (fmean(scores) if scores else 0.0, stdev(scores) if len(scores) > 1 else 0.0, len(scores))


def _shown(summary: tuple[float, float, int]) -> str:
    return f"mean {summary[0]:.2f}, sd {summary[1]:.2f}, {summary[2]} runs not failed"


def _listed(seeds: Sequence[int] | set[int]) -> str:
    return ", ".join(str(seed) for seed in sorted(seeds))


def _refuse_dirty(folder: Path) -> None:
    changed = _git(folder.resolve().parent, "status", "--porcelain", "--", "stablebert")
    if changed:
        raise BaselineError(f"uncommitted changes of the sources: commit them first\n{changed}")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
