"""Store runs as the baseline of their cell, with a reason, a margin and a line in the ledger."""

import argparse

from stablebert.baselines.accept import propose, write
from stablebert.cli import arguments as selecting
from stablebert.cli.exits import Exit
from stablebert.records import RunStore
from stablebert.report.acceptance import proposal_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    selecting.add_cells(parser)
    selecting.add_store(parser)
    selecting.add_baselines(parser)
    add_reason(parser)


def add_reason(parser: argparse.ArgumentParser) -> None:
    """Add the reason, or that nothing is to be written."""
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--why", metavar="TEXT", help="the reason, for the ledger")
    how.add_argument("--dry-run", action="store_true", help="show what would change, write nothing")


def work(arguments: argparse.Namespace) -> int:
    """Show before and after of each cell, and write it unless told not to."""
    store = RunStore(selecting.store_of(arguments))
    folder = selecting.home_of(arguments)
    for cell in arguments.cells:
        spec = selecting.spec_of(cell, baselines=[folder])
        proposal = propose(spec, list(selecting.seeds_of(arguments)), store, folder)
        print("\n".join(proposal_lines(proposal)))
        if arguments.dry_run:
            print(f"written: nothing{_refusal(proposal.over_budget())}")
        else:
            write(proposal, arguments.why)
            print(f"written: {proposal.after.path}")
    return Exit.DONE


def _refusal(problem: str | None) -> str:
    return "" if problem is None else f", and it would be refused: {problem}"
