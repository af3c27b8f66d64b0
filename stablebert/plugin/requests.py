"""What an item of a bench asks for: a run, or the judgement of a cell. Items carry these; nothing reads their ids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from stablebert.bench import BenchCell, PaperSection, Place
from stablebert.runs import Cell, RunSpec, format_id

if TYPE_CHECKING:
    from stablebert.project import Project
    from stablebert.project.paper_cells import BenchRun


@dataclass(frozen=True)
class RunRequest:
    """One run item.

    Attributes:
        cell: The cell that it is a run of.
        spec: The run.
        place: Position of its seed among the session's seeds, from 0.
        further: Whether no gate reads it: only a table or figure asks for it.
    """

    cell: Cell
    spec: RunSpec
    place: int
    further: bool = False

    @property
    def id(self) -> str:
        """The run id."""
        return format_id(self.spec)


@dataclass(frozen=True)
class GateRequest:
    """One gate item.

    Attributes:
        cell: The cell to judge.
        runs: How many a cell that is not gated is measured by; None: all that a session makes.
    """

    cell: Cell
    runs: int | None = None

    @property
    def id(self) -> str:
        """The cell id."""
        return self.cell.id


Request = RunRequest | GateRequest
# a cell, and whether of those of its runs that no gate reads
Asked = Callable[[Cell, bool], bool]
# a warning of a library is no reason to lose a run, whatever the session makes of warnings
_UNHARMED = pytest.mark.filterwarnings("default")


def parametrize_cells(metafunc: pytest.Metafunc, project: "Project", asked: Asked) -> list[str]:
    """Give a bench function its parameters from its module's `CELLS`, and return the names of these cells.

    Where none of a cell's runs is asked for, its first stands for all of them: an item that is only to be deselected
    costs what another does, and there would be tens of thousands.
    """
    cells = [(project.paper.cell_of(one), one) for one in declared_cells(metafunc.module.CELLS, project)]
    if "run" in metafunc.fixturenames:
        runs = [
            _parameter(RunRequest(cell, run.spec, run.place, run.further), run.places)
            for cell, one in cells
            for run in _asked_among(project.paper.runs(one), cell, asked)
        ]
        metafunc.parametrize("run", runs)
    else:
        given = project.settings.seeds is not None
        # runs with two seeds are of a cell whose gate is elsewhere
        gates = [
            _parameter(GateRequest(cell, None if given else one.seeds), one.places)
            for cell, one in cells
            if not one.apart
        ]
        metafunc.parametrize("gate", gates)
    return [cell.name for cell, _ in cells]


def _asked_among(runs: "Sequence[BenchRun]", cell: Cell, asked: Asked) -> "Sequence[BenchRun]":
    wanted = {further: asked(cell, further) for further in {run.further for run in runs}}
    return [run for run in runs if wanted[run.further]] or runs[:1]


def declared_cells(declared: "PaperSection | Sequence[BenchCell]", project: "Project") -> Sequence[BenchCell]:
    """Return the cells of a module's `CELLS`: those it names, or those of a section of the paper."""
    if not isinstance(declared, PaperSection):
        return declared
    return [cell for cell in project.paper.cells if cell.section == declared.section]


def request_of(item: pytest.Item) -> Request | None:
    """Return the request that an item carries, whatever its parameter is called; None for an item of others."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return next((value for value in parameters.values() if isinstance(value, Request)), None)


def order_items(items: list[pytest.Item], looks: Sequence[int]) -> None:
    """Sort bench items: the first look of every cell, then the next looks, then further seeds, then the gates."""

    def rank(item: pytest.Item) -> int:
        request = request_of(item)
        if isinstance(request, RunRequest):
            return 1 + sum(request.place >= look for look in looks)
        return 0 if request is None else len(looks) + 2

    items.sort(key=rank)


def _parameter(request: Request, places: Sequence[Place]) -> Any:
    marks = [_UNHARMED, *map(_mark_of, places)]
    return pytest.param(request, id=request.id, marks=marks)


@cache
def _mark_of(place: Place) -> pytest.MarkDecorator:
    mark: pytest.MarkDecorator = getattr(pytest.mark, place.mark)
    return mark(**dict(place.keywords))
