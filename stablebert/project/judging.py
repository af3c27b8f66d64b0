"""The judgement of a cell: one place, which every door calls."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stablebert.assets import AssetError
from stablebert.baselines import Baseline, BaselineError, Bridge, bridge_over, find_baseline
from stablebert.gate import Status, Verdict
from stablebert.gate import judge as judge_rows
from stablebert.gate.evidence import seed_order
from stablebert.machine import device_type
from stablebert.project.predictions import disagreement_of
from stablebert.project.project import Project
from stablebert.project.repeating import judging_command, making_command
from stablebert.records import RunStore, StoreError, load_run, run_keys
from stablebert.runs import Cell, EnvironmentClass, Recipe, RunRow, RunSpec, row_of

if TYPE_CHECKING:
    from stablebert.paper import PrintedRow

# what a user can mend; anything else is a defect of ours and keeps its traceback
MENDABLE = (StoreError, BaselineError, AssetError, ValueError)
_SPENT = "the budget is spent"
_LOG = logging.getLogger(__name__)


def judge(project: Project, cell: Cell, rows: Sequence[RunRow], among: Collection[Cell] = ()) -> Verdict:
    """Do what `Project.judge` says."""
    command = judging_command(project, among or [cell])
    if project.printed(cell):
        found = _against_print(project, cell, rows, among)
        return replace(found, command=command, targets=tuple(replace(one, command=command) for one in found.targets))
    baseline = baseline_of(project, cell)
    if isinstance(baseline, str):
        return invalid(project, cell, baseline, among)
    margin, alone = project.margin(cell), is_alone(among, project.waivers)
    found = judge_rows(rows, baseline.rows, project.policy, margin=margin, cell=cell.id, alone=alone)
    found = _with_disagreement(found, project, cell, rows, baseline)
    return replace(_with_missing_seeds(found, project, cell, len(rows)), command=command)


def judge_stored(project: Project, cell: Cell, among: Collection[Cell] = ()) -> Verdict:
    """Do what `Project.judge_stored` says: look by look, so that nothing is read that no look has asked for."""
    if project.settings.expect is not None:
        # only where it is asked for
        from stablebert.project.unchanged import judge_unchanged

        return judge_unchanged(project, cell, among)
    try:
        known: dict[RunSpec, RunRow] = {}
        found: Verdict | None = None
        for look in looks_of(project, cell):
            rows = stored_rows(project, cell, look, known)
            found = judge(project, cell, rows, among)
            if len(rows) < look or not found.is_open:
                break
        return found or judge(project, cell, [], among)
    except MENDABLE as error:
        return invalid(project, cell, str(error), among)


def is_alone(among: Collection[Cell], waived: Collection[str] = ()) -> bool:
    """Return whether a session is of a single cell, which must then keep to the session's bounds by itself.

    Args:
        among: The cells that it judges; none stands for the one that is asked about.
        waived: Ids of those that may FAIL: they would then leave the others alone.
    """
    return len({cell for cell in among if cell.id not in waived}) <= 1


def looks_of(project: Project, cell: Cell) -> list[int]:
    """Return the numbers of a cell's runs at which a session asks for a verdict, the last as many as it can use.

    None where nothing could judge the runs; a printed row judges all of them at once.
    """
    if project.unjudgeable(cell):
        return []
    limit, moments = len(project.specs(cell)), project.policy.moments
    if project.printed(cell):
        return [limit]
    limit = min(limit, moments[-1])
    return [*(look for look in moments if look < limit), limit]


def invalid(project: Project, cell: Cell, reason: str, among: Collection[Cell] = ()) -> Verdict:
    """Return the verdict on a cell that cannot be judged, with the reason."""
    try:
        margin = project.margin(cell)
    except BaselineError:
        margin = None
    digest, command = project.policy.digest, judging_command(project, among or [cell])
    return Verdict(cell.id, Status.INVALID, reason, margin=margin, policy=digest, command=command)


def baseline_of(project: Project, cell: Cell) -> Baseline | str:
    """Return the baseline that judges a cell, or why none can; a project reads each once."""
    if cell not in project.read:
        project.read[cell] = _read_baseline(project, cell)
    return project.read[cell]


def bridge_of(project: Project, cell: Cell, baseline: Baseline) -> Bridge | None:
    """Return the bridge by which a cell is judged; None where its runs are of the baseline's class.

    Raises:
        BaselineError: the classes differ and no bridge of these rows joins them, or a file is damaged.
    """
    ours = EnvironmentClass(device_type(), cell.precision)
    return bridge_over(project.baselines, cell, baseline, ours)


def stored_rows(
    project: Project, cell: Cell, most: int | None = None, known: dict[RunSpec, RunRow] | None = None
) -> list[RunRow]:
    """Return the stored rows of a cell's seeds in order, up to the first without record: a gap is not stepped over.

    Args:
        project: Whose store.
        cell: The cell.
        most: Seeds to read at the most; None is all.
        known: Rows that were read already; those that are read now are added.

    Raises:
        StoreError: a record is damaged or of another run.
        ValueError: what the runs are made of cannot be had.
    """
    store, rows = RunStore(project.store), {} if known is None else known
    found = []
    for spec in project.specs(cell)[:most]:
        if spec not in rows:
            record = load_run(spec, store)
            if record is None:
                break
            rows[spec] = row_of(record)
        found.append(rows[spec])
    return found


def record_path(project: Project, spec: RunSpec) -> Path:
    """Return where the record of a run lies, whether or not it is there.

    Raises:
        ValueError: what the run is made of cannot be had.
    """
    return RunStore(project.store).path(run_keys(spec).record)


def targets_of(project: Project, cell: Cell, among: Collection[Cell] = ()) -> "tuple[PrintedRow, ...]":
    """Return the printed rows that a cell of a session is the target of: each is that of one cell.

    Args:
        project: Whose printed rows.
        cell: The cell.
        among: The cells that the session judges; none: this one alone.
    """
    from stablebert.paper import target_among

    own = project.declared(cell.task, cell.method, cell.length).precision
    return tuple(row for row in project.printed(cell) if target_among(row, among or [cell], own) == cell)


def _against_print(project: Project, cell: Cell, rows: Sequence[RunRow], among: Collection[Cell]) -> Verdict:
    # only where print judges, and no light import
    from stablebert.analysis import judge_printed, measured_once_a_row

    targets = targets_of(project, cell, among)
    if len(rows) < len(project.specs(cell)):
        return Verdict(cell.id, Status.INCONCLUSIVE, "a printed row is compared once, with all seeds")
    if not targets:
        reason = "every printed row that it could be the target of is that of another precision here"
        return Verdict(cell.id, Status.INCONCLUSIVE, reason)
    return judge_printed(measured_once_a_row(cell.id, rows, targets))


def _read_baseline(project: Project, cell: Cell) -> Baseline | str:
    judge_cell = project.baseline_cell(cell)
    try:
        found = find_baseline(judge_cell, project.baselines)
        if found is None:
            listed = "it is in the grid and has" if judge_cell.name in project.grid else "it has"
            return f"{listed} no baseline; `stablebert accept` makes one"
        if judge_cell.task != cell.task:
            return f"not comparable: its task is {cell.task}, that of {project.settings.against} is {judge_cell.task}"
        bridge_of(project, cell, found)
        problem = _difference(project, cell, judge_cell, found)
        if problem is not None:
            return problem
        # one that does not follow from the accepted runs judges nothing
        project.margin(cell)
    except MENDABLE as error:
        return str(error)
    return found


def _difference(project: Project, cell: Cell, judge_cell: Cell, found: Baseline) -> str | None:
    """Return in what a baseline is not of the cell that it is to judge, or None."""
    if found.optimizer is not None and found.optimizer != project.settings.optimizer:
        return f"its baseline is of {found.optimizer}: it judges what --stablebert-optimizer {found.optimizer} makes"
    if project.settings.model is None:
        spec = project.spec(judge_cell)
        if found.header.get("cell_key") != run_keys(spec).cell:
            apart = _recipe_apart(spec.recipe, found.recipe)
            return f"its baseline was made with another recipe{apart or ', other data or other weights'}"
        return None
    # recipe and weights are another encoder's by intent, and those of the baseline need not be here
    if not found.cell.is_sibling_of(judge_cell):
        return f"the baseline in its place is of {found.cell}, not of {judge_cell}"
    if "data" not in found.header:
        return "its baseline does not say which data it was made with; accepted again it does"
    if found.header["data"] != run_keys(project.spec(cell)).data:
        return "its baseline was made with other data"
    return None


def _with_disagreement(
    found: Verdict, project: Project, cell: Cell, rows: Sequence[RunRow], baseline: Baseline
) -> Verdict:
    """Return a verdict with how much the runs that it used disagree, where that is known and no more are to come."""
    if found.status is Status.INCONCLUSIVE and len(rows) < len(project.seeds):
        # what only informs is not worth reading long records again at each look
        return found
    used = sorted(rows, key=seed_order)[: found.runs]
    try:
        return replace(found, disagreement=disagreement_of(project, cell, used, baseline))
    except MENDABLE as error:
        # what only informs makes no cell INVALID
        _LOG.warning("%s: how much its seeds disagree is not known: %s", cell.id, error)
        return found


def _recipe_apart(ours: Recipe, theirs: Recipe | None) -> str:
    """Return in which hyperparameters a baseline's recipe differs, empty where it does not or is not known."""
    values = {} if theirs is None else asdict(theirs)
    apart = [
        f"{name} {value}, here {getattr(ours, name)}" for name, value in values.items() if value != getattr(ours, name)
    ]
    return f": {'; '.join(apart)}" if apart else ""


def _with_missing_seeds(found: Verdict, project: Project, cell: Cell, rows: int) -> Verdict:
    """Return an open verdict with what the seeds asked for lack."""
    # more than the last look are no evidence, so that none of them is missing
    asked = min(len(project.specs(cell)), project.policy.looks[-1])
    if not found.is_open and rows:
        return found
    if rows >= asked:
        return found
    if project.settings.budget is not None:
        reason = f"{found.reason}; {_SPENT}" if found.runs else f"{_SPENT} before the first look"
        return replace(found, status=Status.INCONCLUSIVE, reason=f"{reason}: {asked - rows} seeds are missing")
    if not rows:
        again = f"`{making_command(project, cell)}` makes them"
        return replace(found, reason=f"none of the {asked} seeds asked for is stored; {again}")
    if found.status is Status.INCONCLUSIVE:
        return replace(found, reason=f"{found.reason}; {rows} of the {asked} seeds asked for are stored")
    return found
