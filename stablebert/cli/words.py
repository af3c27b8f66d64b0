"""From the words of a command line to the runs of cells."""

import argparse

from stablebert.cli.arguments import candidate_of
from stablebert.project import Project
from stablebert.project.at_hand import CellRuns, accepted_runs, runs_in_store
from stablebert.project.repeating import making_command

_ACCEPTED, _STORED = "accepted", "stored"


def add_words(parser: argparse.ArgumentParser, *, least: str) -> None:
    """Add cells, whose runs may be accepted or stored.

    Args:
        parser: Of the command.
        least: `+` or `*`.
    """
    text = "cell id: its accepted runs, else the stored ones; accepted:CELL and stored:CELL take no other"
    parser.add_argument("cells", nargs=least, metavar="CELL", help=text)


def runs_of_word(word: str, project: Project) -> CellRuns:
    """Return the runs that a word names.

    Raises:
        ValueError: the word names no cell, or there are no runs of it.
    """
    where, mark, text = word.rpartition(":")
    if mark and where not in (_ACCEPTED, _STORED):
        raise ValueError(f"{word!r}: {where!r} is neither accepted nor stored")
    cell = project.cell_of(text)
    found = None if where == _STORED else accepted_runs(project, cell)
    if found is None and where != _ACCEPTED:
        found = runs_in_store(project, cell)
    if found is None:
        raise ValueError(f"{cell} has no {where or 'accepted or stored'} runs; `stablebert run {cell}` makes them")
    return found


def candidate_runs(word: str, project: Project) -> CellRuns:
    """Return the runs of a cell with the encoder, recipe or optimizer that the command line puts in place, stored ones.

    Raises:
        ValueError: as `runs_of_word`.
    """
    names = ("model", "recipe", "optimizer")
    given = [project.settings.given[name] for name in names if name in project.settings.given]
    if not given:
        return runs_of_word(word, project)
    cell = candidate_of(word.removeprefix(f"{_STORED}:"), project)
    found = runs_in_store(project, cell)
    if found is None:
        made_by = making_command(project, cell)
        raise ValueError(f"{cell} has no stored runs with {' and '.join(given)}; `{made_by}` makes them")
    return found
