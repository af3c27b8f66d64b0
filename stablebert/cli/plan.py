"""Plan a session: seeds and hours for a margin and a power, and whether a task can decide it at all."""

import argparse
import json
from pathlib import Path
from statistics import fmean

from stablebert.analysis.difference import Side
from stablebert.analysis.plan import all_pass, plan_cell
from stablebert.assets import AssetError
from stablebert.cli import arguments as selecting
from stablebert.cli.exits import Exit
from stablebert.cli.words import add_words, runs_in_store, runs_of_word
from stablebert.project.cell_runs import CellRuns
from stablebert.project.policy import policy_of
from stablebert.report.accepted import accepted_cells
from stablebert.report.planned import plan_lines, plan_markdown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_words(parser, least="*")
    selecting.add_margin(parser, "in points; else the frozen one of each task")
    parser.add_argument(
        "--power", type=float, default=0.9, metavar="P", help="wanted probability of a PASS (default: 0.9)"
    )
    parser.add_argument(
        "--seconds", type=float, metavar="N", help="of one run; else measured by the stored runs, where there are some"
    )
    printed = parser.add_mutually_exclusive_group()
    printed.add_argument("--json", action="store_true", help="print as JSON")
    printed.add_argument("--markdown", action="store_true", help="print as Markdown")


def work(arguments: argparse.Namespace) -> int:
    """Print the plan of the cells given, else of every cell with a baseline."""
    selecting.check_positive(arguments, "margin", "seconds")
    accepted = _accepted(arguments)
    words = arguments.cells or accepted
    if not words:
        raise ValueError("there are no baselines to plan by; name a cell with stored runs")
    cells = [runs_of_word(word, arguments) for word in words]
    # as in the gate, every cell with a baseline shares the alarms
    policy = policy_of(Path.cwd(), {}, cells=len(accepted))
    plans = [
        plan_cell(
            Side(cell.cell, cell.rows),
            selecting.margin_of(cell.spec, arguments),
            policy,
            power=arguments.power,
            seeds=arguments.seeds,
            seconds=arguments.seconds or _seconds(cell, arguments),
        )
        for cell in cells
    ]
    if arguments.json:
        print(json.dumps({"cells": [plan.to_dict() for plan in plans], "all_pass": all_pass(plans)}, indent=2))
    elif arguments.markdown:
        print(plan_markdown(plans), end="")
    else:
        print("\n".join(plan_lines(plans)))
    return Exit.DONE


def _accepted(arguments: argparse.Namespace) -> list[str]:
    folder = next((place for place in selecting.baselines_of(arguments) if place.is_dir()), None)
    return [baseline.header["cell"] for baseline in accepted_cells(folder)] if folder else []


def _seconds(cell: CellRuns, arguments: argparse.Namespace) -> float | None:
    """Return the mean seconds of the cell's stored runs by the present code, or None."""
    try:
        stored = cell if cell.seconds else runs_in_store(cell.spec, arguments)
    except (ValueError, AssetError, OSError):
        # what cannot be trained here has no stored runs here either
        return None
    return fmean(stored.seconds) if stored else None
