"""A refactoring's verdict: whether a cell's first seeds begin as they did when they were accepted."""

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
        found = {
            series.seed: _compared(_spec_of(project, cell, series.seed), series, baseline)
            for series in _kept_beginnings(baseline)
        }
    except MENDABLE as error:
        return invalid(project, cell, str(error), among)
    status, reason = _say(found)
    verdict = Verdict(cell.id, status, reason, policy=project.policy.digest, decided_by="beginning")
    return replace(verdict, command=judging_command(project, among or [cell]))


def _kept_beginnings(baseline: Baseline) -> list[RunSeries]:
    kept = [series for series in find_series(baseline) or () if series.first is not None]
    if not kept:
        raise BaselineError(f"no first updates are kept beside {baseline.path.name}; accepted again it has them")
    return kept


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


def _say(found: dict[str, Departure | Agreement]) -> tuple[Status, str]:
    for seed, one in found.items():
        if isinstance(one, Departure):
            return Status.FAIL, f"changed: {seed} has another {one.words()}"
    same = [one for one in found.values() if isinstance(one, Agreement)]
    updates, largest = min(one.updates for one in same), max(one.largest for one in same)
    return Status.PASS, (
        f"unchanged: the first updates of {' and '.join(found)} are the accepted ones but for rounding (relative "
        f"difference {largest:.0e} at most, {updates} updates compared)"
    )
