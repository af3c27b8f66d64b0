"""The one context of pytest, the command line and Python: what is trained for a cell, and what judges it."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import stablebert
from stablebert.baselines import baseline_path, checked_margin, read_waivers, with_recorded_rate
from stablebert.bench import other_precision
from stablebert.files import OWN_FOLDER
from stablebert.gate.policy import Policy
from stablebert.paper import ENCODERS, check_canonical, default_encoder
from stablebert.project.against import judging_parts
from stablebert.project.catalogue import Catalogue, catalogue_of
from stablebert.project.gated import check_grid, grid_names
from stablebert.project.options import Settings
from stablebert.project.paper_cells import PaperCells
from stablebert.project.precision import precision_of
from stablebert.project.pyproject import policy_of
from stablebert.project.recorded import method_spec
from stablebert.project.seeds import runs_of_cell
from stablebert.runs import Cell, RunRow, RunSpec

if TYPE_CHECKING:
    from stablebert.baselines import Baseline, Waiver
    from stablebert.gate import Verdict
    from stablebert.paper import PrintedRow

# what a wheel carries
INSTALLED = Path(stablebert.__file__).parent / "_baselines"


@dataclass(frozen=True)
class Project:
    """A root folder with the options in force: everything that decides what is trained and what judges it.

    `stablebert.project.load_project` makes one as pytest would in a folder; a session of pytest makes its own.

    Args:
        root: The root folder, as pytest finds it.
        settings: The options in force.
        given: Those given on a command line, as text by name: what the command that judges again repeats.
        hooked: Answers of the hook `pytest_stablebert_methods`.
    """

    root: Path
    settings: Settings
    given: Mapping[str, str] = field(default_factory=dict)
    hooked: Sequence[Any] = ()

    @cached_property
    def read(self) -> "dict[Cell, Baseline | str]":
        """Baselines that were read, or why none can judge, by the cell that is judged."""
        return {}

    @cached_property
    def waivers(self) -> "Mapping[str, Waiver]":
        """The waivers by cell id.

        Raises:
            BaselineError: one has expired or cannot be read.
        """
        return read_waivers(self.baselines, date.today())

    @cached_property
    def _margins(self) -> dict[Cell, float | None]:
        return {}

    @cached_property
    def _precisions(self) -> dict[Cell, str]:
        return {}

    @property
    def store(self) -> Path:
        """Folder of the records: the one given, else `$STABLEBERT_STORE`, else `.stablebert/runs`, below the root."""
        chosen = self.settings.store or os.environ.get("STABLEBERT_STORE")
        return self.root / (chosen or f"{OWN_FOLDER}/runs")

    @property
    def baselines(self) -> tuple[Path, ...]:
        """Where baselines are looked for, first to last: given, `baselines` below the root, those of the wheel."""
        given = [Path(self.settings.baselines)] if self.settings.baselines else []
        return (*given, self.root / "baselines", INSTALLED)

    @property
    def home(self) -> Path:
        """The folder of baselines that is written, which may not be there yet."""
        return self.baselines[0]

    def check_baselines(self) -> None:
        """Refuse a folder of baselines that was given and is none: others would judge in its place.

        Raises:
            ValueError: it is no folder.
        """
        given = self.settings.baselines
        if given and not Path(given).is_dir():
            raise ValueError(f"--baselines {given} is no folder")

    @cached_property
    def catalogue(self) -> Catalogue:
        """Tasks, methods and encoders that are added to the package's own."""
        return catalogue_of(self.root, self.hooked)

    @cached_property
    def grid(self) -> frozenset[str]:
        """Names `TASK_METHOD_LENGTH` of the profile's gated cells, all of which share the alarms.

        Raises:
            ValueError: a list is none, or has a name of no cell or of one that cannot be gated.
            BaselineError: so has a `grid.toml`.
        """
        check_grid(self)
        return grid_names(self)

    @cached_property
    def policy(self) -> Policy:
        """The rule, with the number of cells that share its alarms, whether or not each can be gated."""
        return policy_of(self.root, self.settings, cells=len(grid_names(self)))

    @property
    def most_seeds(self) -> int:
        """How many seeds a cell has at the most."""
        return self.settings.seeds or self.policy.looks[-1]

    @property
    def seeds(self) -> range:
        """The seeds of a cell, where they are not those of its baseline."""
        first = self.settings.seed_block
        return range(first, first + self.most_seeds)

    @property
    def encoder(self) -> str:
        """The encoder that is trained."""
        model = self.settings.model
        if model is None:
            return default_encoder(self.settings.profile)
        if model in ENCODERS or model in self.catalogue.encoders:
            return model
        from stablebert.encoders.sources import custom_id

        return custom_id(model)

    @property
    def judging_encoder(self) -> str:
        """The encoder whose baselines judge."""
        return self.against.get("encoder", default_encoder(self.settings.profile))

    @cached_property
    def against(self) -> dict[str, str]:
        """What the judging cell has in place of a cell's own: a whole cell, or an encoder, length or method alone.

        Raises:
            ValueError: `against` is none of these.
        """
        return {} if self.settings.against is None else judging_parts(self, self.settings.against)

    def cell_of(self, text: str) -> Cell:
        """Return the cell of an id, with task, method, length and encoder known here.

        Raises:
            ValueError: the text is no cell id, or one of its parts is unknown or cannot be had.
        """
        from stablebert.tasks import card_of

        cell = Cell.parse(text)
        if self.catalogue.task_source(cell.task) is None:
            card_of(cell.task)
        self.check_method(cell.method)
        if not (self.settings.model and cell.encoder == self.encoder):
            self.catalogue.encoder_source(cell.encoder)
        return cell

    def declared(self, task: str, method: str, length: str, encoder: str = "", *, other_class: bool = False) -> Cell:
        """Return the cell that a bench declares, with the session's fidelity, encoder and precision class.

        Args:
            task: Task id.
            method: Method text.
            length: Length id.
            encoder: Encoder id in place of the session's.
            other_class: Whether it is of the other precision class, see `stablebert.bench.other_precision`.
        """
        cell = Cell(task, method, length, encoder or self.encoder, fidelity=self.settings.fidelity)
        if cell not in self._precisions:
            # what is accepted stays in its class, whatever processor made it
            bridges, judge = not self.settings.accept, self.baseline_cell(cell)
            self._precisions[cell] = precision_of(self.settings.precision, cell, judge, self.baselines, bridges=bridges)
        precision = self._precisions[cell]
        return replace(cell, precision=other_precision(precision) if other_class else precision)

    def baseline_cell(self, cell: Cell) -> Cell:
        """Return the cell whose accepted runs judge a cell: its own, on the profile's encoder if a model is given."""
        own = cell.encoder
        if self.settings.model is not None and own == self.encoder:
            own = default_encoder(self.settings.profile)
        return replace(cell, **{"encoder": own, **self.against})

    def spec(self, cell: Cell) -> RunSpec:
        """Return a cell's run of the first seed, the session's encoder or optimizer in place at its recorded rate.

        Raises:
            ValueError: something that the cell names is unknown.
        """
        given = self.settings
        arguments = given.optimizer_args if given.optimizer else "{}"
        replaced = replace(self.method_spec(cell), optimizer=given.optimizer, optimizer_arguments=arguments)
        return with_recorded_rate(replaced, self.baselines)

    def method_spec(self, cell: Cell) -> RunSpec:
        """Return the first seed's run of a cell as its method says, with no optimizer of the session in place."""
        return method_spec(self, cell)

    def specs(self, cell: Cell) -> tuple[RunSpec, ...]:
        """Return the runs of a cell, one a seed, in seed order."""
        return runs_of_cell(self, cell)

    def is_gated(self, cell: Cell) -> bool:
        """Return whether a cell is gated: the one that judges it is in the grid, or the paper prints a row of it."""
        listed = self.baseline_cell(cell).name in self.grid and cell not in self.paper.beside
        return listed or bool(self.printed(cell))

    @cached_property
    def paper(self) -> PaperCells:
        """The paper's cells, choices and printed rows as they are here."""
        return PaperCells(self)

    def printed(self, cell: Cell) -> "tuple[PrintedRow, ...]":
        """Return the paper's rows that may judge a cell: on the `paper` profile, where no runs are accepted.

        A candidate, an optimizer or encoder of others, is never judged against print, and print has no seeds.
        """
        settings = self.settings
        of_others = settings.model is not None and settings.model not in ENCODERS
        if settings.profile != "paper" or any((settings.optimizer, of_others, settings.seeds_of)):
            return ()
        if any(baseline_path(folder, self.baseline_cell(cell)).is_file() for folder in self.baselines):
            return ()
        return self.paper.targets(cell)

    def margin(self, cell: Cell) -> float | None:
        """Return the largest loss of a cell that does not matter, in points: the one given, else the frozen one.

        None where the accepted runs give none.

        Raises:
            BaselineError: the cell has no baseline, or what is frozen does not follow from it.
        """
        if self.settings.margin is not None:
            return self.settings.margin
        if cell not in self._margins:
            self._margins[cell] = checked_margin(self.baselines, self.baseline_cell(cell)).margin
        return self._margins[cell]

    def judge(self, cell: Cell, rows: Sequence[RunRow], among: Collection[Cell] = ()) -> "Verdict":
        """Return the verdict on a cell: the only way to one, for every door.

        Args:
            cell: The candidate.
            rows: Its runs of the project's seeds, in seed order, up to the first that is missing.
            among: The cells that the session judges; none: this one alone, which then keeps to the session's bound on
                lost runs by itself.
        """
        from stablebert.project.judging import judge

        return judge(self, cell, rows, among)

    def judge_stored(self, cell: Cell, among: Collection[Cell] = ()) -> "Verdict":
        """Return the verdict on the stored runs of a cell, INVALID where they cannot be read; trains nothing.

        Where runs are expected to be unchanged, it is the verdict on their beginnings, which are made here and now.

        Args:
            cell: The candidate.
            among: As `judge` takes it.
        """
        from stablebert.project.judging import judge_stored

        return judge_stored(self, cell, among)

    def unjudgeable(self, cell: Cell) -> bool:
        """Return whether no runs of a cell could be judged: nothing is there to judge them by."""
        from stablebert.project.judging import baseline_of

        return not self.printed(cell) and isinstance(baseline_of(self, cell), str)

    def check_method(self, method: str) -> None:
        """Refuse a method text that is unknown here or not in canonical form.

        Raises:
            ValueError: it is.
        """
        check_canonical(method, self.catalogue.parameters())
