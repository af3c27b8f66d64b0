"""Judge stored runs of cells against their baselines and train nothing; --base trains and judges two commits."""

import argparse
import json
import sys

from stablebert.cli import against_base
from stablebert.cli.arguments import add_options, add_printed, judged_of, reading_project
from stablebert.cli.exits import exit_of
from stablebert.project import Project, judge_stored_session
from stablebert.project.optimizer_line import optimizer_line
from stablebert.project.repeating import JUDGING
from stablebert.report import note_lines, verdict_lines
from stablebert.runs import Cell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "cells",
        nargs="+",
        metavar="CELL",
        help="cell id, e.g. trec_debiased_3ep_minilm_fp32; or its name in a grid, trec_debiased_3ep: in the class "
        "that a session would train here",
    )
    add_options(parser, *JUDGING, "budget")
    against_base.add_arguments(parser)
    add_printed(parser)


def work(arguments: argparse.Namespace) -> int:
    """Print the verdicts; exit 0 PASS, 1 FAIL, 3 INCONCLUSIVE, 4 INVALID, as the session of these cells does."""
    if arguments.base:
        return against_base.work(arguments)
    project = reading_project(arguments)
    cells = [judged_of(word, project) for word in arguments.cells]
    session = judge_stored_session(project, cells)
    if arguments.json:
        print(json.dumps([verdict.to_dict() for verdict in session.shown], indent=2))
    else:
        print("\n".join(verdict_lines(session.shown, session.budgets)))
    line = optimizer_line(project)
    notes = [*([line] if line else []), *note_lines(session), *_ungated(project, cells), f"session: {session.status}"]
    # data stays data
    print("\n".join(notes), file=sys.stderr if arguments.json else sys.stdout)
    return exit_of(session.status)


def _ungated(project: Project, cells: list[Cell]) -> list[str]:
    free = [cell.name for cell in cells if not project.is_gated(cell)]
    return [f"{', '.join(free)}: not in the grid, so that no session is gated by it"] if free else []
