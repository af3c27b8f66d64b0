"""Store runs as the baseline of their cell, with a reason, a margin and a line in the ledger."""

import argparse

from stablebert.commands import selecting
from stablebert.store import RunStore
from stablebert.store.accept import accept


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    selecting.add_cells(parser)
    selecting.add_store(parser)
    selecting.add_baselines(parser)
    parser.add_argument("--why", required=True, help="the reason, for the ledger")


def work(arguments: argparse.Namespace) -> int:
    """Write the baselines and print before and after."""
    store = RunStore(selecting.store_of(arguments))
    folder = selecting.baselines_of(arguments)[0]
    for cell in arguments.cells:
        spec = selecting.spec_of(cell, baselines=[folder])
        done = accept(spec, list(selecting.seeds_of(arguments)), store, folder, arguments.why)
        before = "none" if done.before is None else f"{done.before[0]:.2f} ± {done.before[1]:.2f}"
        margin = "" if done.margin is None else f", margin of the task {done.margin.margin}"
        print(
            f"{cell}: {before} -> {done.after[0]:.2f} ± {done.after[1]:.2f} ({done.after[2]} runs not failed){margin}"
        )
    return 0
