"""How a bridge is made: pilot runs fix the number of seeds, fresh runs of these seeds in both classes decide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from statistics import stdev

from stablebert.baselines.bridges import Bridge, read_bridges, write_bridges
from stablebert.baselines.cells import find_baseline
from stablebert.baselines.changing import changing
from stablebert.baselines.commit import HOME, check_committed, source_commit
from stablebert.baselines.csv_tables import BaselineError, append_ledger, check_reason
from stablebert.baselines.margins import find_margin
from stablebert.machine import device_type
from stablebert.records.provenance import run_keys
from stablebert.records.store import RunStore
from stablebert.runs import Cell, EnvironmentClass, RunRow, RunSpec, record_key, row_of
from stablebert.stats.equivalence import equivalence
from stablebert.stats.sample_size import equivalence_runs, upper_deviation

LEAST_PILOT = 5
_FEWEST, _MOST = 20, 50
_LIMIT = 0.5
_STREAMS = ("head", "order", "dropout")


@dataclass(frozen=True)
class SharedSeeds:
    """Rows of the same seeds.

    Attributes:
        one: Of the first class.
        other: Of the second class.
    """

    one: list[RunRow]
    other: list[RunRow]

    @property
    def failed(self) -> int:
        """Failed runs on both sides."""
        return sum(row.failed for row in (*self.one, *self.other))

    @property
    def pairing(self) -> str:
        """`paired` where every seed drew the same random numbers on both sides, else `welch`."""
        pairs = zip(self.one, self.other, strict=True)
        agree = all(getattr(a, name) == getattr(b, name) for a, b in pairs for name in _STREAMS)
        return "paired" if agree else "welch"

    def scores(self) -> tuple[dict[str, float], dict[str, float]]:
        """Return the scores of `other` and of `one` by seed, without the seeds that have failed on a side."""
        lost = {row.seed for row in (*self.one, *self.other) if row.failed}
        other, one = ({row.seed: row.test for row in rows if row.seed not in lost} for rows in (self.other, self.one))
        return other, one


def plan_bridge(spec: RunSpec, pilot: Sequence[int], store: RunStore, folder: Path) -> Bridge:
    """Fix in advance which seeds are to show that a cell scores alike in its baseline's class and in its own.

    Args:
        spec: What the runs have in common, in the class to be joined to the baseline's; its seed counts for nothing.
        pilot: Seeds of the pilot runs, at least 5, stored in both classes; the planned seeds follow on them.
        store: Where the records lie.
        folder: The `baselines` folder.

    Raises:
        BaselineError: the cell has no baseline or one of its own class, a bridge stands already, pilot runs are too
            few, missing or failed, planned seeds were run in both classes before, more than 50 seeds would be needed,
            or the file cannot be written.
    """
    cell, pilot = spec.cell, sorted(set(pilot))
    baseline = find_baseline(cell, [folder])
    if baseline is None:
        raise BaselineError(f"{cell}: it has no baseline in {folder}; a bridge begins at one")
    one, other = baseline.environment_class, EnvironmentClass(device_type(), spec.precision)
    if one is None:
        raise BaselineError(
            f"{baseline.path} does not say of which environment class its runs are; accept the cell anew"
        )
    if one == other:
        raise BaselineError(f"{cell}: its baseline is of class {one} too; there is nothing to bridge")
    data = run_keys(spec).data
    standing = next((item for item in read_bridges(folder) if item.joins(cell, data, one, other)), None)
    if standing is not None:
        raise BaselineError(f"a bridge stands: {standing}; take its line out of bridges.csv, and say why in the commit")
    if len(pilot) < LEAST_PILOT:
        raise BaselineError(f"{len(pilot)} pilot seeds; at least {LEAST_PILOT} are needed")
    sides = _load_sides(spec, one, other, pilot, store)
    if sides.failed:
        raise BaselineError(f"{cell}: {sides.failed} pilot runs have failed; choose a cell that does not fail")
    limit = _limit(cell, folder)
    deviations = [upper_deviation(value, len(pilot)) for value in _deviations(sides)]
    needed = equivalence_runs(deviations, limit)
    if needed > _MOST:
        raise BaselineError(
            f"{cell}: about {needed} seeds a side would show a difference below {limit:.2f} points; a bridge "
            f"takes {_FEWEST} to {_MOST}: these classes cannot be joined on this cell"
        )
    first, seeds = pilot[-1] + 1, max(_FEWEST, needed)
    seen = _run_on_both(spec, one, other, range(first, first + seeds), store)
    if seen:
        raise BaselineError(
            f"seeds {seen[0]} and on were run in both classes already; take pilot seeds before new ones"
        )
    widest = round(max(deviations), 4)
    today = date.today().isoformat()
    bridge = Bridge(cell.encoder, cell.task, one, other, cell, data, widest, len(pilot), first, seeds, limit, today)
    with changing(folder, f"bridge {cell}") as write:
        write_bridges(folder, [*read_bridges(folder), bridge], write)
    return bridge


def record_bridge(spec: RunSpec, store: RunStore, folder: Path, why: str) -> Bridge:
    """Decide a planned bridge from exactly its seeds, passed or failed, with a line in the ledger.

    Args:
        spec: What the runs have in common, as it was planned.
        store: Where the records lie.
        folder: The `baselines` folder.
        why: The reason, for the ledger.

    Raises:
        BaselineError: there is no reason, no plan for this cell, it is decided already, a run is missing, the sources
            have uncommitted changes, or a file cannot be written.
    """
    check_reason("a bridge", why)
    bridges = read_bridges(folder)
    about = (spec.cell, run_keys(spec).data)
    plan = next((item for item in bridges if (item.cell, item.data) == about), None)
    if plan is None:
        raise BaselineError(f"{spec.cell}: no bridge is planned; --plan fixes the number of seeds first")
    if plan.recorded:
        raise BaselineError(f"it is decided already: {plan}")
    check_committed("sources", HOME)
    sides = _load_sides(spec, plan.one, plan.other, range(plan.first_seed, plan.first_seed + plan.seeds), store)
    recorded = replace(_judge(plan, sides), recorded=date.today().isoformat(), commit=source_commit())
    with changing(folder, f"bridge {plan.cell}") as write:
        write_bridges(folder, [item for item in read_bridges(folder) if item != plan] + [recorded], write)
        append_ledger(folder, f"bridge {plan.cell}", f"{recorded}.", why, write)
    return recorded


def _load_sides(
    spec: RunSpec, one: EnvironmentClass, other: EnvironmentClass, seeds: Sequence[int], store: RunStore
) -> SharedSeeds:
    """Return the stored runs of both classes.

    Args:
        spec: What the runs have in common.
        one: Environment class.
        other: Environment class.
        seeds: The seeds.
        store: Where their records lie.

    Raises:
        BaselineError: a seed has no record in a class.
        StoreError: a record is damaged.
    """
    return SharedSeeds(_rows(spec, one, seeds, store), _rows(spec, other, seeds, store))


def _rows(spec: RunSpec, where: EnvironmentClass, seeds: Sequence[int], store: RunStore) -> list[RunRow]:
    ours = in_class(spec, where)
    found = {seed: store.load(_key(ours.with_seed(seed), where)) for seed in seeds}
    missing = [seed for seed, record in found.items() if record is None]
    if missing:
        raise BaselineError(
            f"{ours.cell}: no record of {len(missing)} of {len(seeds)} seeds in {store.folder}; "
            f"`stablebert run {ours.cell} --seed-block {min(seeds)} --seeds {len(seeds)}` makes them "
            f"where the class is {where}"
        )
    return [row_of(record) for record in found.values() if record is not None]


def _run_on_both(
    spec: RunSpec, one: EnvironmentClass, other: EnvironmentClass, seeds: Sequence[int], store: RunStore
) -> list[int]:
    """Return the seeds that have a record in both classes; arguments as in `_load_sides`."""
    return [
        seed
        for seed in seeds
        if all(store.path(_key(in_class(spec, name).with_seed(seed), name)).exists() for name in (one, other))
    ]


def in_class(spec: RunSpec, environment_class: EnvironmentClass) -> RunSpec:
    """Return a run in the precision of an environment class.

    Example:
        >>> in_class(RunSpec(task="trec"), EnvironmentClass("cpu", "bf16")).precision
        'bf16'
    """
    return replace(spec, precision=environment_class.precision)


def _key(spec: RunSpec, environment_class: EnvironmentClass) -> str:
    # a store may be shared with a machine of another device
    keys = run_keys(spec)
    return record_key(keys.spec, keys.code, environment_class.device, environment_class.precision)


def _judge(plan: Bridge, sides: SharedSeeds) -> Bridge:
    failed = sides.failed
    other, one = sides.scores()
    if min(len(other), len(one)) < _FEWEST // 2:
        return replace(plan, pairing=sides.pairing, failed=failed)
    shown = equivalence(other, one, limit=plan.limit, pairing=sides.pairing)
    return replace(
        plan,
        pairing=sides.pairing,
        difference=round(shown.difference, 4),
        lower=round(shown.lower_bound, 4),
        upper=round(shown.upper_bound, 4),
        failed=failed,
    )


def _deviations(sides: SharedSeeds) -> list[float]:
    other, one = sides.scores()
    if sides.pairing == "paired":
        return [stdev(other[seed] - one[seed] for seed in one)]
    return [stdev(one.values()), stdev(other.values())]


def _limit(cell: Cell, folder: Path) -> float:
    found = find_margin([folder], cell)
    return _LIMIT if found is None or found.margin is None else found.margin / 2
