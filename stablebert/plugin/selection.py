"""Which items a session has, and in which order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from stablebert.bench import EMBEDDED, BenchCell
from stablebert.project.options import Settings
from stablebert.project.requests import GateRequest, RunRequest, gate_request, grid_names, is_gated, run_requests


@dataclass(frozen=True)
class Selection:
    """What was left out, in words.

    Attributes:
        notes: One line a reason.
        left_out: Whether any cell that was asked for was left out.
        empty: Whether every one was, for want of a source.
    """

    notes: tuple[str, ...] = ()
    left_out: bool = False
    empty: bool = False


def parametrize_cells(metafunc: pytest.Metafunc, settings: Settings) -> None:
    """Give a bench function its parameters from its module's `CELLS`."""
    declared: Sequence[BenchCell] = metafunc.module.CELLS
    if "run" in metafunc.fixturenames:
        runs = [request for cell in declared for request in run_requests(cell, settings)]
        metafunc.parametrize("run", [_parameter(request) for request in runs])
    elif "gate" in metafunc.fixturenames:
        metafunc.parametrize("gate", [_parameter(gate_request(cell, settings)) for cell in declared])


def request_of(item: pytest.Item) -> RunRequest | GateRequest | None:
    """Return the request that an item carries, or None for an item of somebody else's."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    request = parameters.get("run", parameters.get("gate"))
    return request if isinstance(request, RunRequest | GateRequest) else None


def select_items(config: pytest.Config, items: list[pytest.Item], settings: Settings) -> Selection:
    """Deselect bench items in place and say why.

    Left out are: `bertadam` cells where an optimizer of others takes the method's place; cells that are not gated,
    unless all or `paper` marks are asked for; GLUE cells without a source, unless items are only listed.

    Raises:
        pytest.UsageError: nothing is left for want of a source, in a process of its own.
    """
    found = {id(item): request for item in items if (request := request_of(item)) is not None}
    if not found:
        return Selection()
    chosen = {request.cell for request in found.values()}
    notes: list[str] = []
    dropped: set[BenchCell] = set()
    if settings.optimizer is not None:
        dropped |= {cell for cell in chosen if cell.method == "bertadam"}
    if not (settings.all or "paper(" in config.option.markexpr):
        names = grid_names(settings, config.rootpath)
        free = {cell for cell in chosen - dropped if not is_gated(cell, names, settings)}
        dropped |= free
        if free:
            notes.append(f"{_names(free)}: not gated (no baseline in the grid); --stablebert-all measures them")
    sourceless = set() if config.option.collectonly else _without_source(chosen - dropped)
    if sourceless:
        from stablebert.tasks.sources import missing_source_message

        notes.append(missing_source_message(min(cell.task for cell in sourceless)))
    left = [item for item in items if id(item) not in found or found[id(item)].cell not in dropped | sourceless]
    empty = bool(sourceless) and not any(id(item) in found for item in left)
    if empty and not hasattr(config, "workerinput"):
        raise pytest.UsageError(notes[-1])
    kept = {id(item) for item in left}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = left
    return Selection(tuple(notes), bool(dropped | sourceless), empty)


def needed_wheels(items: Iterable[pytest.Item]) -> set[str]:
    """Return the assets that the runs of these items are made from."""
    requests = [request for item in items if (request := request_of(item)) is not None]
    specs = [request.spec if isinstance(request, RunRequest) else request.specs[0] for request in requests]
    texts = {"texts" for spec in specs if spec.task in EMBEDDED}
    return texts | {spec.encoder for spec in specs if spec.encoder == "minilm"}


def order_items(items: list[pytest.Item], looks: Sequence[int]) -> None:
    """Sort bench items: the first look of every cell, then the next looks, then further seeds, then the gates."""

    def rank(item: pytest.Item) -> int:
        request = request_of(item)
        if isinstance(request, RunRequest):
            return 1 + sum(request.place >= look for look in looks)
        return 0 if request is None else len(looks) + 2

    items.sort(key=rank)


def _parameter(request: RunRequest | GateRequest) -> Any:
    # a warning of a library is no reason to lose a run, whatever the session makes of warnings
    marks = [pytest.mark.filterwarnings("default")]
    marks += [pytest.mark.paper(**dict(place)) for place in request.cell.places]
    return pytest.param(request, id=request.id, marks=marks)


def _without_source(cells: set[BenchCell]) -> set[BenchCell]:
    from stablebert.tasks.sources import source_available

    there = {task: source_available(task) for task in {cell.task for cell in cells}}
    return {cell for cell in cells if not there[cell.task]}


def _names(cells: set[BenchCell]) -> str:
    names = sorted(f"{cell.task}_{cell.method}_{cell.length}" for cell in cells)
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
