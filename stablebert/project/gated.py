"""The grid as a project has it: the names of the gated cells, each of which can be had."""

from difflib import get_close_matches
from itertools import product
from typing import TYPE_CHECKING

from stablebert.baselines import baseline_files, cell_at, read_grid
from stablebert.paper import METHOD_PARAMETERS, default_encoder
from stablebert.project.pyproject import listed_grid
from stablebert.runs import Cell

if TYPE_CHECKING:
    from stablebert.project.project import Project


def gated_names(project: "Project") -> frozenset[str]:
    """Return the names `TASK_METHOD_LENGTH` of the profile's gated cells, all of which share the alarms.

    They are what `[tool.stablebert.grid]` lists; else, of each folder of baselines, what its `grid.toml` lists, or
    every cell that it has.

    Args:
        project: Whose options.

    Raises:
        ValueError: a list is none, or a name is of no cell that can be had.
    """
    profile = project.settings.profile
    listed = listed_grid(project.root, profile)
    if listed is not None:
        for name in sorted(listed):
            _check_name(project, name)
        return listed
    names: set[str] = set()
    for folder in project.baselines:
        given = read_grid(folder, profile)
        files = baseline_files(folder, project.judging_encoder) if given is None else []
        names |= {*(given or ()), *(cell_at(path).name for path in files)}
    return frozenset(names)


def _check_name(project: "Project", name: str) -> None:
    cell = Cell.named(name, default_encoder(project.settings.profile))
    try:
        project.cell_of(cell.id)
    except ValueError as error:
        nearest = _nearest(project, cell)
        raise ValueError(f"[tool.stablebert.grid]: {name!r} is no cell; the nearest is {nearest!r} ({error})") from None


def _nearest(project: "Project", cell: Cell) -> str:
    from stablebert.tasks import TASKS

    tasks = (*TASKS, *project.catalogue.tasks)
    methods = (*METHOD_PARAMETERS, *project.catalogue.methods, cell.method_id)
    lengths = ("3ep", "long", cell.length)
    known = ["_".join(parts) for parts in product(tasks, methods, lengths)]
    return next(iter(name for name in get_close_matches(cell.name, known, 5, 0.0) if _is_known(project, name)), "")


def _is_known(project: "Project", name: str) -> bool:
    try:
        project.cell_of(f"{name}_{default_encoder(project.settings.profile)}_fp32")
    except ValueError:
        return False
    return True
