"""The judgement of a cell and of a session: one place, which every door calls."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from stablebert.assets import AssetError
from stablebert.baselines import (
    Baseline,
    BaselineError,
    Bridge,
    Budget,
    Waiver,
    baseline_budget,
    bridge_over,
    find_baseline,
    read_waivers,
)
from stablebert.gate import Comparison, Status, Verdict, pool, session_status
from stablebert.gate import judge as judge_rows
from stablebert.gate import judge_pairs as judge_drawn_pairs
from stablebert.machine import device_type
from stablebert.project.project import Project
from stablebert.project.repeating import judging_command
from stablebert.records import RunStore, StoreError, run_keys
from stablebert.runs import Cell, EnvironmentClass, RunRow, RunSpec, row_of

# what a user can mend; anything else is a defect of ours and keeps its traceback
MENDABLE = (StoreError, BaselineError, AssetError, ValueError)
RowsOf = Callable[[Cell], Sequence[RunRow]]
_SPENT = "the budget is spent"


@dataclass(frozen=True)
class JudgedSession:
    """What a session says of its cells.

    Attributes:
        status: Of the session.
        verdicts: One a cell, in the order given.
        pooled: The pooled verdict; without runs where there was nothing to pool.
        waived: The waivers that act, by cell id.
        budgets: What cells have lost since the last release, by cell id.
        bridges: Those that cells are judged over, each once.
    """

    status: Status
    verdicts: tuple[Verdict, ...]
    pooled: Verdict
    waived: Mapping[str, Waiver]
    budgets: Mapping[str, Budget]
    bridges: tuple[Bridge, ...]

    @property
    def shown(self) -> tuple[Verdict, ...]:
        """The verdicts of a table: of the cells, and the pooled one where there is one."""
        return (*self.verdicts, self.pooled) if self.pooled.runs else self.verdicts


def judge(project: Project, cell: Cell, rows: Sequence[RunRow]) -> Verdict:
    """Do what `Project.judge` says."""
    command = judging_command(project, [cell])
    printed = project.printed(cell)
    if printed is not None:
        if len(rows) < len(project.seeds):
            reason = "a printed row is compared once, with all seeds"
            return Verdict(cell.id, Status.INCONCLUSIVE, reason, command=command)
        # only where print judges, and no light import
        from stablebert.analysis import Measured, judge_printed

        return replace(judge_printed(Measured(printed, cell.id, rows)), command=command)
    baseline = baseline_of(project, cell)
    if isinstance(baseline, str):
        return invalid(project, cell, baseline)
    found = judge_rows(rows, baseline.rows, project.policy, margin=project.margin(cell), cell=cell.id)
    return replace(_with_missing_seeds(found, project, cell, len(rows)), command=command)


def judge_stored(project: Project, cell: Cell) -> Verdict:
    """Do what `Project.judge_stored` says."""
    try:
        return judge(project, cell, [] if project.unjudgeable(cell) else stored_rows(project, cell))
    except MENDABLE as error:
        return invalid(project, cell, str(error))


def invalid(project: Project, cell: Cell, reason: str) -> Verdict:
    """Return the verdict on a cell that cannot be judged, with the reason."""
    try:
        margin = project.margin(cell)
    except BaselineError:
        margin = None
    digest, command = project.policy.digest, judging_command(project, [cell])
    return Verdict(cell.id, Status.INVALID, reason, margin=margin, policy=digest, command=command)


def baseline_of(project: Project, cell: Cell) -> Baseline | str:
    """Return the baseline that judges a cell, or why none can; a project reads each once."""
    if cell not in project.read:
        project.read[cell] = _read_baseline(project, cell)
    return project.read[cell]


def _read_baseline(project: Project, cell: Cell) -> Baseline | str:
    judge_cell = project.baseline_cell(cell)
    try:
        found = find_baseline(judge_cell, project.baselines)
        if found is None:
            gated = "it is in the grid and has" if judge_cell.name in project.grid else "it has"
            return f"{gated} no baseline; `stablebert accept` makes one"
        if judge_cell.task != cell.task:
            return f"not comparable: its task is {cell.task}, that of {project.settings.against} is {judge_cell.task}"
        _bridge(project, cell, found)
        if project.settings.model is None and found.header.get("cell_key") != run_keys(project.spec(judge_cell)).cell:
            return "its baseline was made with another recipe, other data or other weights"
    except MENDABLE as error:
        return str(error)
    return found


def judge_pairs(project: Project, cell: Cell, pairs: Iterable[tuple[RunRow, RunRow]]) -> Verdict:
    """Judge head against base by the project's rule and margin, drawing pairs only until a look decides.

    Args:
        project: Whose rule.
        cell: What both sides train.
        pairs: A base row and a head row of the same seed each, in seed order.
    """
    policy = replace(project.policy, pairing="paired")
    return judge_drawn_pairs(pairs, policy, margin=project.margin(cell), cell=cell.id)


def pooled(project: Project, verdicts: Mapping[Cell, Verdict], rows_of: RowsOf, most: int | None = None) -> Verdict:
    """Return the pooled test over the cells that are neither without runs nor identical to their baseline.

    Args:
        project: Whose rule.
        verdicts: Of the session's gated cells.
        rows_of: The stored rows of a cell.
        most: Seeds to use at the most.
    """
    comparisons = []
    for cell, verdict in verdicts.items():
        # what could not be judged may not be readable either
        if verdict.pairing == "identical" or not verdict.runs:
            continue
        baseline = baseline_of(project, cell)
        if not isinstance(baseline, str):
            comparisons.append(Comparison(rows_of(cell)[:most], baseline.rows, project.margin(cell)))
    return pool(comparisons, project.policy)


def judge_session(
    project: Project, verdicts: Mapping[Cell, Verdict], rows_of: RowsOf, lost: Sequence[Verdict] = ()
) -> JudgedSession:
    """Return what a session says: pooled test, waivers, budgets, bridges, status.

    Args:
        project: Whose rule.
        verdicts: Of the cells that were judged, at least one, or there are lost ones.
        rows_of: The stored rows of a cell.
        lost: Verdicts on what was to be judged and was not.

    Raises:
        BaselineError: a waiver has expired or cannot be read.
    """
    waivers = read_waivers(project.baselines, date.today())
    every = [*verdicts.values(), *lost]
    acting = {one.cell: waivers[one.cell] for one in every if one.status is Status.FAIL and one.cell in waivers}
    held = {cell: verdict for cell, verdict in verdicts.items() if verdict.cell not in acting}
    try:
        together = pooled(project, held, rows_of)
    except MENDABLE as error:
        together = Verdict("pooled", Status.INVALID, str(error))
        every.append(together)
    counted = [one for one in every if one.cell not in acting]
    status = session_status(counted, together) if counted else Status.PASS
    budgets, bridges = _standing(project, verdicts)
    together = replace(together, command=judging_command(project, list(verdicts)))
    return JudgedSession(status, tuple(every), together, acting, budgets, bridges)


def stored_rows(project: Project, cell: Cell, known: dict[RunSpec, RunRow] | None = None) -> list[RunRow]:
    """Return the stored rows of a cell's seeds in order, up to the first without record: a gap is not stepped over.

    Args:
        project: Whose store.
        cell: The cell.
        known: Rows that were read already; those that are read now are added.

    Raises:
        StoreError: a record is damaged.
        ValueError: what the runs are made of cannot be had.
    """
    store, rows = RunStore(project.store), {} if known is None else known
    found = []
    for spec in project.specs(cell):
        if spec not in rows:
            record = store.load(run_keys(spec).record)
            if record is None:
                break
            rows[spec] = row_of(record)
        found.append(rows[spec])
    return found


def _with_missing_seeds(found: Verdict, project: Project, cell: Cell, rows: int) -> Verdict:
    """Return an open verdict with what the seeds asked for lack."""
    asked = len(project.seeds)
    if not found.is_open and rows:
        return found
    if rows >= asked:
        return found
    if project.settings.budget is not None:
        reason = f"{found.reason}; {_SPENT}" if found.runs else f"{_SPENT} before the first look"
        return replace(found, status=Status.INCONCLUSIVE, reason=f"{reason}: {asked - rows} seeds are missing")
    if not rows:
        seeds = f"--seed-block {project.seeds.start} --seeds {asked}"
        again = f"`stablebert run {cell.id} {seeds}` makes them"
        return replace(found, reason=f"none of the {asked} seeds asked for is stored; {again}")
    if found.status is Status.INCONCLUSIVE:
        return replace(found, reason=f"{found.reason}; {rows} of the {asked} seeds asked for are stored")
    return found


def _bridge(project: Project, cell: Cell, baseline: Baseline) -> Bridge | None:
    ours = EnvironmentClass(device_type(), cell.precision)
    return bridge_over(project.baselines, cell, baseline.environment_class, ours)


def _standing(project: Project, cells: Iterable[Cell]) -> tuple[dict[str, Budget], tuple[Bridge, ...]]:
    """Return what cells stand on besides runs; one whose files are damaged is left out, since its verdict says so."""
    budgets: dict[str, Budget] = {}
    bridges: dict[Bridge, None] = {}
    for cell in cells:
        try:
            baseline = find_baseline(project.baseline_cell(cell), project.baselines)
            budget = baseline_budget(project.baselines, baseline)
            if budget is not None:
                budgets[cell.id] = budget
            bridge = None if baseline is None else _bridge(project, cell, baseline)
            if bridge is not None:
                bridges[bridge] = None
        except (BaselineError, ValueError):
            continue
    return budgets, tuple(bridges)
