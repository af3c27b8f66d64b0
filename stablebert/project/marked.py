"""Which of the paper's cells and runs an expression of marks selects, as `pytest -m` would, without a session."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from stablebert.bench import BenchCell, Place
from stablebert.paper import SECTIONS, PrintedRow
from stablebert.project.paper_cells import BenchRun
from stablebert.runs import Cell, RunSpec

if TYPE_CHECKING:
    from stablebert.project.project import Project


@dataclass(frozen=True)
class MarkedCell:
    """A cell of the paper and those of its runs that are selected.

    Attributes:
        cell: The cell.
        declared: As the bench declares it: section and marks.
        runs: The selected runs.
        targets: Its printed rows, in the paper's order.
    """

    cell: Cell
    declared: BenchCell
    runs: tuple[BenchRun, ...]
    targets: tuple[PrintedRow, ...]

    @property
    def specs(self) -> tuple[RunSpec, ...]:
        """The selected runs as such."""
        return tuple(run.spec for run in self.runs)


def marked_cells(project: "Project", expression: str) -> list[MarkedCell]:
    """Return the cells with runs that carry the marks of an expression, in the order of the paper's sections.

    Args:
        project: Whose profile, seeds and records count.
        expression: As `pytest -m` takes it; `paper` is all that the paper shows.

    Raises:
        ValueError: it is no expression, or selects nothing.

    Example:
        >>> from stablebert.project import load_project
        >>> len(marked_cells(load_project(profile="paper"), "paper(table='1')"))
        48
    """
    import pytest
    from _pytest.mark import MarkMatcher, _parse_expression

    try:
        compiled = _parse_expression(expression, f"-m {expression!r} is no expression of marks")
    except pytest.UsageError as error:
        raise ValueError(str(error)) from None

    @cache
    def selects(places: tuple[Place, ...]) -> bool:
        marks = [getattr(pytest.mark, place.mark)(**dict(place.keywords)).mark for place in places]
        return compiled.evaluate(MarkMatcher.from_markers(marks))

    found = []
    for declared in project.paper.cells:
        runs = tuple(run for run in project.paper.runs(declared) if selects(run.places))
        if runs:
            cell = project.paper.cell_of(declared)
            targets = () if declared.apart else project.paper.targets(cell)
            found.append(MarkedCell(cell, declared, runs, targets))
    if not found:
        raise ValueError(f"-m {expression!r} selects nothing of the paper; its tables are as in \"paper(table='1')\"")
    return sorted(found, key=lambda one: SECTIONS.index(one.declared.section))
