"""How a number gets into `baselines/`: from stored runs of fresh seeds, shown, with a reason, in one step."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from stablebert.baselines.cells import Baseline, baseline_path, candidate_path, read_baseline, write_baseline
from stablebert.baselines.commit import HOME, check_committed, source_commit
from stablebert.baselines.csv_tables import BaselineError, append_ledger, check_reason, writing
from stablebert.baselines.margins import Margin, find_margin, margin_from, read_margins, write_margins
from stablebert.baselines.releases import Budget, baseline_budget
from stablebert.baselines.searches import searched_seeds
from stablebert.baselines.waivers import Waiver, read_waivers
from stablebert.machine import device_type
from stablebert.records.provenance import run_keys
from stablebert.records.store import RunStore
from stablebert.runs import Cell, EnvironmentClass, Record, RunRow, RunSpec, Summary, row_of, summary_of

LEAST_RUNS = 20
_ACCEPTANCE = "an acceptance"
_OTHER_SIDE = {"debiased": "bertadam", "bertadam": "debiased"}
# what two cells must have in common for their difference to be that of the optimizers
_SETTING = ("recipe", "environment_class")


@dataclass(frozen=True)
class Proposal:
    """What an acceptance would write.

    Attributes:
        folder: The `baselines` folder.
        cell: The cell.
        before: The baseline that stands, or None.
        after: The one that would.
        margin_before: The task's margin that stands, if it has one.
        margin: The one that would.
        waiver: What lets the budget be exceeded, if anything does.
    """

    folder: Path
    cell: Cell
    before: Baseline | None
    after: Baseline
    margin_before: Margin | None
    margin: Margin | None
    waiver: Waiver | None

    @property
    def summary_before(self) -> Summary | None:
        """The runs that stand, in numbers."""
        return None if self.before is None else summary_of(self.before.rows)

    @property
    def summary(self) -> Summary:
        """The runs proposed, in numbers."""
        return summary_of(self.after.rows)

    @property
    def budget_before(self) -> Budget | None:
        """What the cell has lost since the release, if it was in one."""
        return baseline_budget([self.folder], self.before)

    @property
    def budget(self) -> Budget | None:
        """What it would have lost."""
        return baseline_budget([self.folder], self.after)

    def over_budget(self) -> str | None:
        """Return why it is refused on its budget, or None: that is kept, there is none, or a waiver covers it."""
        budget = self.budget
        if budget is None or not budget.is_exceeded or self.waiver is not None:
            return None
        return (
            f"{self.cell}: {budget} points would be lost since release {budget.release}; "
            f"more than half a margin needs a waiver (a file in {self.folder / 'waivers'})"
        )

    def ledger_line(self) -> str:
        """Return before -> after for the ledger."""
        parts = [f"{self.summary_before or 'none'} -> {self.summary}."]
        before, after = _shown(self.margin_before), _shown(self.margin)
        if before != after:
            parts.append(f"Margin {before} -> {after}.")
        budget = self.budget
        if budget is not None:
            parts.append(f"Lost since release {budget.release}: {budget}.")
            if budget.is_exceeded:
                parts.append(f"Waived {self.waiver}.")
        return " ".join(parts)


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
    proposal = propose(spec, seeds, store, folder)
    write_proposal(proposal, why)
    return proposal


def propose(spec: RunSpec, seeds: Sequence[int], store: RunStore, folder: Path) -> Proposal:
    """Return what would become the baseline of a cell, and what stands; writes nothing.

    Args:
        spec: What the runs have in common; its own seed counts for nothing.
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
    cell = spec.cell
    _check_losses(cell, rows)
    path = baseline_path(folder, cell)
    header = _header(spec, records)
    standing = find_margin([folder], cell)
    return Proposal(
        folder=folder,
        cell=cell,
        before=read_baseline(path) if path.is_file() else None,
        after=Baseline(path, header, rows),
        margin_before=standing,
        margin=_fresh_margin(cell, header, rows, folder) or standing,
        waiver=read_waivers([folder], date.today()).get(cell.id),
    )


def write_proposal(proposal: Proposal, why: str) -> None:
    """Write a proposed baseline, its task's margin and a line in the ledger; the cell's candidate goes.

    Args:
        proposal: From `propose`.
        why: The reason, for the ledger.

    Raises:
        BaselineError: there is no reason, more than the release's budget would be spent and no waiver covers it, or a
            file cannot be written.
    """
    check_reason(_ACCEPTANCE, why)
    problem = proposal.over_budget()
    if problem:
        raise BaselineError(problem)
    folder, after, fresh = proposal.folder, proposal.after, proposal.margin
    with writing(folder, proposal.cell.id):
        write_baseline(after.path, after.header, after.rows)
        if fresh is not None and fresh != proposal.margin_before:
            write_margins(folder, [item for item in read_margins(folder) if item != proposal.margin_before] + [fresh])
        append_ledger(folder, proposal.cell.id, proposal.ledger_line(), why)
        candidate_path(folder, proposal.cell).unlink(missing_ok=True)


def _check_request(spec: RunSpec, seeds: set[int], folder: Path) -> None:
    if spec.optimizer is not None:
        raise BaselineError(f"these are runs of {spec.optimizer}, not of {spec.method}; a baseline is a method's own")
    if len(seeds) < LEAST_RUNS:
        raise BaselineError(f"{len(seeds)} seeds; a baseline needs at least {LEAST_RUNS}")
    used = searched_seeds(folder, spec.encoder) & seeds
    if used:
        raise BaselineError(f"seeds {_listed(used)} chose the hyperparameters; a baseline needs fresh ones")
    # the sources that run, which need not be those of the repository that the baselines are committed to
    check_committed("sources", HOME, folder.resolve().parent / "stablebert")


def _check_losses(cell: Cell, rows: Sequence[RunRow]) -> None:
    losses: dict[str, str] = {}
    for row in rows:
        if not row.failed and losses.setdefault(row.losses, row.seed) != row.seed:
            raise BaselineError(
                f"{cell}: seeds {losses[row.losses]} and {row.seed} have the same losses: the seed is ignored"
            )


def _load_records(spec: RunSpec, seeds: Sequence[int], store: RunStore) -> list[Record]:
    found = {seed: store.load(run_keys(spec.with_seed(seed)).record) for seed in seeds}
    missing = [seed for seed, record in found.items() if record is None]
    if missing:
        raise BaselineError(
            f"{spec.cell}: no record of seeds {_listed(missing)} by the present code in {store.folder}; "
            "`stablebert run` makes them"
        )
    return [record for record in found.values() if record is not None]


def _header(spec: RunSpec, records: Sequence[Record]) -> dict[str, str]:
    keys = run_keys(spec)
    environments = {json.dumps(record.environment, sort_keys=True): record.environment for record in records}
    return {
        "cell": spec.cell.id,
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


def _fresh_margin(cell: Cell, header: dict[str, str], rows: Sequence[RunRow], folder: Path) -> Margin | None:
    """Return the task's margin anew if one of the two cells that decide it is being accepted and the other is there."""
    other_side = _OTHER_SIDE.get(cell.method)
    if other_side is None or cell.fidelity != "corrected":
        return None
    path = baseline_path(folder, replace(cell, method=other_side))
    if not path.is_file():
        return None
    other = read_baseline(path)
    if any(other.header.get(name) != header[name] for name in _SETTING):
        return None
    debiased, bertadam = (rows, other.rows) if cell.method == "debiased" else (other.rows, rows)
    return margin_from(debiased, bertadam, cell=cell, accepted=header["accepted"])


def _listed(seeds: Sequence[int] | set[int]) -> str:
    return ", ".join(str(seed) for seed in sorted(seeds))


def _shown(margin: Margin | None) -> str:
    if margin is None:
        return "none"
    return margin.note or f"{margin.margin:.2f}"
