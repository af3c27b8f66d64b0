"""The paper's claims on the runs at hand: one function judges them, for the command and for a session of pytest."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from stablebert.analysis import EFFECTS, Beside, ClaimOutcome, judge_claims, lacking
from stablebert.baselines import Bridge, read_bridges
from stablebert.gate import Rows
from stablebert.paper import CLAIMS, Arm, Claim, Contrast
from stablebert.project.holdings import Holdings
from stablebert.project.project import Project
from stablebert.runs import Cell, parse_method
from stablebert.stats import Estimate

Found = TypeVar("Found")
# the seeds of Appendix B, as a shell writes them out
_GRID = "_i{000..009}d{000..009}"
# where a claim has no runs at all, those that fill it are of this task
_FIRST_TASKS = {"mini": "trec", "paper": "rte"}


def judge_claims_at_hand(project: Project, precision: str, holdings: Holdings | None = None) -> list[ClaimOutcome]:
    """Return what the runs at hand say of every claim, and of a claim that was not run the command that fills it.

    All claims are judged together, since those of one table share their error, whichever of them is asked for.

    Args:
        project: Whose accepted and stored runs, series and bridges.
        precision: Precision class of the arms that name none.
        holdings: Its runs, where they were read already.

    Raises:
        BaselineError: a baseline, its series or a bridge is damaged.
        StoreError: a record is damaged.
    """
    held = holdings or Holdings(project)
    rows = held.cells
    ours = {
        **by_arm(_with_choices(project, rows), project.encoder, precision),
        **by_arm(held.grids, project.encoder, precision, grid=True),
    }
    courses = by_arm(held.courses(_with_courses(rows, project.encoder, precision)), project.encoder, precision)
    beside = Beside(courses, _bridged(project))
    found = judge_claims(CLAIMS, ours, beside)
    return [
        one if one.was_run else replace(one, command=_filling(project, one.claim, ours, beside, precision))
        for one in found
    ]


def _with_choices(project: Project, cells: Mapping[Cell, Rows]) -> dict[Cell, Rows]:
    """Return cells, and those of a method at the value that is chosen for their task under its bare name, too."""
    found = dict(cells)
    for cell, rows in cells.items():
        names = [choice.name for choice in parse_method(cell.method)]
        if len(names) == 1 and project.paper.chosen(cell.task, names[0], cell.encoder) == cell.method:
            found[replace(cell, method=names[0])] = rows
    return found


def by_arm(
    cells: Mapping[Cell, Found], encoder: str, precision: str, *, grid: bool = False
) -> dict[tuple[str, Arm], Found]:
    """Return what is known of cells by task and arm, as claims ask for it.

    Args:
        cells: Anything by cell.
        encoder: Encoder id of the arms that name none.
        precision: Precision class of the arms that name none.
        grid: Whether the runs are those of grids.
    """
    return {key: cells[cell] for cell in cells for key in _keys(cell, encoder, precision, grid=grid)}


def _keys(cell: Cell, encoder: str, precision: str, *, grid: bool = False) -> list[tuple[str, Arm]]:
    if cell.fidelity != "corrected":
        return []
    encoders = (cell.encoder, "") if cell.encoder == encoder else (cell.encoder,)
    classes = (cell.precision, "") if cell.precision == precision else (cell.precision,)
    return [(cell.task, Arm(cell.method, cell.length, one, other, grid)) for one in classes for other in encoders]


def _with_courses(cells: Iterable[Cell], encoder: str, precision: str) -> Collection[Cell]:
    """Return the cells whose evaluations some claim asks for."""
    arms = {arm for claim in CLAIMS if EFFECTS[claim.effect].of_course for arm in claim.arms}
    return {cell for cell in cells for _, arm in _keys(cell, encoder, precision) if arm in arms}


def _bridged(project: Project) -> dict[tuple[str, Contrast], Estimate]:
    """Return what the recorded bridges of the encoder show: those that have not passed are evidence, too."""
    recorded = [one for folder in reversed(project.baselines) for one in read_bridges(folder) if one.recorded]
    return {
        (one.task, _contrast(one)): _shown(one)
        for one in recorded
        if one.encoder == project.encoder and one.failed == 0
    }


def _contrast(bridge: Bridge) -> Contrast:
    method, length = bridge.cell.method, bridge.cell.length
    return (
        (1, Arm(method, length, precision=bridge.other.precision)),
        (-1, Arm(method, length, precision=bridge.one.precision)),
    )


def _shown(bridge: Bridge) -> Estimate:
    from scipy.stats import t

    degrees = (bridge.seeds - 1) * (1 if bridge.pairing == "paired" else 2)
    half = ((bridge.upper or 0.0) - (bridge.lower or 0.0)) / 2
    return Estimate(bridge.difference or 0.0, half / float(t.ppf(0.95, degrees)), float(degrees))


def _filling(
    project: Project, claim: Claim, cells: Mapping[tuple[str, Arm], Rows], beside: Beside, precision: str
) -> str:
    """Return the command that makes the runs that a claim lacks, on each of its tasks or on that which lacks least."""
    begun = lacking(claim, cells, beside)
    # other encoders are the paper's
    profile = "paper" if any(arm.encoder for arm in claim.arms) else project.settings.profile
    wanted = {task: begun.get(task, claim.arms) for task in claim.tasks} if claim.each else begun
    if not claim.each:
        task = min(begun, key=lambda name: len(begun[name]), default=None)
        first = next(iter(claim.tasks), _FIRST_TASKS[profile])
        wanted = {first: claim.arms} if task is None else {task: begun[task]}
    ids = [
        Cell(task, arm.method, arm.length, arm.encoder or project.encoder, arm.precision or precision).id
        + (_GRID if arm.grid else "")
        for task, arms in wanted.items()
        for arm in arms
    ]
    return " ".join(["stablebert run", *ids, *(() if profile == "mini" else ("--profile", profile))])
