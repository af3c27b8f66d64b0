"""How a number gets into `baselines/`: from stored runs of fresh seeds, shown, with a reason, in one step."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from stablebert.baselines.cells import (
    Baseline,
    baseline_files,
    baseline_path,
    candidate_path,
    cell_at,
    read_baseline,
    write_baseline,
)
from stablebert.baselines.changing import changing
from stablebert.baselines.commit import HOME, check_committed
from stablebert.baselines.csv_tables import BaselineError, append_ledger, check_reason
from stablebert.baselines.decidable import MOST_SEEDS
from stablebert.baselines.derived import SIDES, derived_margin
from stablebert.baselines.grid import listed_names
from stablebert.baselines.headers import environments_of, facts_of
from stablebert.baselines.kept import kept_runs
from stablebert.baselines.margins import find_margin, read_margins, write_margins
from stablebert.baselines.proposal import Moved, Proposal
from stablebert.baselines.searches import searched_seeds
from stablebert.baselines.series import series_path, write_series
from stablebert.baselines.waivers import read_waivers
from stablebert.paper import PROFILES
from stablebert.records.provenance import run_keys
from stablebert.records.store import RunStore
from stablebert.runs import Cell, Record, RunRow, RunSpec, row_of, seed_id

LEAST_RUNS = 20
_ACCEPTANCE = "an acceptance"


def accept(spec: RunSpec, seeds: Sequence[int], store: RunStore, folder: Path, why: str) -> Proposal:
    """Propose a cell's baseline and write it in one step; nothing is written unless all is right.

    Args:
        spec: What the runs have in common; its own seed counts for nothing.
        seeds: The seeds to accept, at least 20.
        store: Where their records lie.
        folder: The `baselines` folder.
        why: The reason, for the ledger.

    Raises:
        BaselineError: as `propose` and `write_proposal`.
        StoreError: a record is damaged.
    """
    check_reason(_ACCEPTANCE, why)
    with changing(folder, spec.cell.id):
        proposal = propose(spec, seeds, store, folder)
        write_proposal(proposal, why)
    return proposal


def propose(
    spec: RunSpec, seeds: Sequence[int], store: RunStore, folder: Path, *, most_seeds: int = MOST_SEEDS
) -> Proposal:
    """Return what would become the baseline of a cell, and what stands; writes nothing.

    Runs that stand stay beside the new ones, whatever seeds are asked for, if the same code made them of the same data
    in the same class: a baseline grows from store to store, and nobody chooses among its seeds.

    Args:
        spec: What the runs have in common; its own seed counts for nothing.
        seeds: The seeds to accept, at least 20.
        store: Where their records lie.
        folder: The `baselines` folder.
        most_seeds: Those that a session may make of a gated cell.

    Raises:
        BaselineError: too few seeds, a seed without record, a seed that chose the hyperparameters, two seeds with the
            same losses, runs of another optimizer that stand there, uncommitted changes of the package's sources, a
            waiver that does not hold, or a damaged file.
        StoreError: a record is damaged.
    """
    _check_request(spec, set(seeds), folder)
    cell = spec.cell
    path = baseline_path(folder, cell)
    before = read_baseline(path) if path.is_file() else None
    _check_optimizer(spec, before)
    records = _load_records(spec, sorted(set(seeds)), store)
    header = facts_of(spec, run_keys(spec), list(records.values())) | {"accepted": date.today().isoformat()}
    kept = kept_runs(before, header, {seed_id(spec.with_seed(seed)) for seed in records})
    rows = tuple(sorted([*kept.rows, *map(row_of, records.values())], key=lambda row: row.seed))
    _check_complete(spec, seeds, rows, store)
    _check_losses(cell, rows)
    after = Baseline(path, header | {"environments": environments_of([*records.values()], kept.environments)}, rows)
    return Proposal(
        folder=folder,
        cell=cell,
        before=before,
        after=after,
        moved=Moved(find_margin([folder], cell), derived_margin(folder, cell, after), len(rows)),
        others=tuple(_moved_with(cell, after, folder)),
        waiver=read_waivers([folder], date.today()).get(cell.id),
        records=tuple(records.values()),
        kept=kept,
        gated=_gated(folder, cell.encoder),
        seeds=most_seeds,
    )


def write_proposal(proposal: Proposal, why: str) -> None:
    """Write a proposed baseline, its series, the margins that change and a line in the ledger; its candidate goes.

    All of it is written or, if it is ended half-way, by the next change of the folder.

    Args:
        proposal: From `propose`; the folder is as it was then, which `changing` around both holds.
        why: The reason, for the ledger.

    Raises:
        BaselineError: there is no reason, it is refused for what `Proposal.refusals` says, or a file cannot be written.
    """
    check_reason(_ACCEPTANCE, why)
    refused = proposal.refusals()
    if refused:
        raise BaselineError("; ".join(refused))
    folder, after = proposal.folder, proposal.after
    fresh = [moved.after for moved in (proposal.moved, *proposal.others)]
    places = {margin.place for margin in fresh}
    with changing(folder, proposal.cell.id) as write:
        standing = [margin for margin in read_margins(folder) if margin.place not in places]
        if proposal.records:
            write_series(series_path(folder, proposal.cell), proposal.records, proposal.kept.series, write)
        write_baseline(after.path, after.header, after.rows, write)
        write_margins(folder, [*standing, *fresh], write)
        append_ledger(folder, proposal.cell.id, proposal.ledger_line(), why, write)
        write(candidate_path(folder, proposal.cell), None)


def _check_request(spec: RunSpec, seeds: set[int], folder: Path) -> None:
    if len(seeds) < LEAST_RUNS:
        raise BaselineError(f"{len(seeds)} seeds; a baseline needs at least {LEAST_RUNS}")
    used = searched_seeds(folder, spec.encoder) & seeds
    if used:
        raise BaselineError(f"seeds {_listed(used)} chose the hyperparameters; a baseline needs fresh ones")
    # the sources that run, which need not be those of the repository that the baselines are committed to
    beside = folder.resolve().parent / "stablebert"
    check_committed("sources", HOME, *[beside] * beside.is_dir())


def _check_optimizer(spec: RunSpec, before: Baseline | None) -> None:
    """Refuse runs of one optimizer in the place of another's: a folder of their own takes them, and both stay."""
    if before is not None and before.optimizer != spec.optimizer:
        theirs, ours = (name or f"{spec.method}'s own optimizer" for name in (before.optimizer, spec.optimizer))
        raise BaselineError(
            f"{before.path} holds runs of {theirs}, these are of {ours}; --baselines FOLDER keeps them apart"
        )


def _check_losses(cell: Cell, rows: Sequence[RunRow]) -> None:
    losses: dict[str, str] = {}
    for row in rows:
        if not row.failed and losses.setdefault(row.losses, row.seed) != row.seed:
            raise BaselineError(
                f"{cell}: seeds {losses[row.losses]} and {row.seed} have the same losses: the seed is ignored"
            )


def _load_records(spec: RunSpec, seeds: Sequence[int], store: RunStore) -> dict[int, Record]:
    found = {seed: store.load(run_keys(spec.with_seed(seed)).record) for seed in seeds}
    records = {seed: record for seed, record in found.items() if record is not None}
    if not records:
        raise _without_record(spec, seeds, store)
    return records


def _check_complete(spec: RunSpec, seeds: Sequence[int], rows: Sequence[RunRow], store: RunStore) -> None:
    there = {row.seed for row in rows}
    missing = [seed for seed in set(seeds) if seed_id(spec.with_seed(seed)) not in there]
    if missing:
        raise _without_record(spec, missing, store)


def _without_record(spec: RunSpec, seeds: Sequence[int], store: RunStore) -> BaselineError:
    return BaselineError(
        f"{spec.cell}: no record of seeds {_listed(seeds)} by the present code in {store.folder}; "
        "`stablebert run` makes them"
    )


def _gated(folder: Path, encoder: str) -> frozenset[str]:
    """Return the names that `grid.toml` lists for an encoder; a profile that trains another lists none for it."""
    listed = listed_names(folder)
    return frozenset(
        name for profile in listed if PROFILES.get(profile, encoder) == encoder for name in listed[profile]
    )


def _moved_with(cell: Cell, after: Baseline, folder: Path) -> list[Moved]:
    """Return the margins of other cells that change with a side of what bias correction gains on their task."""
    if cell.method not in SIDES or cell.fidelity != "corrected":
        return []
    found = []
    for path in baseline_files(folder, cell.encoder):
        other = cell_at(path)
        if path != after.path and (other.task, other.length) == (cell.task, cell.length):
            before, anew = find_margin([folder], other), derived_margin(folder, other, after)
            if before != anew:
                found.append(Moved(before, anew, len(read_baseline(path).rows)))
    return found


def _listed(seeds: Sequence[int] | set[int]) -> str:
    return ", ".join(str(seed) for seed in sorted(seeds))
