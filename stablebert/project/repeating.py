"""The commands that judge the same runs again, and that make those which are missing: one each for every door."""

import os
import shlex
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from stablebert.project.options import BY_NAME
from stablebert.runs import Cell

if TYPE_CHECKING:
    from stablebert.project.project import Project

# what decides which files are read and where runs are computed, beside the command line
VARIABLES = ("GLUE_DIR", "STABLEBERT_DEVICE", "STABLEBERT_STORE")
# the options that decide a verdict, all of which `stablebert gate` takes; a class stands in the cell's id, and what a
# budget leaves open depends on the clock
JUDGING = (
    *("seed-block", "seeds", "seeds-of", "profile", "model", "recipe", "against", "optimizer", "optimizer-args"),
    *("fidelity", "margin", "alpha", "looks", "futility", "anytime", "shown", "expect", "store", "baselines"),
)

# the options that decide which runs are made and where they lie, all of which `stablebert run` takes
_MAKING = ("model", "recipe", "optimizer", "optimizer-args", "store", "baselines")


def judging_command(project: "Project", cells: Collection[Cell]) -> str:
    """Return the command that judges the stored runs of a session again, ini files being the same; it trains nothing.

    It names all of the session's cells: one that is judged alone is asked for more than one among several.

    Args:
        project: With the options given.
        cells: What the session judges, in any order.
    """
    words = ["stablebert", "gate", *sorted({cell.id for cell in cells}), *_given(project, JUDGING)]
    return command_line(words, os.environ)


def making_command(project: "Project", cell: Cell) -> str:
    """Return the command that makes the runs of a cell which the store lacks, ini files being the same.

    Args:
        project: With the options given.
        cell: The cell.
    """
    settings = project.settings
    first = (
        ["--seed-block", str(project.seeds.start)] if settings.seeds_of is None else ["--seeds-of", settings.seeds_of]
    )
    words = ["stablebert", "run", cell.id, *first, "--seeds", str(project.most_seeds), *_given(project, _MAKING)]
    return command_line(words, os.environ)


def _given(project: "Project", names: Sequence[str]) -> list[str]:
    """Return those of some options that were given on a command line, as words of one."""
    there = [name for name in names if name in project.given]
    return [
        word for name in there for word in ([f"--{name}"] if BY_NAME[name].flag else [f"--{name}", project.given[name]])
    ]


def command_line(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return words as a shell takes them, behind the variables that are set and matter.

    Args:
        words: The program and its arguments.
        environment: The process's.

    Example:
        >>> command_line(["pytest", "bench", "-k", "a or b"], {"GLUE_DIR": "/data", "HOME": "/root"})
        "GLUE_DIR=/data pytest bench -k 'a or b'"
    """
    variables = [f"{name}={shlex.quote(environment[name])}" for name in VARIABLES if environment.get(name)]
    return " ".join([*variables, shlex.join(words)])
