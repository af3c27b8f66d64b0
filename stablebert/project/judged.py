"""The judgement of a session: its cells, all of them together, waivers, and what else is to be said beside them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stablebert.baselines import BaselineError, Bridge, Budget, Waiver, baseline_budget, find_baseline
from stablebert.gate import Comparison, Status, Verdict, pool, session_status
from stablebert.project.differing import apart_from_baseline
from stablebert.project.judging import MENDABLE, baseline_of, bridge_of, is_alone, judge_stored, stored_rows
from stablebert.project.project import Project
from stablebert.project.recorded import unsearched
from stablebert.project.repeating import judging_command
from stablebert.runs import Cell, RunRow

# of a cell, and of how many seeds at the most
RowsOf = Callable[[Cell, int | None], Sequence[RunRow]]


@dataclass(frozen=True)
class JudgedSession:
    """What a session says of its cells.

    Attributes:
        status: Of the session.
        verdicts: One a cell, in the order given.
        pooled: The verdict on all cells together; None where the session is of one cell (others that are waived aside),
            or every cell is identical to its baseline or without runs.
        waived: The waivers that act, by cell id.
        budgets: What cells have lost since the last release, by cell id.
        bridges: Those that cells are judged over, each once.
        apart: In what the runs of a model or recipe that is given differ from those that judge them, one line a cell.
    """

    status: Status
    verdicts: tuple[Verdict, ...]
    pooled: Verdict | None = None
    waived: Mapping[str, Waiver] = field(default_factory=dict)
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    bridges: tuple[Bridge, ...] = ()
    apart: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[Verdict, ...]:
        """The verdicts of a table: of the cells, one a printed row where these judge, and the pooled one if any."""
        each = tuple(one for verdict in self.verdicts for one in verdict.each)
        return each if self.pooled is None else (*each, self.pooled)


def judge_session(
    project: Project,
    verdicts: Mapping[Cell, Verdict],
    rows_of: RowsOf,
    lost: Sequence[Verdict] = (),
    among: Collection[Cell] = (),
) -> JudgedSession:
    """Return what a session says: of its cells, of all together, waivers, budgets, bridges, status.

    Args:
        project: Whose rule.
        verdicts: Of the cells that were judged, at least one, or there are lost ones.
        rows_of: The stored rows of a cell, as far as they are needed.
        lost: Verdicts on what was to be judged and was not.
        among: All cells of the session, as each was judged among them; none: those that were judged.

    Raises:
        BaselineError: a waiver has expired or cannot be read.
    """
    cells = tuple(among) or tuple(verdicts)
    waivers = project.waivers
    every = (*verdicts.values(), *lost)
    acting = {one.cell: waivers[one.cell] for one in every if one.status is Status.FAIL and one.cell in waivers}
    held = {cell: verdict for cell, verdict in verdicts.items() if verdict.cell not in acting}
    together = None if is_alone(cells, waivers) else _pooled(project, held, rows_of)
    if together is not None:
        together = replace(together, command=judging_command(project, cells))
    counted = [one for one in every if one.cell not in acting]
    status = session_status(counted, together) if counted else Status.PASS
    budgets, bridges = _standing(project, verdicts)
    return JudgedSession(status, every, together, acting, budgets, bridges, _apart(project, verdicts))


def judge_stored_session(project: Project, cells: Iterable[Cell]) -> JudgedSession:
    """Return what a session of these cells says by their stored runs; trains nothing.

    Args:
        project: Whose rule and store.
        cells: At least one.

    Raises:
        BaselineError: a waiver has expired or cannot be read.
    """
    among = tuple(dict.fromkeys(cells))
    verdicts = {cell: judge_stored(project, cell, among) for cell in among}
    return judge_session(project, verdicts, lambda cell, most: stored_rows(project, cell, most))


def comparisons_end(verdict: Verdict) -> int | None:
    """Return the number of runs that a decided cell brings to the pooled test, which are all; None while it is open."""
    return None if verdict.is_open else verdict.runs


def _pooled(project: Project, verdicts: Mapping[Cell, Verdict], rows_of: RowsOf) -> Verdict | None:
    """Return the pooled test over the cells that have runs and differ from their baseline; None where there is none.

    Where these leave it open, the runs of cells that are identical count too: were they a little better or worse, but
    as good as their baseline, they would have counted, and nothing is surer of such a cell than that it is.
    """
    changed: list[Comparison] = []
    identical: list[Comparison] = []
    try:
        for cell, verdict in verdicts.items():
            # what could not be judged may not be readable either
            baseline = baseline_of(project, cell) if verdict.runs else ""
            if not isinstance(baseline, str):
                ended = comparisons_end(verdict)
                one = Comparison(rows_of(cell, ended), baseline.rows, project.margin(cell), ended)
                (identical if verdict.pairing == "identical" else changed).append(one)
    except MENDABLE as error:
        return Verdict("pooled", Status.INVALID, str(error), unit="margins", policy=project.policy.digest)
    if not changed:
        return None
    found = pool(changed, project.policy)
    if found.is_open and identical:
        every = pool([*changed, *identical], project.policy)
        return every if every.status is Status.PASS else found
    return found


def _apart(project: Project, cells: Iterable[Cell]) -> tuple[str, ...]:
    """Return what `apart_from_baseline` says of cells, and of a model once that its rate was not searched.

    Of a cell whose files are damaged the verdict says why.
    """
    found = []
    for cell in cells:
        try:
            found.append(apart_from_baseline(project, cell))
        except MENDABLE:
            continue
    lines = [line for line in found if line]
    return (*lines, *filter(None, [unsearched(project)])) if lines else ()


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
            bridge = None if baseline is None else bridge_of(project, cell, baseline)
            if bridge is not None:
                bridges[bridge] = None
        except (BaselineError, ValueError):
            continue
    return budgets, tuple(bridges)
