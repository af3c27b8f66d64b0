"""A refactoring's verdict: whether a cell's first seed begins as it did when it was accepted."""

from collections.abc import Collection
from dataclasses import replace

from stablebert.analysis import Agreement, Departure, compare_beginnings
from stablebert.baselines import Baseline, BaselineError, RunSeries, find_series
from stablebert.gate import Status, Verdict
from stablebert.project.judging import MENDABLE, baseline_of, bridge_of, invalid
from stablebert.project.project import Project
from stablebert.project.repeating import judging_command
from stablebert.runs import Beginning, Cell, RunSpec, parse_id


def judge_unchanged(project: Project, cell: Cell, among: Collection[Cell] = ()) -> Verdict:
    """Return whether a cell's first updates are those of its accepted runs.

    PASS: they are, but for rounding. FAIL: they are not, with the first thing that differs. INVALID: nobody can say.

    Args:
        project: Whose baselines.
        cell: What is trained.
        among: The cells that the session judges.
    """
    try:
        baseline = baseline_of(project, cell)
        if isinstance(baseline, str):
            return invalid(project, cell, baseline, among)
        if bridge_of(project, cell, baseline) is not None:
            raise BaselineError(
                f"in {cell.precision} nothing rounds as in the accepted runs; --precision "
                f"{baseline.cell.precision} compares them"
            )
        series = _kept_beginning(baseline)
        found = _compared(_spec_of(project, cell, series.seed), series, baseline)
    except MENDABLE as error:
        return invalid(project, cell, str(error), among)
    status, reason = _say(series.seed, found)
    verdict = Verdict(cell.id, status, reason, policy=project.policy.digest, pairing="beginning")
    return replace(verdict, command=judging_command(project, among or [cell]))


def _kept_beginning(baseline: Baseline) -> RunSeries:
    """Return the first of the accepted runs whose updates were kept to the last digit."""
    for series in find_series(baseline) or ():
        if series.first is not None:
            return series
    raise BaselineError(f"no first updates are kept beside {baseline.path.name}; accepted again it has them")


def _spec_of(project: Project, cell: Cell, seed: str) -> RunSpec:
    named = parse_id(f"{cell.id}_{seed}")
    return replace(project.spec(cell), seed=named.seed, data_seed=named.data_seed)


def _compared(spec: RunSpec, series: RunSeries, baseline: Baseline) -> Departure | Agreement:
    if series.first is None:
        raise BaselineError(f"{series.seed} of {baseline.path.name} has no first updates")
    row = next(row for row in baseline.rows if row.seed == series.seed)
    steps, evaluation = series.first.steps, series.first.evaluation
    return compare_beginnings(_begun(spec, len(steps.loss)), steps, evaluation, row, spec.recipe.max_grad_norm)


def _begun(spec: RunSpec, updates: int) -> Beginning:
    # where a run is made, and nowhere else, torch is imported
    from stablebert.training.beginning import begin

    return begin(spec, updates)


def _say(seed: str, found: Departure | Agreement) -> tuple[Status, str]:
    if isinstance(found, Departure):
        return Status.FAIL, f"changed: {seed}, {found.words()}"
    return Status.PASS, (
        f"unchanged: the first updates of {seed} are the accepted ones but for rounding (relative difference "
        f"{found.largest:.0e} at most, {found.updates} updates compared)"
    )
