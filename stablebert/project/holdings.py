"""What is held of all cells at once: accepted runs, collected ones, and the stored ones of the present code."""

from collections import defaultdict
from collections.abc import Collection
from functools import cached_property

from stablebert.baselines import Baseline, collected_runs, find_series, is_crossed, own_baselines, searched_seeds
from stablebert.baselines.collected import COLLECTED
from stablebert.project.project import Project
from stablebert.project.recorded import with_recorded_recipe
from stablebert.records.provenance import code_digest
from stablebert.records.store import RunStore
from stablebert.records.stored_runs import StoredRun, stored_runs
from stablebert.runs import Cell, Evaluation, Recipe, RunRow, RunSpec


class Holdings:
    """The runs of every cell; baselines and store are read once, when they are first asked for.

    Of the records only those count that the present code made by the paper's methods: the recipe of their encoder, no
    optimizer of others, and none that chose the hyperparameters. Those of two versions are no sample of either: of a
    cell that is collected and stored, the larger of both is taken.

    Args:
        project: Whose baselines and store; the first folder of baselines that has a cell is taken.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._recipes: dict[Cell, Recipe | None] = {}

    @cached_property
    def cells(self) -> dict[Cell, tuple[RunRow, ...]]:
        """The rows of every cell, of one seed each: its accepted runs, else those collected or stored.

        Raises:
            BaselineError: a baseline is damaged.
            StoreError: a record is damaged.
        """
        return self._stored_rows(grid=False) | {cell: one.rows for cell, one in self.kept.items()}

    @cached_property
    def grids(self) -> dict[Cell, tuple[RunRow, ...]]:
        """The rows of every cell whose initialisation and data order have seeds of their own (Appendix B).

        Raises:
            BaselineError: collected runs are damaged.
            StoreError: a record is damaged.
        """
        return self._stored_rows(grid=True) | {
            cell: one.rows for cell, one in self._larger_collected(grid=True).items()
        }

    @cached_property
    def kept(self) -> dict[Cell, Baseline]:
        """What git has of every cell: its accepted runs, else those collected, where the store has no more of them.

        Raises:
            BaselineError: a file is damaged.
            StoreError: a record is damaged.
        """
        return self._larger_collected(grid=False) | own_baselines(self._project.baselines)

    @property
    def held(self) -> set[tuple[Cell, str]]:
        """The runs whose rows git has, as cell and seed, accepted or collected.

        Raises:
            BaselineError: a file is damaged.
        """
        files = [*own_baselines(self._project.baselines).values(), *self._collected]
        return {(one.cell, row.seed) for one in files for row in one.rows}

    def courses(self, cells: Collection[Cell]) -> dict[Cell, dict[str, tuple[Evaluation, ...]]]:
        """Return the evaluations of the runs of `cells`, by seed, of those cells where they are kept.

        Args:
            cells: Those that are asked for.

        Raises:
            BaselineError: series are damaged, or of other runs than the accepted rows.
            StoreError: a record is damaged.
        """
        kept = {cell: find_series(baseline) for cell, baseline in self.kept.items() if cell in cells}
        found = {cell: {run.seed: run.evaluations for run in series} for cell, series in kept.items() if series}
        wanted = {*cells} - kept.keys()
        stored: dict[Cell, dict[str, tuple[Evaluation, ...]]] = defaultdict(dict)
        store = RunStore(self._project.store)
        for run in self._stored if wanted else ():
            cell = run.spec.cell
            record = store.load(run.key) if cell in wanted and run.spec.data_seed is None else None
            if record is not None:
                stored[cell][run.row.seed] = record.evaluations
        return {**stored, **found}

    def _larger_collected(self, *, grid: bool) -> dict[Cell, Baseline]:
        stored = self._stored_rows(grid=grid)
        return {
            one.cell: one
            for one in self._collected
            if is_crossed(one) is grid and len(one.rows) > len(stored.get(one.cell, ()))
        }

    @cached_property
    def _collected(self) -> list[Baseline]:
        """The collected runs that count, by the rules for stored ones."""
        return [
            one
            for one in collected_runs(self._project.root / COLLECTED)
            if one.optimizer is None and one.recipe is not None and one.recipe == self._recipe(one.cell)
        ]

    @cached_property
    def _stored(self) -> list[StoredRun]:
        """The stored runs that count."""
        used: dict[str, set[int]] = {}
        found, code = [], code_digest()
        for run in stored_runs(RunStore(self._project.store)):
            spec, cell = run.spec, run.spec.cell
            if run.code != code or spec.optimizer is not None:
                continue
            if spec.encoder not in used:
                folders = self._project.baselines
                used[spec.encoder] = {seed for folder in folders for seed in searched_seeds(folder, spec.encoder)}
            if spec.recipe == self._recipe(cell) and spec.seed not in used[spec.encoder]:
                found.append(run)
        return found

    def _recipe(self, cell: Cell) -> Recipe | None:
        # what is asked of thousands of runs is asked of their few cells
        if cell not in self._recipes:
            self._recipes[cell] = _recorded_recipe(cell, self._project)
        return self._recipes[cell]

    def _stored_rows(self, *, grid: bool) -> dict[Cell, tuple[RunRow, ...]]:
        rows: dict[Cell, list[RunRow]] = defaultdict(list)
        for run in self._stored:
            if (run.spec.data_seed is not None) is grid:
                rows[run.spec.cell].append(run.row)
        return {cell: tuple(those) for cell, those in rows.items()}


def _recorded_recipe(cell: Cell, project: Project) -> Recipe | None:
    """Return the recipe that is recorded for a cell, None where its length has none."""
    bare = RunSpec(cell.task, cell.method, cell.length, encoder=cell.encoder)
    try:
        return with_recorded_recipe(bare, project.baselines).recipe
    except ValueError:
        return None
