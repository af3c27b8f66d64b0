"""How a bridge is made: pilot runs fix the number of seeds, fresh runs of exactly these seeds decide."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import stdev

from stablebert.baselines.bridges import Bridge, read_bridges, write_bridges
from stablebert.baselines.cells import BaselineError, find_baseline
from stablebert.baselines.ledger import append_ledger
from stablebert.baselines.margins import find_margin
from stablebert.baselines.shared_seeds import SharedSeeds, load_sides, run_on_both
from stablebert.baselines.sources import source_commit, uncommitted_changes
from stablebert.machine import device_type
from stablebert.records.store import RunStore
from stablebert.runs import Cell, EnvironmentClass, RunSpec, cell_id
from stablebert.stats.equivalence import equivalence
from stablebert.stats.sample_size import equivalence_runs, upper_deviation

LEAST_PILOT = 5
_FEWEST, _MOST = 20, 50
_LIMIT = 0.5


def plan_bridge(spec: RunSpec, pilot: Sequence[int], store: RunStore, folder: Path) -> Bridge:
    """Fix in advance which seeds are to show that a cell scores alike in its baseline's class and in its own.

    Args:
        spec: Any run of the cell in the class to be joined to the baseline's.
        pilot: Seeds of the pilot runs, at least 5, stored in both classes; the planned seeds follow on them.
        store: Where the records lie.
        folder: The `baselines` folder.

    Raises:
        BaselineError: the cell has no baseline or one of its own class, a bridge stands already, pilot runs are too
            few, missing or failed, planned seeds were run in both classes before, more than 50 seeds would be needed,
            or the file cannot be written.
    """
    baseline = find_baseline(spec.cell, [folder])
    if baseline is None:
        raise BaselineError(f"{cell_id(spec)}: it has no baseline in {folder}; a bridge begins at one")
    one, other = baseline.environment_class, EnvironmentClass(device_type(), spec.precision)
    if one is None:
        raise BaselineError(
            f"{baseline.path} does not say of which environment class its runs are; accept the cell anew"
        )
    if one == other:
        raise BaselineError(f"{cell_id(spec)}: its baseline is of class {one} too; there is nothing to bridge")
    standing = next((item for item in read_bridges(folder) if item.joins(spec.cell, one, other)), None)
    if standing is not None:
        raise BaselineError(f"a bridge stands: {standing}; take its line out of bridges.csv, and say why in the commit")
    if len(set(pilot)) < LEAST_PILOT:
        raise BaselineError(f"{len(set(pilot))} pilot seeds; at least {LEAST_PILOT} are needed")
    sides = load_sides(spec, one, other, pilot, store)
    if sides.failed:
        raise BaselineError(f"{cell_id(spec)}: {sides.failed} pilot runs have failed; choose a cell that does not fail")
    limit = _limit(spec.cell, folder)
    deviations = [upper_deviation(value, len(pilot)) for value in _deviations(sides)]
    needed = equivalence_runs(deviations, limit)
    if needed > _MOST:
        raise BaselineError(
            f"{cell_id(spec)}: about {needed} seeds a side would show a difference below {limit:.2f} points; a bridge "
            f"takes {_FEWEST} to {_MOST}: these classes cannot be joined on this cell"
        )
    first, seeds = max(pilot) + 1, max(_FEWEST, needed)
    seen = run_on_both(spec, one, other, range(first, first + seeds), store)
    if seen:
        raise BaselineError(
            f"seeds {seen[0]} and on were run in both classes already; take pilot seeds before new ones"
        )
    widest = round(max(deviations), 4)
    today = date.today().isoformat()
    bridge = Bridge(
        spec.encoder, spec.task, str(one), str(other), cell_id(spec), widest, len(pilot), first, seeds, limit, today
    )
    _write(folder, [*read_bridges(folder), bridge])
    return bridge


def record_bridge(spec: RunSpec, store: RunStore, folder: Path, why: str) -> Bridge:
    """Decide a planned bridge from exactly its seeds, passed or failed, with a line in the ledger.

    Args:
        spec: Any run of the cell that it was planned for.
        store: Where the records lie.
        folder: The `baselines` folder.
        why: The reason, for the ledger.

    Raises:
        BaselineError: there is no reason, no plan for this cell, it is decided already, a run is missing, the sources
            have uncommitted changes, or a file cannot be written.
    """
    if not why.strip():
        raise BaselineError("a bridge needs a reason: --why says it")
    bridges = read_bridges(folder)
    plan = next((item for item in bridges if item.cell == cell_id(spec)), None)
    if plan is None:
        raise BaselineError(f"{cell_id(spec)}: no bridge is planned; --plan fixes the number of seeds first")
    if plan.recorded:
        raise BaselineError(f"it is decided already: {plan}")
    changed = uncommitted_changes()
    if changed:
        raise BaselineError(f"uncommitted changes of the sources: commit them first\n{changed}")
    one, other = EnvironmentClass.parse(plan.one), EnvironmentClass.parse(plan.other)
    sides = load_sides(spec, one, other, range(plan.first_seed, plan.first_seed + plan.seeds), store)
    recorded = replace(_judge(plan, sides), recorded=date.today().isoformat(), commit=source_commit())
    _write(folder, [item for item in bridges if item is not plan] + [recorded])
    try:
        append_ledger(folder, f"bridge {plan.cell}", f"{recorded}.", why)
    except OSError as error:
        raise BaselineError(f"{plan.cell}: cannot write to {folder}: {error}") from error
    return recorded


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


def _write(folder: Path, bridges: Sequence[Bridge]) -> None:
    try:
        write_bridges(folder, bridges)
    except OSError as error:
        raise BaselineError(f"bridges.csv: cannot write to {folder}: {error}") from error
