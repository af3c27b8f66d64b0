"""The board of optimizers: who enters it, at which rate, and what each has run of a task.

Every entrant is trained by the recipe of the debiased baseline, in the place of its optimizer, at the peak rate of a
recorded search; one whose rate nobody searched has no place, since its runs would say what the rate does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec

from stablebert.baselines import (
    RATE,
    Baseline,
    Trial,
    collected_runs,
    find_baseline,
    optimizer_search,
    read_search,
    winner,
)
from stablebert.baselines.collected import COLLECTED
from stablebert.project.project import Project
from stablebert.records.provenance import run_keys
from stablebert.records.store import RunStore
from stablebert.runs import RunRow, RunSpec, row_of, seed_id


@dataclass(frozen=True)
class Entrant:
    """One optimizer of the board.

    Attributes:
        label: What it is called.
        optimizer: `package.module:Class`; None is debiased Adam as the recipe has it.
        arguments: Its keyword arguments as canonical JSON; decay is 0, as the recipe's, where it takes one.
    """

    label: str
    optimizer: str | None = None
    arguments: str = "{}"

    @property
    def search(self) -> str:
        """Name of the search of its rate."""
        return RATE if self.optimizer is None else optimizer_search(self.optimizer, self.arguments)

    @property
    def words(self) -> str:
        """What names it on a command line."""
        if self.optimizer is None:
            return ""
        given = f" --optimizer-args '{self.arguments}'" if self.arguments != "{}" else ""
        return f" --optimizer {self.optimizer}{given}"


_NO_DECAY = '{"weight_decay":0.0}'
ENTRANTS = (
    Entrant("AdamW"),
    Entrant("AdamW without bias correction", "stablebert.optim:BertAdam"),
    Entrant("AdamW, betas .9 and .98", "torch.optim:AdamW", '{"betas":[0.9,0.98],"weight_decay":0.0}'),
    Entrant("Adafactor", "torch.optim:Adafactor"),
    Entrant("RAdam", "torch.optim:RAdam"),
    Entrant("NAdam", "torch.optim:NAdam"),
    Entrant("Lion", "pytorch_optimizer:Lion", _NO_DECAY),
    Entrant("SOAP", "pytorch_optimizer:SOAP", _NO_DECAY),
    Entrant("Schedule-Free AdamW", "schedulefree:AdamWScheduleFree"),
    Entrant("Muon with AdamW", "torch.optim:Muon", _NO_DECAY),
)


UNSEARCHED = "its rate is not searched"


@dataclass(frozen=True)
class Standing:
    """What one entrant has run of one task.

    Attributes:
        entrant: Who.
        task: Task id.
        specs: The runs that the board asks for, in seed order; none where its rate is not searched.
        rows: Those that there are.
        missing: Those that there are not.
        precision: Class of the runs: that of those accepted or collected, else of a session here.
        rate: The searched peak rate, None where there is none.
        trials: The trials of its search on the task: what the rate does to the validation score.
        reason: Why it has no place, empty where nothing but runs is missing.
    """

    entrant: Entrant
    task: str
    specs: tuple[RunSpec, ...] = ()
    rows: tuple[RunRow, ...] = ()
    missing: tuple[RunSpec, ...] = ()
    precision: str = ""
    rate: float | None = None
    trials: tuple[Trial, ...] = ()
    reason: str = ""

    @property
    def is_full(self) -> bool:
        """Whether every run that the board asks for is there."""
        return bool(self.specs) and not self.missing


def entered(project: Project, entrant: Entrant) -> Project:
    """Return a project with an entrant in the place of the method's optimizer."""
    settings = replace(project.settings, optimizer=entrant.optimizer, optimizer_args=entrant.arguments)
    return replace(project, settings=settings)


def standing_of(project: Project, entrant: Entrant, task: str, seeds: Sequence[int]) -> Standing:
    """Return what an entrant has run of a task, at 3 epochs with the methods' own recipe.

    Args:
        project: Whose store, baselines and encoder.
        entrant: Who.
        task: Task id.
        seeds: Root seeds that every entrant is run on.

    Raises:
        ValueError: the task is unknown.
        BaselineError: a search or a baseline is damaged.
        StoreError: a record is damaged.
    """
    package = (entrant.optimizer or "stablebert").partition(":")[0].partition(".")[0]
    absent = "" if find_spec(package) else f"{package} is not installed"
    trials = _trials(project, entrant)
    if not trials:
        return Standing(entrant, task, reason=absent or UNSEARCHED)
    own = entered(project, entrant)
    cell = own.declared(task, "debiased", "3ep")
    held = _held(own, own.spec(cell))
    if not _has_all(held, {seed_id(own.spec(cell).with_seed(seed)) for seed in seeds}):
        # what makes an entrant's runs need not be here where none is missing
        if absent:
            return Standing(entrant, task, reason=absent)
        # runs that other code made could not stand beside those that are missing
        held = held if held is not None and held.header.get("code") == run_keys(own.spec(cell)).code else None
    if held is not None:
        cell = replace(cell, precision=held.cell.precision)
    specs = tuple(own.spec(cell).with_seed(seed) for seed in seeds)
    at_hand = _rows(own, specs, held.rows if held else ())
    return Standing(
        entrant,
        task,
        specs,
        tuple(at_hand[seed_id(spec)] for spec in specs if seed_id(spec) in at_hand),
        tuple(spec for spec in specs if seed_id(spec) not in at_hand),
        cell.precision,
        winner(trials).learning_rate,
        tuple(trial for trial in trials if trial.task == task),
    )


def _trials(project: Project, entrant: Entrant) -> list[Trial]:
    for folder in project.baselines:
        found = read_search(folder, project.encoder, entrant.search)
        if found:
            return found
    return []


def _held(project: Project, spec: RunSpec) -> Baseline | None:
    """Return what git has of an entrant's runs: of the method's own optimizer the accepted ones, which are the same."""
    accepted = find_baseline(spec.cell, project.baselines) if spec.optimizer is None else None
    held = [*([accepted] if accepted else []), *collected_runs(project.root / COLLECTED)]
    return next((one for one in held if _is_of(one, spec)), None)


def _has_all(held: Baseline | None, wanted: set[str]) -> bool:
    return held is not None and wanted <= {row.seed for row in held.rows}


def _is_of(held: Baseline, spec: RunSpec) -> bool:
    """Return whether runs differ from others by their seeds and their class alone."""
    optimizer = held.optimizer, held.header.get("optimizer_arguments", "{}")
    ours = spec.optimizer, spec.optimizer_arguments
    return held.cell.is_sibling_of(spec.cell) and optimizer == ours and held.recipe == spec.recipe


def _rows(project: Project, specs: Sequence[RunSpec], held: Sequence[RunRow]) -> dict[str, RunRow]:
    """Return the rows at hand by seed, those that git has and those in the store."""
    found = {row.seed: row for row in held}
    if all(seed_id(spec) in found for spec in specs):
        return found
    store = RunStore(project.store)
    stored = (store.load(run_keys(spec).record) for spec in specs)
    return found | {seed_id(record.spec): row_of(record) for record in stored if record is not None}
