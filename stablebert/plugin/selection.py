"""Which items of a bench a session has, and what it must not begin with."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pytest

from stablebert.bench import EMBEDDED, MARKS
from stablebert.plugin.requests import GateRequest, Request, RunRequest, request_of
from stablebert.project.options import PREFIX
from stablebert.runs import Cell

if TYPE_CHECKING:
    from stablebert.plugin.controller import Controller
    from stablebert.project import Project

# options of pytest-rerunfailures, pytest-retry and flaky
_REPEATERS = ("reruns", "retries", "force_flaky")
_NONE_SELECTED = "nothing is selected; a run of a cell that is not gated is an item with --stablebert-all"


@dataclass(frozen=True)
class Selection:
    """What a process has collected of a bench, as its items say; plain data, so that a worker can tell its controller.

    Attributes:
        gates: Cell id by node id of every gate.
        runs: Node ids of the run items.
        laws: Law by node id of the contract's items.
        seeds: Whether tests judge runs of anyone by the fixture `seeds`.
        declared: Number of cells that the modules declare, whatever is selected of them.
        wheels: Assets that the runs are made from.
        notes: What was left out, one line a reason.
        left_out: Whether any cell that was asked for was left out.
        refusal: Why the session must not begin, or None.
    """

    gates: dict[str, str] = field(default_factory=dict)
    runs: tuple[str, ...] = ()
    laws: dict[str, str] = field(default_factory=dict)
    seeds: bool = False
    declared: int = 0
    wheels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: bool = False
    refusal: str | None = None

    @property
    def is_bench(self) -> bool:
        """Whether there is anything of a bench."""
        return bool(self.gates or self.runs or self.laws or self.left_out or self.refusal)

    @property
    def trains(self) -> bool:
        """Whether there are runs or gates."""
        return bool(self.gates or self.runs)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; `from_dict` is its inverse."""
        return asdict(self)

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "Selection":
        """Return the selection of `to_dict`."""
        return Selection(**{**data, **{name: tuple(data[name]) for name in ("runs", "wheels", "notes")}})


def select_items(
    config: pytest.Config, items: list[pytest.Item], laws: dict[str, str], controller: "Controller"
) -> Selection:
    """Deselect bench items in place and say what was collected.

    Left out are: `bertadam` cells where an optimizer of others takes the method's place, and cells of another encoder
    where one is given; cells that are not gated, unless all or marks of tables and figures are asked for; runs that no
    gate reads, unless such marks are; GLUE cells without a source, unless items are only listed.

    Args:
        config: The configuration.
        items: The items.
        laws: Law by node id of the contract's items.
        controller: Reads the project, if there is anything of a bench; knows what modules declare.
    """
    found = {id(item): request for item in items if (request := request_of(item)) is not None}
    if not found and not laws:
        # a session without a bench needs no project
        declared = len(controller.declared.names)
        nothing = (_NONE_SELECTED,) if declared and not items else ()
        return Selection(declared=declared, seeds=_judge_anyone(items), notes=nothing)
    project = controller.project
    refusal = refusal_of(config, project, controller.declared.names)
    if refusal is not None:
        return Selection(refusal=refusal)
    chosen = {request.cell for request in found.values()}
    try:
        dropped, notes = _not_asked_for(config, chosen, project)
    except ValueError as error:
        # the paper's tables are read when a cell without a baseline first asks for them
        return Selection(refusal=str(error))
    sourceless = set() if config.option.collectonly else _without_source(chosen - dropped, project)
    if sourceless:
        from stablebert.tasks import missing_source_message

        notes.append(missing_source_message(min(cell.task for cell in sourceless)))
    gone, asked = dropped | sourceless, _asks_for_marks(config)
    whole = project.settings.expect is None
    left = [item for item in items if _is_left(found.get(id(item)), gone, further=asked, whole=whole)]
    if not any(id(item) in found for item in left):
        if sourceless:
            return Selection(notes=tuple(notes), refusal=notes[-1])
        if chosen - gone:
            notes.append("these are runs that no gate reads; -m with their figure makes them: \"paper(figure='9')\"")
    kept = {id(item) for item in left}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = left
    requests = {item.nodeid: found[id(item)] for item in left if id(item) in found}
    return Selection(
        gates={nodeid: request.id for nodeid, request in requests.items() if isinstance(request, GateRequest)},
        runs=tuple(nodeid for nodeid, request in requests.items() if isinstance(request, RunRequest)),
        laws=laws,
        seeds=_judge_anyone(items),
        declared=len(controller.declared.names),
        wheels=tuple(sorted(_needed_wheels({request.cell for request in requests.values()}))),
        notes=tuple(notes),
        left_out=bool(gone),
    )


def _judge_anyone(items: Iterable[pytest.Item]) -> bool:
    return any("seeds" in getattr(item, "fixturenames", ()) for item in items)


def refusal_of(config: pytest.Config, project: "Project", declared: Collection[str] = ()) -> str | None:
    """Return why a session of a bench could not end in a verdict, before hours are spent, or None.

    Args:
        config: The configuration.
        project: What judges.
        declared: Names of the cells that its modules declare, whatever is selected.
    """
    settings = project.settings
    try:
        check_repeaters(config)
        check_accepting(project)
        # each is an error of a file that is read when first asked for
        _ = project.policy, project.catalogue, project.against, project.waivers
        if not settings.accept:
            project.check_baselines()
        _check_grid(project, declared)
        if settings.optimizer is not None:
            _check_optimizer(settings.optimizer, settings.optimizer_args)
    except (ValueError, RuntimeError) as error:
        return str(error)
    return None


def _check_grid(project: "Project", declared: Collection[str]) -> None:
    """Refuse a name of the grid that has no baseline and that no module declares: nothing would be gated by it.

    Raises:
        ValueError: there is one, or the grid is none.
    """
    from stablebert.baselines import baseline_path

    for name in sorted(project.grid - {*declared}) if declared else ():
        cell = Cell.named(name, project.judging_encoder)
        if not any(baseline_path(folder, cell).is_file() for folder in project.baselines):
            nearest = next(iter(get_close_matches(name, declared, 1, 0.0)), "none")
            raise ValueError(
                f"the grid lists {name!r}, which has no baseline and which no bench module here declares; the nearest "
                f"is {nearest!r}"
            )


def check_repeaters(config: pytest.Config) -> None:
    """Refuse plug-ins that repeat a failed test: a gate repeated until it passes has no error rate.

    Raises:
        ValueError: reruns are asked for.
    """
    for name in _REPEATERS:
        try:
            asked = config.getoption(name, None) or config.getini(name)
        except (KeyError, ValueError):
            continue
        if asked and int(asked) > 0:
            raise ValueError(f"a bench cannot be rerun until it passes: {name} is {asked}; it must be 0")


def _check_optimizer(path: str, arguments: str) -> None:
    from stablebert.contract import ContractError, load_subject, waivers_of

    try:
        waivers_of(load_subject(path, arguments).kind)
    except ContractError as error:
        raise ValueError(f"--{PREFIX}-optimizer {error}") from error


def check_accepting(project: "Project") -> None:
    """Refuse a session that could not accept what it makes, before hours are spent.

    Raises:
        ValueError: it accepts without a reason, too few seeds, or runs of an optimizer or encoder of others; or it
            gives a reason for nothing.
    """
    settings = project.settings
    if settings.why and not settings.accept:
        raise ValueError(f"--{PREFIX}-why {settings.why!r}: what for? It goes with --{PREFIX}-accept")
    if not settings.accept:
        return
    from stablebert.baselines import LEAST_RUNS

    if not (settings.why or "").strip():
        raise ValueError(f"--{PREFIX}-accept needs a reason for the ledger: --{PREFIX}-why")
    if settings.optimizer or settings.model:
        raise ValueError(
            f"--{PREFIX}-accept stores a method's own runs, none of another optimizer or encoder; "
            "`stablebert accept` does"
        )
    if len(project.seeds) < LEAST_RUNS:
        raise ValueError(f"--{PREFIX}-accept: {len(project.seeds)} seeds; a baseline needs at least {LEAST_RUNS}")


def is_asked_for(config: pytest.Config, project: "Project", cell: Cell, further: bool = False) -> bool:
    """Return whether a session may have runs of a cell: it is gated, or all are asked for; marks ask for any.

    Args:
        config: The configuration.
        project: What judges.
        cell: The cell.
        further: Of those of its runs that no gate reads.
    """
    measured = project.settings.all and cell.encoder == project.encoder
    return _asks_for_marks(config) or (not further and (measured or project.is_gated(cell)))


def _asks_for_marks(config: pytest.Config) -> bool:
    return any(f"{mark}(" in config.option.markexpr for mark in MARKS)


def _is_left(request: Request | None, gone: set[Cell], *, further: bool, whole: bool) -> bool:
    """Return whether an item stays: its cell does, and if it is a run, it is asked for."""
    if request is None:
        return True
    asked = isinstance(request, GateRequest) or (whole and (further or not request.further))
    return request.cell not in gone and asked


def _not_asked_for(config: pytest.Config, chosen: set[Cell], project: "Project") -> tuple[set[Cell], list[str]]:
    settings, encoder = project.settings, project.encoder
    dropped = {cell for cell in chosen if settings.optimizer is not None and cell.method == "bertadam"}
    if settings.model is not None:
        dropped |= {cell for cell in chosen if cell.encoder != encoder}
    if _asks_for_marks(config):
        return dropped, []
    # other encoders than the session's are asked for by their table alone
    free = {cell for cell in chosen - dropped if not is_asked_for(config, project, cell)}
    others = {cell for cell in free if cell.encoder != encoder}
    notes = []
    if free - others:
        notes.append(f"{_names(free - others)}: not gated (no baseline in the grid); --stablebert-all measures them")
    elif others:
        notes.append(f"{_names(others)}: not of {encoder}; -m with their table makes them: \"paper(table='7')\"")
    if free and not project.grid and not chosen - dropped - free:
        notes.append("nothing is gated: no grid lists a cell, and no accepted cell can be decided")
    return dropped | free, notes


def _needed_wheels(cells: Iterable[Cell]) -> set[str]:
    from stablebert.encoders.unpacked import USUAL

    texts = {"texts" for cell in cells if cell.task in EMBEDDED}
    return texts | {cell.encoder for cell in cells if cell.encoder in USUAL}


def _without_source(cells: set[Cell], project: "Project") -> set[Cell]:
    from stablebert.tasks import source_available

    tasks = {cell.task for cell in cells if project.catalogue.task_source(cell.task) is None}
    there = {task: source_available(task) for task in tasks}
    return {cell for cell in cells if not there.get(cell.task, True)}


def _names(cells: Iterable[Cell]) -> str:
    names: Sequence[str] = sorted({cell.name for cell in cells})
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
