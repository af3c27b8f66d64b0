"""The grid as a project has it: the names of its gated cells, and why one of them cannot be gated."""

from difflib import get_close_matches
from itertools import product
from typing import TYPE_CHECKING

from stablebert.baselines import baseline_path, decidable_names, listed_names, read_grid, undecidable_at
from stablebert.paper import METHOD_PARAMETERS, default_encoder
from stablebert.project.pyproject import listed_grid
from stablebert.runs import Cell

if TYPE_CHECKING:
    from stablebert.project.project import Project

_TABLE = "[tool.stablebert.grid]"


def grid_names(project: "Project") -> frozenset[str]:
    """Return the names `TASK_METHOD_LENGTH` of the profile's gated cells, whether or not each can be gated.

    They are what `[tool.stablebert.grid]` lists; else, of each folder of baselines, what its `grid.toml` lists, or
    every cell of it that can be decided.

    Args:
        project: Whose options.

    Raises:
        ValueError: a list is none.
        BaselineError: a `grid.toml` is none.
    """
    profile = project.settings.profile
    listed = listed_grid(project.root, profile)
    if listed is not None:
        return listed
    names: set[str] = set()
    for folder in project.baselines:
        given = listed_names(folder).get(profile)
        names |= {*(decidable_names(folder, project.judging_encoder) if given is None else given)}
    return frozenset(names)


def check_grid(project: "Project") -> None:
    """Refuse a grid with a name that stands for no cell, or for one that no session of default length could decide.

    A cell that the project's table lists may have no baseline yet: it is INVALID, and its runs are the candidate of
    one. What is accepted, or judged by a margin that is given, need not be decidable by what is frozen.

    Args:
        project: Whose options.

    Raises:
        ValueError: there is such a name.
        BaselineError: there is one in a `grid.toml`.
    """
    settings = project.settings
    free = settings.accept or settings.margin is not None
    listed = listed_grid(project.root, settings.profile)
    if listed is None:
        for folder in project.baselines:
            read_grid(folder, settings.profile, project.judging_encoder, accepting=free)
        return
    for name in sorted(listed):
        _check_known(project, name)
        reason = None if free else _undecidable(project, name)
        if reason is not None:
            raise ValueError(f"{_TABLE}: {name} cannot be gated: {reason}; take it off the list, or accept more runs")


def _undecidable(project: "Project", name: str) -> str | None:
    cell = Cell.named(name, project.judging_encoder)
    places = ((folder, baseline_path(folder, cell)) for folder in project.baselines)
    found = next((place for place in places if place[1].is_file()), None)
    return None if found is None else undecidable_at(*found)


def _check_known(project: "Project", name: str) -> None:
    problem = _problem(project, name)
    if problem is not None:
        raise ValueError(f"{_TABLE}: {name!r} is no cell; the nearest is {_nearest(project, name)!r} ({problem})")


def _problem(project: "Project", name: str) -> str | None:
    try:
        project.cell_of(f"{name}_{default_encoder(project.settings.profile)}_fp32")
    except ValueError as error:
        return str(error)
    return None


def _nearest(project: "Project", name: str) -> str:
    """Return the known name that is most like one that is not."""
    from stablebert.tasks import TASKS

    tasks = (*TASKS, *project.catalogue.tasks)
    own = Cell.named(name)
    methods = (*METHOD_PARAMETERS, *project.catalogue.methods, own.method_id)
    known = ("_".join(parts) for parts in product(tasks, methods, ("3ep", "long", own.length)))
    return next(near for near in get_close_matches(name, known, 99, 0.0) if _problem(project, near) is None)
