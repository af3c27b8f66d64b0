"""What an item of a bench asks for: a run, or the judgement of a cell. Items carry these; nothing reads their ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from stablebert.bench import BenchCell
from stablebert.runs import Cell, RunSpec, format_id

if TYPE_CHECKING:
    from stablebert.project import Project


@dataclass(frozen=True)
class RunRequest:
    """One run item.

    Attributes:
        cell: The cell that it is a run of.
        spec: The run.
        place: Position of its seed among the session's seeds, from 0.
    """

    cell: Cell
    spec: RunSpec
    place: int

    @property
    def id(self) -> str:
        """The run id."""
        return format_id(self.spec)


@dataclass(frozen=True)
class GateRequest:
    """One gate item.

    Attributes:
        cell: The cell to judge.
    """

    cell: Cell

    @property
    def id(self) -> str:
        """The cell id."""
        return self.cell.id


Request = RunRequest | GateRequest


def parametrize_cells(metafunc: pytest.Metafunc, project: "Project") -> list[str]:
    """Give a bench function its parameters from its module's `CELLS`, and return the names of these cells."""
    declared: Sequence[BenchCell] = metafunc.module.CELLS
    cells = [(project.declared(cell.task, cell.method, cell.length), cell) for cell in declared]
    if "run" in metafunc.fixturenames:
        runs = [
            _parameter(RunRequest(cell, spec, place), one)
            for cell, one in cells
            for place, spec in enumerate(project.specs(cell))
        ]
        metafunc.parametrize("run", runs)
    else:
        metafunc.parametrize("gate", [_parameter(GateRequest(cell), one) for cell, one in cells])
    return [cell.name for cell, _ in cells]


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


def _parameter(request: Request, declared: BenchCell) -> Any:
    # a warning of a library is no reason to lose a run, whatever the session makes of warnings
    marks = [pytest.mark.filterwarnings("default")]
    marks += [pytest.mark.paper(**dict(place)) for place in declared.places]
    return pytest.param(request, id=request.id, marks=marks)
