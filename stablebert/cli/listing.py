"""List tasks, encoders, methods and the cells that have baselines."""

import argparse
import json

from stablebert.baselines import baseline_files, read_baseline
from stablebert.cli import arguments as selecting
from stablebert.cli.exits import Exit
from stablebert.paper import ENCODERS, METHOD_PARAMETERS
from stablebert.tasks import TASKS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--json", action="store_true", help="print as JSON")
    selecting.add_baselines(parser)


def work(arguments: argparse.Namespace) -> int:
    """Print the lists."""
    folders = selecting.baselines_of(arguments)
    files = sorted(path for folder in folders for path in baseline_files(folder))
    cells = {baseline.header["cell"]: len(baseline.rows) for baseline in map(read_baseline, files)}
    data = {
        "tasks": {name: card.description for name, card in TASKS.items()},
        "encoders": dict(ENCODERS),
        "methods": list(METHOD_PARAMETERS),
        "baselines": cells,
    }
    if arguments.json:
        print(json.dumps(data, indent=2))
        return Exit.DONE
    print("tasks")
    for name, card in TASKS.items():
        print(f"  {name:10} {card.metric:9} {card.description}")
    print("encoders")
    for name, source in ENCODERS.items():
        print(f"  {name:14} {source or 'embedded'}")
    print(f"methods\n  {' '.join(METHOD_PARAMETERS)}\nbaselines")
    for cell, runs in cells.items():
        print(f"  {cell}  {runs} seeds")
    return Exit.DONE
