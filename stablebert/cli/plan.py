"""Plan a session: seeds and hours for a margin and a power, and whether it can be decided; or what the paper costs."""

import argparse
import json
import math
import sys

from stablebert.analysis import CellPlan, Cost, Side, all_pass, plan_cell
from stablebert.baselines import BaselineError
from stablebert.cli.arguments import (
    FOLDERS,
    RULE,
    add_marks,
    add_options,
    add_printed,
    asks_for_marks,
    reading_project,
    selected,
)
from stablebert.cli.exits import Exit
from stablebert.cli.words import add_words, runs_of_word
from stablebert.project import Project
from stablebert.project.at_hand import CellRuns
from stablebert.project.marked import MarkedCell, unchosen
from stablebert.project.prices import prices_of
from stablebert.report import accepted_cells, cost_lines, plan_lines, plan_markdown
from stablebert.stats import POWER


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_words(parser, least="*")
    add_marks(parser, "say the cost of")
    add_options(parser, "seed-block", "seeds", "precision", *RULE, *FOLDERS)
    parser.add_argument(
        "--power", type=float, default=POWER, metavar="P", help=f"wanted probability of a PASS (default: {POWER})"
    )
    parser.add_argument(
        "--seconds", type=float, metavar="N", help="of one run; else measured by the stored runs, where there are some"
    )
    add_printed(parser, markdown=True)


def work(arguments: argparse.Namespace) -> int:
    """Print the plan of the cells given, else of every cell with a baseline."""
    seconds = arguments.seconds
    if seconds is not None and not 0 < seconds < math.inf:
        raise ValueError(f"--seconds {seconds:g} must be > 0 and finite")
    project = reading_project(arguments)
    if asks_for_marks(arguments):
        return _plan_marked(project, arguments)
    words = arguments.cells or _accepted(project)
    if not words:
        raise ValueError("there are no baselines to plan by; name a cell with stored runs")
    prices = prices_of(project, arguments.seconds)
    plans: list[CellPlan] = []
    unplanned: list[str] = []
    for word in words:
        try:
            runs = runs_of_word(word, project)
            one = prices.seconds(runs.spec)
            plans.append(_plan(runs, project, arguments.power, one, alone=len(words) == 1))
        except (ValueError, BaselineError) as error:
            # of all cells, one that has nothing to plan by is a line and no end
            if arguments.cells:
                raise
            unplanned.append(f"not planned: {error}")
    if arguments.json:
        print(json.dumps({"cells": [plan.to_dict() for plan in plans], "all_pass": all_pass(plans)}, indent=2))
    elif plans:
        print(plan_markdown(plans) if arguments.markdown else "\n".join(plan_lines(plans)))
    print("\n".join(unplanned), file=sys.stderr if arguments.json else sys.stdout)
    return Exit.DONE


def _plan_marked(project: Project, arguments: argparse.Namespace) -> int:
    if arguments.cells:
        raise ValueError(f"{arguments.cells[0]} and marks or a study: give cells or marks, not both")
    by_label = selected(arguments, project)
    marked = list({(one.cell, one.declared.apart): one for cells in by_label.values() for one in cells}.values())
    runs = list(dict.fromkeys(spec for cells in by_label.values() for one in cells for spec in one.specs))
    prices = prices_of(project, arguments.seconds)

    def cost_of(label: str, cells: list[MarkedCell]) -> Cost:
        return prices.cost(label, len(cells), [spec for one in cells for spec in one.specs])

    costs = [cost_of(label, cells) for label, cells in by_label.items()]
    total = prices.cost("all", len(marked), runs)
    if arguments.json:
        print(json.dumps({"sections": [cost.to_dict() for cost in costs], "all": total.to_dict()}, indent=2))
    else:
        print("\n".join(cost_lines(costs, total, unchosen(project, marked))))
    return Exit.DONE


def _plan(cell: CellRuns, project: Project, power: float, seconds: float | None, *, alone: bool) -> CellPlan:
    return plan_cell(
        Side(cell.cell.id, cell.rows),
        project.margin(cell.cell),
        project.policy,
        power=power,
        seeds=len(project.seeds),
        seconds=seconds,
        alone=alone,
    )


def _accepted(project: Project) -> list[str]:
    folder = next((place for place in project.baselines if place.is_dir()), None)
    return [baseline.cell.id for baseline in accepted_cells(folder)] if folder else []
