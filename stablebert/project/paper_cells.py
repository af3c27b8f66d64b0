"""The paper as a project has it: its cells at the values chosen, their runs, and the printed rows of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from stablebert.baselines import recorded_choice, recorded_rate_on
from stablebert.bench import BenchCell, Place, paper_cells
from stablebert.paper import PrintedRow, default_encoder, is_searched, printed_rows, stated_choices
from stablebert.project.seeds import crossed_runs, run_count, runs_of_cell
from stablebert.runs import Cell, RunSpec, default_recipe

if TYPE_CHECKING:
    from stablebert.project.project import Project


@dataclass(frozen=True)
class BenchRun:
    """One run of a declared cell.

    Attributes:
        spec: The run.
        place: Its position among the cell's runs, from 0.
        further: Whether no gate reads it: only its marks ask for it.
        places: The marks that it carries.
    """

    spec: RunSpec
    place: int
    further: bool
    places: tuple[Place, ...]


class PaperCells:
    """What a project makes of the paper; each part is read when first asked for.

    Args:
        project: Whose options, records of searches and tables count.
    """

    def __init__(self, project: "Project") -> None:
        self._project = project
        self._chosen: dict[tuple[str, str, str], str | None] = {}

    @cached_property
    def cells(self) -> tuple[BenchCell, ...]:
        """The cells of all tables and figures, each once.

        Raises:
            BaselineError: a record of a search is damaged.
        """
        return paper_cells(self.chosen)

    @cached_property
    def rows(self) -> tuple[PrintedRow, ...]:
        """Every printed row, its method at the value that is chosen here.

        Raises:
            ValueError: no folder of baselines has the paper's tables.
            BaselineError: a record of a search is damaged.
        """
        rows = printed_rows(self._project.baselines)
        return tuple(replace(row, method=self.chosen(row.task, row.method, row.encoder)) for row in rows)

    def chosen(self, task: str, method: str, encoder: str = "") -> str:
        """Return the method text at the value chosen for a task: the paper's where it says, else a recorded search's.

        A search counts at the rate that its task is trained at today, as that of `long` does. An encoder of others
        takes the values of the one that judges it.

        Args:
            task: Task id.
            method: Name of a method; one of which nothing is searched comes back as it is.
            encoder: Encoder id; the empty text is the profile's.

        Raises:
            BaselineError: the record of the search is damaged.
        """
        if not is_searched(method):
            return method
        place = (encoder or default_encoder(self._project.settings.profile), task, method)
        if place not in self._chosen:
            self._chosen[place] = self._stated.get(place) or self._searched(*place)
        return self._chosen[place] or method

    def is_chosen(self, task: str, method: str, encoder: str = "") -> bool:
        """Return whether a value is chosen for a task, be it the default; arguments and errors as `chosen`."""
        self.chosen(task, method, encoder)
        return self._chosen.get((encoder or default_encoder(self._project.settings.profile), task, method)) is not None

    def cell_of(self, declared: BenchCell) -> Cell:
        """Return the cell that a bench declares, as `Project.declared` has it."""
        return self._project.declared(
            declared.task, declared.method, declared.length, declared.encoder, other_class=declared.other_class
        )

    def runs(self, declared: BenchCell) -> list[BenchRun]:
        """Return the runs of a declared cell, each with its marks.

        They are as many as its marks ask for, else as many as a session makes. A number of seeds that is given takes
        the place of both, and then every run carries every mark.

        Args:
            declared: A cell of a bench, the paper's or another's.

        Raises:
            ValueError: something that the cell names is unknown.
        """
        project, cell, given = self._project, self.cell_of(declared), self._project.settings.seeds
        if declared.apart:
            specs = crossed_runs(project, cell, given or declared.seeds or 1)
            return [BenchRun(spec, place, True, declared.places) for place, spec in enumerate(specs)]
        read = run_count(project, cell)
        return [
            BenchRun(spec, place, place >= read, _carried(declared.places, place, given))
            for place, spec in enumerate(runs_of_cell(project, cell, declared.seeds))
        ]

    def targets(self, cell: Cell) -> tuple[PrintedRow, ...]:
        """Return the printed rows of a cell in the paper's order, those of Table 5's dev half too.

        A row that is of any precision is of the session's class; the other class has those that are about it.

        Raises:
            ValueError: as `rows`.
        """
        beside = cell in self.beside
        return tuple(row for row in self.rows if row.is_of(cell) and not (beside and row.of_any_precision))

    @cached_property
    def beside(self) -> frozenset[Cell]:
        """The cells of the other precision class than the session's: no list of the grid means them."""
        return frozenset(self.cell_of(declared) for declared in self.cells if declared.other_class)

    @cached_property
    def _stated(self) -> dict[tuple[str, str, str], str]:
        return stated_choices(self._project.baselines)

    def _searched(self, encoder: str, task: str, method: str) -> str | None:
        folders = self._project.baselines
        rate = recorded_rate_on(folders, encoder, task, method) or default_recipe(encoder).learning_rate
        return recorded_choice(folders, encoder, task, method, rate)


def _carried(places: Sequence[Place], place: int, given: int | None) -> tuple[Place, ...]:
    return tuple(one for one in places if given is not None or one.seeds is None or place < one.seeds)
