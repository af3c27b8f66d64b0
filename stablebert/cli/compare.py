"""Compare cells: the first against each of the others, and all of them in a ranking."""

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from stablebert.analysis import Side, compare, rank
from stablebert.cli.arguments import CANDIDATE, FOLDERS, add_options, add_printed, reading_project
from stablebert.cli.exits import exit_status
from stablebert.cli.words import add_words, candidate_runs, runs_of_word
from stablebert.gate import Status
from stablebert.project.at_hand import CellRuns, check_comparable
from stablebert.project.differing import differing
from stablebert.project.optimizer_line import optimizer_line
from stablebert.report import compared_lines, compared_markdown

_LARGEST_ALPHA = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_words(parser, least="+")
    add_options(parser, *CANDIDATE, "margin", "alpha", *FOLDERS)
    add_printed(parser, markdown=True)


def work(arguments: argparse.Namespace) -> int:
    """Print the comparisons; exit 0 PASS, 1 FAIL, 3 INCONCLUSIVE, 4 INVALID, the worst of them."""
    if len(arguments.cells) < 2:
        raise ValueError("one cell has nothing to be compared with; name another")
    project = reading_project(arguments)
    alpha = project.policy.alpha
    if alpha >= _LARGEST_ALPHA:
        raise ValueError(f"--alpha {alpha} must be in (0, {_LARGEST_ALPHA})")
    first, *words = arguments.cells
    candidate = candidate_runs(first, project)
    # what is put in the first cell's place is put in no other's; the model's accepted cells have its id
    beside = replace(project, settings=replace(project.settings, recipe=None, optimizer=None))
    others = [runs_of_word(word, beside) for word in words]
    cells = [candidate, *others]
    line = optimizer_line(project)
    notes = [*([line] if line else []), *check_comparable(cells)]
    sides = _sides(cells)
    if len({side.label for side in sides}) < len(sides):
        raise ValueError("a cell is not compared with itself: the same runs are named twice")
    plain = replace(beside, settings=replace(beside.settings, model=None))
    margins = [plain.margin(other.cell) for other in others]
    compared = compare(sides[0], sides[1:], margins=margins, alpha=alpha)
    # runs that are no evidence have no place in an order
    ranked = [] if any(one.status is Status.INVALID for one in compared) else rank(sides, alpha=alpha)
    if arguments.json:
        facts = {
            "compared": [one.to_dict() for one in compared],
            "ranking": [cell.to_dict() for cell in ranked],
            "origins": {side.label: cell.origin for side, cell in zip(sides, cells, strict=True)},
            "differing": {side.label: differing(cells[0], cell) for side, cell in zip(sides, cells, strict=True)},
            "notes": notes,
        }
        print(json.dumps(facts, indent=2))
        return exit_status(one.status for one in compared)
    if arguments.markdown:
        print(compared_markdown(compared, ranked), end="")
    else:
        print("\n".join([*compared_lines(compared, ranked), "", *_sources(cells, sides)]))
    for note in notes:
        print(note, file=sys.stderr)
    return exit_status(one.status for one in compared)


def _sources(cells: list[CellRuns], sides: list[Side]) -> list[str]:
    """Return, for each cell, where its runs come from and in what they differ from the first."""
    lines = []
    for cell, side in zip(cells, sides, strict=True):
        origin = cell.origin.replace(f"{Path.cwd()}{os.sep}", "")
        apart = f"; {', '.join(differing(cells[0], cell))}" if cell is not cells[0] else ""
        lines.append(f"{side.label}: {origin}{apart}")
    return lines


def _sides(cells: list[CellRuns]) -> list[Side]:
    """Return the sides, those of one cell id told apart by where their runs come from."""
    ids = [cell.cell.id for cell in cells]
    return [Side(cell.label if ids.count(cell.cell.id) > 1 else cell.cell.id, cell.rows) for cell in cells]
