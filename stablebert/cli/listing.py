"""List tasks, encoders, methods and the cells that have baselines, or the paper's cells and what is held of each."""

import argparse
import json
from typing import Any

from stablebert.analysis import same_run
from stablebert.baselines import Baseline, baseline_files, find_baseline, read_baseline
from stablebert.bench import module_of
from stablebert.cli.arguments import (
    FOLDERS,
    add_marks,
    add_options,
    add_printed,
    asks_for_marks,
    reading_project,
    selected,
)
from stablebert.cli.exits import Exit
from stablebert.paper import ENCODERS, METHOD_PARAMETERS
from stablebert.project import Project
from stablebert.project.marked import MarkedCell
from stablebert.project.prices import stored_specs
from stablebert.report import cell_lines, places_text
from stablebert.tables import Table, aligned
from stablebert.tasks import TASKS, card_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_marks(parser, "list")
    add_printed(parser)
    add_options(parser, "profile", "precision", "seeds", "seed-block", *FOLDERS)


def work(arguments: argparse.Namespace) -> int:
    """Print the lists."""
    project = reading_project(arguments)
    if asks_for_marks(arguments):
        return _list_paper(project, arguments)
    added = project.catalogue
    held = _baselines(project)
    cards = TASKS | {name: card_of(name, source) for name, source in added.tasks.items()}
    encoders = {**ENCODERS, **added.encoders}
    methods = [*METHOD_PARAMETERS, *added.methods]
    if arguments.json:
        tasks = {name: card.description for name, card in cards.items()}
        data = {
            "tasks": tasks,
            "encoders": encoders,
            "methods": methods,
            "baselines": {cell: len(one.rows) for cell, one in held.items()},
        }
        print(json.dumps(data, indent=2))
        return Exit.DONE
    _print("tasks", [(name, card.metric, card.description) for name, card in cards.items()])
    _print("encoders", [(name, source or "embedded") for name, source in encoders.items()])
    print(f"methods\n  {' '.join(methods)}")
    _print("baselines", [(cell, f"{len(one.rows)} seeds{_whose(one)}") for cell, one in held.items()])
    return Exit.DONE


def _baselines(project: Project) -> dict[str, Baseline]:
    """Return the baselines by cell, each from the first folder that has it, as it judges."""
    held: dict[str, Baseline] = {}
    for folder in project.baselines:
        for baseline in map(read_baseline, baseline_files(folder)):
            held.setdefault(baseline.cell.id, baseline)
    return dict(sorted(held.items()))


def _whose(baseline: Baseline) -> str:
    return f" of {baseline.optimizer}" if baseline.optimizer else ""


def _list_paper(project: Project, arguments: argparse.Namespace) -> int:
    marked = [one for cells in selected(arguments, project).values() for one in cells]
    stored = {same_run(spec) for spec in stored_specs(project)}
    counts = [(one, sum(same_run(spec) in stored for spec in one.specs)) for one in marked]
    if arguments.json:
        print(json.dumps([_data_of(project, one, there) for one, there in counts], indent=2))
        return Exit.DONE
    held = [_held(project, one, there) for one, there in counts]
    print("\n".join(cell_lines(marked, held)))
    return Exit.DONE


def _data_of(project: Project, one: MarkedCell, stored: int) -> dict[str, Any]:
    return {
        "section": one.declared.section,
        "module": module_of(one.declared.section),
        "cell": one.cell.id,
        "method": one.cell.method_id,
        "two_seeds": one.declared.apart,
        "shown_in": places_text(one.declared.places),
        "printed": [{"table": row.table, "score": row.score, "mean": row.mean, "sd": row.sd} for row in one.targets],
        "runs": len(one.runs),
        "stored": stored,
        "accepted": _accepted(project, one),
    }


def _held(project: Project, one: MarkedCell, stored: int) -> str:
    accepted = _accepted(project, one)
    return f"{stored} of {len(one.runs)}" + (f", {accepted} accepted" if accepted else "")


def _accepted(project: Project, one: MarkedCell) -> int:
    # runs with two seeds are no baseline's, and those of an optimizer of others are none of the method's
    baseline = None if one.declared.apart else find_baseline(one.cell, project.baselines)
    return len(baseline.rows) if baseline and baseline.optimizer is None else 0


def _print(title: str, rows: Table) -> None:
    print(title, *(f"  {line}" for line in aligned(rows, left=range(3))), sep="\n")
