"""The paper's claims on the runs at hand: one function judges them, for the command and for a session of pytest."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeVar

from stablebert.analysis import EFFECTS, Beside, ClaimOutcome, judge_claims, lacking
from stablebert.baselines import Bridge, read_bridges
from stablebert.bench import Chosen
from stablebert.gate import Rows
from stablebert.paper import CLAIMS, Arm, Claim, Contrast, canonical_method, is_searched
from stablebert.project.holdings import Holdings
from stablebert.project.project import Project
from stablebert.runs import Cell
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
    asked = Asked(project.encoder, precision, project.paper.chosen)
    ours = {**asked.by_arm(rows), **asked.by_arm(held.grids, grid=True)}
    courses = asked.by_arm(held.courses(asked.with_courses(rows)))
    beside = Beside(courses, _bridged(project))
    found = judge_claims(CLAIMS, ours, beside)
    return [
        one if one.was_run else replace(one, command=_filling(project, one.claim, ours, beside, asked)) for one in found
    ]


@dataclass(frozen=True)
class Asked:
    """Which cell an arm of a claim is: the one way from claims to runs.

    Attributes:
        encoder: Encoder id of the arms that name none.
        precision: Precision class of the arms that name none.
        chosen: The method text at the value chosen for a task, as `PaperCells.chosen`.

    Example:
        >>> asked = Asked("minilm", "fp32", lambda task, method, encoder: f"{method}.blocks3")
        >>> asked.cell("trec", Arm("reinit")).id, asked.cell("trec", Arm("reinit.blocks1")).id
        ('trec_reinit.blocks3_3ep_minilm_fp32', 'trec_reinit_3ep_minilm_fp32')
    """

    encoder: str
    precision: str
    chosen: Chosen

    def cell(self, task: str, arm: Arm) -> Cell:
        """Return the cell whose runs are those of an arm on a task.

        Raises:
            BaselineError: the record of the search that chooses a value is damaged.
        """
        method = self.chosen(task, arm.method, arm.encoder) if is_searched(arm.method) else arm.method
        return Cell(
            task,
            canonical_method(method),
            arm.length,
            arm.encoder or self.encoder,
            arm.precision or self.precision,
        )

    def by_arm(self, cells: Mapping[Cell, Found], *, grid: bool = False) -> dict[tuple[str, Arm], Found]:
        """Return what is known of cells by task and arm, for every arm of a claim.

        Args:
            cells: Anything by cell.
            grid: Whether the runs are those of grids.
        """
        arms = {arm for claim in CLAIMS for arm in claim.arms if arm.grid is grid}
        places = product(sorted({cell.task for cell in cells}), sorted(arms))
        cell_of = {place: self.cell(*place) for place in places}
        return {place: cells[cell] for place, cell in cell_of.items() if cell in cells}

    def with_courses(self, cells: Iterable[Cell]) -> Collection[Cell]:
        """Return the cells whose evaluations some claim asks for."""
        arms = {arm for claim in CLAIMS if EFFECTS[claim.effect].of_course for arm in claim.arms}
        return {self.cell(task, arm) for task in {cell.task for cell in cells} for arm in arms}.intersection(cells)


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
    from scipy.special import stdtrit

    degrees = (bridge.seeds - 1) * (1 if bridge.pairing == "paired" else 2)
    half = ((bridge.upper or 0.0) - (bridge.lower or 0.0)) / 2
    return Estimate(bridge.difference or 0.0, half / float(stdtrit(degrees, 0.95)), float(degrees))


def _filling(
    project: Project, claim: Claim, cells: Mapping[tuple[str, Arm], Rows], beside: Beside, asked: Asked
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
    ids = [asked.cell(task, arm).id + (_GRID if arm.grid else "") for task, arms in wanted.items() for arm in arms]
    return " ".join(["stablebert run", *ids, *(() if profile == "mini" else ("--profile", profile))])
