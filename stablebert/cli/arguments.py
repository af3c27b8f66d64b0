"""What several commands share: the options, which are the project's, and the cells and runs that words name."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from stablebert.bench import PAPER
from stablebert.paper.studies import EVIDENCE, STUDIES
from stablebert.project import OPTIONS, Project
from stablebert.project.loading import project_in
from stablebert.project.marked import MarkedCell, marked_cells, study_cells
from stablebert.project.options import BY_NAME
from stablebert.runs import Cell, RunSpec, parse_id

# what says where things lie is taken by every command that reads or writes them
FOLDERS = ("store", "baselines")
# TASK_METHOD_LENGTH
_SEPARATORS_OF_A_NAME = 2
CANDIDATE = ("seed-block", "seeds", "seeds-of", "model", "recipe", "optimizer", "optimizer-args")
ENGINE = ("engine", "address", "cpus", "gpus", "retries", "at-once", "engine-args")
RULE = ("profile", "against", "fidelity", "margin", "alpha", "looks", "futility", "anytime")


def add_options(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add options of the project to a command, as pytest has them, without the prefix."""
    for name in names:
        option = BY_NAME[name]
        parser.add_argument(f"--{name}", help=option.text.replace("%", "%%"), **option.action)


def add_cells(parser: argparse.ArgumentParser, *, runs: bool = False) -> None:
    """Add cell ids.

    Args:
        parser: Of the command.
        runs: Whether run ids are taken too.
    """
    text = "cell id, e.g. trec_debiased_3ep_minilm_fp32"
    if runs:
        text += ", for its seeds; or run id, e.g. trec_debiased_3ep_minilm_fp32_s007"
    parser.add_argument("cells", nargs="*" if runs else "+", metavar="ID" if runs else "CELL", help=text)


def add_marks(parser: argparse.ArgumentParser, verb: str) -> None:
    """Add which of the paper's cells are meant: by an expression of marks, or all that the paper shows."""
    marks = parser.add_mutually_exclusive_group()
    marks.add_argument(
        "-m",
        dest="marks",
        metavar="EXPRESSION",
        help=f"{verb} what marks of the paper select, as `pytest bench -m` would: \"paper(table='1')\"",
    )
    marks.add_argument(
        "--paper", dest="marks", action="store_const", const=PAPER, help=f"{verb} all that the paper shows"
    )
    marks.add_argument(
        "--study",
        choices=[*STUDIES, EVIDENCE],
        help=f"{verb} a study of the mini profile with its own numbers of seeds; {EVIDENCE} is all of them",
    )
    parser.add_argument(
        "-k",
        dest="words",
        default="",
        metavar="EXPRESSION",
        help="of what -m or --paper selects, the cells whose id has these words, as pytest has it: 'trec and not long'",
    )


def asks_for_marks(arguments: argparse.Namespace) -> bool:
    """Return whether marks or a study are given.

    Raises:
        ValueError: words select of neither.
    """
    if arguments.words and not arguments.marks:
        raise ValueError(f"-k {arguments.words!r} goes with -m or --paper")
    return bool(arguments.marks or arguments.study)


def selected(arguments: argparse.Namespace, project: Project) -> dict[str, list[MarkedCell]]:
    """Return the cells that marks or a study select: by section, or by the study's parts.

    Raises:
        ValueError: an expression is none, or nothing is selected.
    """
    if arguments.study:
        return study_cells(project, arguments.study)
    found: dict[str, list[MarkedCell]] = {}
    for one in marked_cells(project, arguments.marks, arguments.words):
        found.setdefault(one.declared.section, []).append(one)
    return found


def add_printed(parser: argparse.ArgumentParser, *, markdown: bool = False) -> None:
    """Add how the outcome is printed: as JSON, and where there are tables as Markdown."""
    printed = parser.add_mutually_exclusive_group()
    printed.add_argument("--json", action="store_true", help="print as JSON")
    if markdown:
        printed.add_argument("--markdown", action="store_true", help="print as Markdown")


def project_of(arguments: argparse.Namespace) -> Project:
    """Return the project of the working directory, with the options of the command line.

    Raises:
        ValueError: a value is not one that its option takes; an optimizer's arguments stand without it.
    """
    given = options_given(arguments)
    if "optimizer-args" in given and "optimizer" not in given:
        raise ValueError(f"--optimizer-args {given['optimizer-args']!r} goes with --optimizer")
    return project_in(Path.cwd(), given)


def options_given(arguments: argparse.Namespace) -> dict[str, str | bool]:
    """Return the project's options on a command line as text by name, switches as True."""
    given: dict[str, str | bool] = {}
    for option in OPTIONS:
        value = getattr(arguments, option.field, None)
        # a command may have an argument of its own by the name of an option
        if value is True:
            given[option.name] = True
        elif isinstance(value, str) or (option.again and value):
            given[option.name] = option.given(value) or ""
    return given


def reading_project(arguments: argparse.Namespace) -> Project:
    """Return the project of a command that only reads baselines.

    Raises:
        ValueError: as `project_of`, or the folder of baselines that was given is none.
    """
    project = project_of(arguments)
    project.check_baselines()
    return project


def runs_of(words: Sequence[str], project: Project) -> list[RunSpec]:
    """Return the runs that words name: a run id is that run, a cell id is all of its seeds; each run once.

    Raises:
        ValueError: a word names none, or the package of the optimizer is not installed.
    """
    optimizer = project.settings.optimizer
    package = (optimizer or "stablebert").partition(":")[0].partition(".")[0]
    if find_spec(package) is None:
        raise ValueError(f"--optimizer {optimizer!r} does not import: there is no package {package!r}")
    runs: dict[RunSpec, None] = {}
    for word in words:
        one = _run_named(word)
        cell = candidate_of(word if one is None else one.cell.id, project)
        specs = project.specs(cell)
        runs |= dict.fromkeys(specs if one is None else [replace(specs[0], seed=one.seed, data_seed=one.data_seed)])
    return list(runs)


def _run_named(word: str) -> RunSpec | None:
    """Return the run that an id names, None where the word is a cell's id."""
    try:
        return parse_id(word)
    except ValueError as error:
        try:
            Cell.parse(word)
        except ValueError as other:
            raise ValueError(f"{other}; and {error}") from None
        return None


def candidate_of(word: str, project: Project) -> Cell:
    """Return the cell that a word names, with the encoder that the command line puts in the place of its own.

    Raises:
        ValueError: the word names none.
    """
    cell = project.cell_of(word)
    return cell if project.settings.model is None else replace(cell, encoder=project.encoder)


def judged_of(word: str, project: Project) -> Cell:
    """Return the cell of an id, or of a name as a grid has it: then as a session here would train it.

    Raises:
        ValueError: the word is neither, or its fidelity is not the session's.
    """
    if word.count("_") != _SEPARATORS_OF_A_NAME:
        return candidate_of(word, project)
    named = Cell.named(word, project.encoder)
    cell = project.declared(named.task, named.method, named.length)
    if cell.name != word:
        raise ValueError(f"{word!r} is of another fidelity than --fidelity {project.settings.fidelity}; give the same")
    return candidate_of(cell.id, project)
