"""Which of the paper's cells and runs expressions of marks and words select, as `pytest -m -k` would, or a study."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from stablebert.bench import BenchCell, Place
from stablebert.paper import SECTIONS, PrintedRow, is_searched, study_parts
from stablebert.project.paper_cells import BenchRun
from stablebert.runs import Cell, RunSpec

if TYPE_CHECKING:
    from _pytest.mark.expression import Expression

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


def marked_cells(project: "Project", expression: str, words: str = "") -> list[MarkedCell]:
    """Return the cells with runs that carry the marks of an expression, in the order of the paper's sections.

    Args:
        project: Whose profile, seeds and records count.
        expression: As `pytest -m` takes it; `paper` is all that the paper shows.
        words: As `pytest -k` takes it, over cell ids; empty for all.

    Raises:
        ValueError: one of them is no expression, or they select nothing.

    Example:
        >>> from stablebert.project import load_project
        >>> len(marked_cells(load_project(profile="paper"), "paper(table='1')"))
        48
    """
    import pytest
    from _pytest.mark import MarkMatcher

    compiled = _parsed(expression, f"-m {expression!r} is no expression of marks")
    spoken = _parsed(words, f"-k {words!r} is no expression of words") if words else None

    @cache
    def selects(places: tuple[Place, ...]) -> bool:
        marks = [getattr(pytest.mark, place.mark)(**dict(place.keywords)).mark for place in places]
        return compiled.evaluate(MarkMatcher.from_markers(marks))

    found = []
    for declared in project.paper.cells:
        cell = project.paper.cell_of(declared)
        if spoken is not None and not spoken.evaluate(partial(_is_in, cell.id)):
            continue
        runs = tuple(run for run in project.paper.runs(declared) if selects(run.places))
        if runs:
            targets = () if declared.apart else project.paper.targets(cell)
            found.append(MarkedCell(cell, declared, runs, targets))
    if not found:
        also = f" -k {words!r}" if words else ""
        raise ValueError(
            f"-m {expression!r}{also} selects nothing of the paper; its tables are as in \"paper(table='1')\""
        )
    return sorted(found, key=lambda one: SECTIONS.index(one.declared.section))


def study_cells(project: "Project", name: str) -> dict[str, list[MarkedCell]]:
    """Return the cells of a study and their runs, by the name of its part.

    Args:
        project: Whose profile and records count; seeds that are given take the place of the study's.
        name: As `study_parts` takes it.

    Raises:
        ValueError: there is no such study, or the profile has none of its cells.

    Example:
        >>> from stablebert.project import load_project
        >>> sum(len(one.runs) for one in study_cells(load_project(), "sources")["Appendix B"])
        50
    """
    found = {}
    for part in study_parts(name):
        settings = project.settings
        precision = part.precision or settings.precision
        at_part = replace(project, settings=replace(settings, seeds=settings.seeds or part.seeds, precision=precision))
        found[part.name] = marked_cells(at_part, part.marks, part.words)
    return found


def unchosen(project: "Project", cells: Iterable[MarkedCell]) -> dict[str, list[str]]:
    """Return the searched methods of which no value is chosen, with the tasks that train their default, sorted."""
    found: dict[str, set[str]] = {}
    for one in cells:
        method = one.cell.method
        if is_searched(method) and not project.paper.is_chosen(one.cell.task, method, one.declared.encoder):
            found.setdefault(method, set()).add(one.cell.task)
    return {method: sorted(tasks) for method, tasks in sorted(found.items())}


def _is_in(text: str, word: str, /, **_: object) -> bool:
    return word.lower() in text.lower()


def _parsed(text: str, complaint: str) -> "Expression":
    import pytest
    from _pytest.mark import _parse_expression

    try:
        return _parse_expression(text, complaint)
    except pytest.UsageError as error:
        raise ValueError(str(error)) from None
