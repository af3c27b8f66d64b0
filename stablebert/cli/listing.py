"""List tasks, encoders, methods and the cells that have baselines: nothing that cannot be had here."""

import argparse
import json

from stablebert.baselines import baseline_files, read_baseline
from stablebert.cli.arguments import add_options, add_printed, reading_project
from stablebert.cli.exits import Exit
from stablebert.paper import ENCODERS, METHOD_PARAMETERS
from stablebert.tables import Table, aligned
from stablebert.tasks import TASKS, card_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_printed(parser)
    add_options(parser, "baselines")


def work(arguments: argparse.Namespace) -> int:
    """Print the lists."""
    project = reading_project(arguments)
    added = project.catalogue
    files = sorted(path for folder in project.baselines for path in baseline_files(folder))
    cells = {baseline.cell.id: len(baseline.rows) for baseline in map(read_baseline, files)}
    cards = TASKS | {name: card_of(name, source) for name, source in added.tasks.items()}
    encoders = {**ENCODERS, **added.encoders}
    methods = [*METHOD_PARAMETERS, *added.methods]
    if arguments.json:
        tasks = {name: card.description for name, card in cards.items()}
        data = {"tasks": tasks, "encoders": encoders, "methods": methods, "baselines": cells}
        print(json.dumps(data, indent=2))
        return Exit.DONE
    _print("tasks", [(name, card.metric, card.description) for name, card in cards.items()])
    _print("encoders", [(name, source or "embedded") for name, source in encoders.items()])
    print(f"methods\n  {' '.join(methods)}")
    _print("baselines", [(cell, f"{runs} seeds") for cell, runs in cells.items()])
    return Exit.DONE


def _print(title: str, rows: Table) -> None:
    print(title, *(f"  {line}" for line in aligned(rows, left=range(3))), sep="\n")
