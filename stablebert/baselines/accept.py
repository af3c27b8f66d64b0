"""How a number gets into `baselines/`: from stored runs of fresh seeds, shown, with a reason, in one step."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from stablebert.baselines.candidates import candidate_path
from stablebert.baselines.cells import Baseline, BaselineError, baseline_path, read_baseline, write_baseline
from stablebert.baselines.ledger import append_ledger
from stablebert.baselines.margins import Margin, margin_from, read_margins, write_margins
from stablebert.baselines.proposal import Proposal
from stablebert.baselines.searches import searched_seeds
from stablebert.baselines.sources import source_commit, uncommitted_changes
from stablebert.baselines.waivers import read_waivers
from stablebert.machine import device_type
from stablebert.records.provenance import run_keys
from stablebert.records.store import RunStore
from stablebert.runs import EnvironmentClass, Record, RunRow, RunSpec, cell_id, row_of

LEAST_RUNS = 20
_OTHER_SIDE = {"debiased": "bertadam", "bertadam": "debiased"}
# what two cells must have in common for their difference to be that of the optimizers
_SETTING = ("recipe", "environment_class")


def accept(spec: RunSpec, seeds: Sequence[int], store: RunStore, folder: Path, why: str) -> Proposal:
    """Propose and write in one step; nothing is written unless all is right.

    Args:
        spec: Any run of the cell.
        seeds: The seeds to accept, at least 20.
        store: Where their records lie.
        folder: The `baselines` folder.
        why: The reason, for the ledger.

    Raises:
        BaselineError: as `propose` and `write`.
        StoreError: a record is damaged.
    """
    _check_reason(why)
    proposal = propose(spec, seeds, store, folder)
    write(proposal, why)
    return proposal


def propose(spec: RunSpec, seeds: Sequence[int], store: RunStore, folder: Path) -> Proposal:
    """Return what would become the baseline of a cell, and what stands; writes nothing.

    Args:
        spec: Any run of the cell.
        seeds: The seeds to accept, at least 20.
        store: Where their records lie.
        folder: The `baselines` folder.

    Raises:
        BaselineError: too few seeds, a seed without record, a seed that chose the hyperparameters, two seeds with the
            same losses, an optimizer of others, uncommitted changes of the package's sources, a waiver that does not
            hold, or a damaged file.
        StoreError: a record is damaged.
    """
    _check_request(spec, set(seeds), folder)
    records = _load_records(spec, sorted(set(seeds)), store)
    rows = tuple(row_of(record) for record in records)
    _check_losses(spec, rows)
    path = baseline_path(folder, spec.cell)
    header = _header(spec, records)
    place = (spec.encoder, spec.task, spec.length)
    margins = read_margins(folder)
    standing = next((item for item in margins if (item.encoder, item.task, item.length) == place), None)
    return Proposal(
        folder=folder,
        spec=spec,
        before=read_baseline(path) if path.is_file() else None,
        after=Baseline(path, header, rows),
        margin_before=standing,
        margin=_fresh_margin(spec, header, rows, folder) or standing,
        waiver=read_waivers([folder], date.today()).get(cell_id(spec)),
    )


def write(proposal: Proposal, why: str) -> None:
    """Write a proposed baseline, its task's margin and a line in the ledger; the cell's candidate goes.

    Args:
        proposal: From `propose`.
        why: The reason, for the ledger.

    Raises:
        BaselineError: there is no reason, more than the release's budget would be spent and no waiver covers it, or a
            file cannot be written.
    """
    _check_reason(why)
    problem = proposal.over_budget()
    if problem:
        raise BaselineError(problem)
    folder, after, fresh = proposal.folder, proposal.after, proposal.margin
    try:
        write_baseline(after.path, after.header, after.rows)
        if fresh is not None and fresh != proposal.margin_before:
            write_margins(folder, [item for item in read_margins(folder) if item != proposal.margin_before] + [fresh])
        append_ledger(folder, after.header["cell"], proposal.ledger_line(), why)
        candidate_path(folder, proposal.spec.cell).unlink(missing_ok=True)
    except OSError as error:
        raise BaselineError(f"{after.header['cell']}: cannot write to {folder}: {error}") from error


def _check_reason(why: str) -> None:
    if not why.strip():
        raise BaselineError("an acceptance needs a reason: --why says it")


def _check_request(spec: RunSpec, seeds: set[int], folder: Path) -> None:
    if spec.optimizer is not None:
        raise BaselineError(f"these are runs of {spec.optimizer}, not of {spec.method}; a baseline is a method's own")
    if len(seeds) < LEAST_RUNS:
        raise BaselineError(f"{len(seeds)} seeds; a baseline needs at least {LEAST_RUNS}")
    used = searched_seeds(folder, spec.encoder) & seeds
    if used:
        raise BaselineError(f"seeds {_listed(used)} chose the hyperparameters; a baseline needs fresh ones")
    # the sources that run, which need not be those of the repository that the baselines are committed to
    changed = uncommitted_changes() or uncommitted_changes(folder.resolve().parent / "stablebert")
    if changed:
        raise BaselineError(f"uncommitted changes of the sources: commit them first\n{changed}")


def _check_losses(spec: RunSpec, rows: Sequence[RunRow]) -> None:
    losses: dict[str, str] = {}
    for row in rows:
        if not row.failed and losses.setdefault(row.losses, row.seed) != row.seed:
            raise BaselineError(
                f"{cell_id(spec)}: seeds {losses[row.losses]} and {row.seed} have the same losses: the seed is ignored"
            )


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
        "data": keys.data,
        "recipe": json.dumps(asdict(spec.recipe)),
        "fidelity": spec.fidelity,
        "environment_class": str(EnvironmentClass(device_type(), spec.precision)),
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
    path = baseline_path(folder, replace(spec.cell, method=other_side))
    if not path.is_file():
        return None
    other = read_baseline(path)
    if any(other.header.get(name) != header[name] for name in _SETTING):
        return None
    debiased, bertadam = (rows, other.rows) if spec.method == "debiased" else (other.rows, rows)
    return margin_from(
        debiased, bertadam, encoder=spec.encoder, task=spec.task, length=spec.length, accepted=header["accepted"]
    )


def _listed(seeds: Sequence[int] | set[int]) -> str:
    return ", ".join(str(seed) for seed in sorted(seeds))
