"""How a number gets into `baselines/`: from stored runs of fresh seeds, with a reason, in one step."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from statistics import fmean, stdev

from stablebert.runs import Record, RunRow, RunSpec, cell_id, row_of
from stablebert.store.baselines import BaselineError, baseline_path, read_baseline, write_baseline
from stablebert.store.files import write_whole
from stablebert.store.margins import Margin, margin_from, read_margins, write_margins
from stablebert.store.provenance import run_keys
from stablebert.store.records import RunStore
from stablebert.store.search import searched_seeds
from stablebert.store.sources import source_commit, uncommitted_changes
from stablebert.training.device import device_type

_LEAST = 20
_OTHER_SIDE = {"debiased": "bertadam", "bertadam": "debiased"}
# what two cells must have in common for their difference to be that of the optimizers
_SETTING = ("recipe", "environment_class")
LEDGER_TITLE = (
    "# Ledger of acceptances\n\nAppended to, never edited: one line an acceptance, before -> after, and why.\n\n"
)


@dataclass(frozen=True)
class Accepted:
    """What an acceptance has written.

    Attributes:
        path: The baseline file.
        before: Mean, standard deviation and runs before, or None; of the non-failed runs.
        after: The same now.
        margin: The task's margin now, if it has one.
        margin_before: The task's margin before, if it had one.
    """

    path: Path
    before: tuple[float, float, int] | None
    after: tuple[float, float, int]
    margin: Margin | None
    margin_before: Margin | None = None


def accept(spec: RunSpec, seeds: Sequence[int], store: RunStore, folder: Path, why: str) -> Accepted:
    """Store the runs of a cell as its baseline, with a line in the ledger; nothing is written unless all is right.

    Args:
        spec: Any run of the cell.
        seeds: The seeds to accept, at least 20.
        store: Where their records lie.
        folder: The `baselines` folder.
        why: The reason, for the ledger.

    Raises:
        BaselineError: too few seeds, a seed without record, a seed that chose the hyperparameters, no reason, an
            optimizer of others, uncommitted changes of the package's sources, or a file that cannot be written.
        StoreError: a record is damaged.
    """
    _check_request(spec, set(seeds), folder, why)
    records = _load_records(spec, sorted(set(seeds)), store)
    rows = [row_of(record) for record in records]
    path = baseline_path(folder, spec)
    before = _summary(read_baseline(path).rows) if path.is_file() else None
    header = _header(spec, records)
    margins = read_margins(folder)
    place = (spec.encoder, spec.task, spec.length)
    standing = next((item for item in margins if (item.encoder, item.task, item.length) == place), None)
    fresh = _fresh_margin(spec, header, rows, folder)
    accepted = Accepted(path, before, _summary(rows), fresh or standing, standing)
    try:
        write_baseline(path, header, rows)
        if fresh is not None:
            write_margins(folder, [item for item in margins if item is not standing] + [fresh])
        _append_ledger(folder, spec, why, accepted)
    except OSError as error:
        raise BaselineError(f"{cell_id(spec)}: cannot write to {folder}: {error}") from error
    return accepted


def _check_request(spec: RunSpec, seeds: set[int], folder: Path, why: str) -> None:
    if not why.strip():
        raise BaselineError("an acceptance needs a reason: --why says it")
    if spec.optimizer is not None:
        raise BaselineError(f"these are runs of {spec.optimizer}, not of {spec.method}; a baseline is a method's own")
    if len(seeds) < _LEAST:
        raise BaselineError(f"{len(seeds)} seeds; a baseline needs at least {_LEAST}")
    used = searched_seeds(folder, spec.encoder) & seeds
    if used:
        raise BaselineError(f"seeds {_listed(used)} chose the hyperparameters; a baseline needs fresh ones")
    # the sources in the repository that the baselines are committed to
    changed = uncommitted_changes(folder.resolve().parent / "stablebert")
    if changed:
        raise BaselineError(f"uncommitted changes of the sources: commit them first\n{changed}")


def _load_records(spec: RunSpec, seeds: Sequence[int], store: RunStore) -> list[Record]:
    found = {seed: store.load(run_keys(spec.with_seed(seed)).record) for seed in seeds}
    missing = [seed for seed, record in found.items() if record is None]
    if missing:
        raise BaselineError(
            f"{cell_id(spec)}: no record of seeds {_listed(missing)} by the present code in {store.folder}; "
            "`stablebert run` makes them"
        )
    return [record for record in found.values() if record is not None]


def _header(spec: RunSpec, records: Sequence[Record]) -> dict[str, str]:
    keys = run_keys(spec)
    environments = {json.dumps(record.environment, sort_keys=True): record.environment for record in records}
    return {
        "cell": cell_id(spec),
        "metric": records[0].metric,
        "cell_key": keys.cell,
        "recipe": json.dumps(asdict(spec.recipe)),
        "fidelity": spec.fidelity,
        "environment_class": f"{device_type()}-{spec.precision}",
        "code": keys.code,
        "commit": source_commit(),
        "accepted": date.today().isoformat(),
        "environments": json.dumps(list(environments.values())),
    }


def _fresh_margin(spec: RunSpec, header: dict[str, str], rows: Sequence[RunRow], folder: Path) -> Margin | None:
    """Return the task's margin anew if one of the two cells that decide it is being accepted and the other is there."""
    other_side = _OTHER_SIDE.get(spec.method)
    if other_side is None or spec.fidelity != "corrected":
        return None
    path = baseline_path(folder, replace(spec, method=other_side))
    if not path.is_file():
        return None
    other = read_baseline(path)
    if any(other.header.get(name) != header[name] for name in _SETTING):
        return None
    debiased, bertadam = (rows, other.rows) if spec.method == "debiased" else (other.rows, rows)
    return margin_from(
        debiased, bertadam, encoder=spec.encoder, task=spec.task, length=spec.length, accepted=header["accepted"]
    )


def _append_ledger(folder: Path, spec: RunSpec, why: str, accepted: Accepted) -> None:
    path = folder / "LEDGER.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else LEDGER_TITLE
    runs = f"{_shown(accepted.before)} -> {_shown(accepted.after)}"
    moved = accepted.margin != accepted.margin_before
    margin = f" Margin {_margin(accepted.margin_before)} -> {_margin(accepted.margin)}." if moved else ""
    line = f"- {date.today().isoformat()} `{cell_id(spec)}`: {runs}.{margin} {' '.join(why.split())}\n"
    write_whole(path, text + line)


def _summary(rows: Sequence[RunRow]) -> tuple[float, float, int]:
    scores = [row.test for row in rows if not row.failed]
    return (fmean(scores) if scores else 0.0, stdev(scores) if len(scores) > 1 else 0.0, len(scores))


def _shown(summary: tuple[float, float, int] | None) -> str:
    if summary is None:
        return "none"
    mean, deviation, runs = summary
    return f"mean {mean:.2f}, sd {deviation:.2f}, {runs} runs not failed" if runs else "every run failed"


def _margin(margin: Margin | None) -> str:
    if margin is None:
        return "none"
    return margin.note or f"{margin.margin:.2f}"


def _listed(seeds: Sequence[int] | set[int]) -> str:
    return ", ".join(str(seed) for seed in sorted(seeds))
