"""Store runs as the baseline of their cell, with a reason, a margin and a line in the ledger."""

import argparse

from stablebert.baselines import propose, write_proposal
from stablebert.cli.arguments import FOLDERS, add_cells, add_options, project_of
from stablebert.cli.exits import Exit
from stablebert.records import RunStore
from stablebert.report import proposal_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_cells(parser)
    add_options(parser, "seed-block", "seeds", *FOLDERS)
    add_reason(parser)


def add_reason(parser: argparse.ArgumentParser) -> None:
    """Add the reason, or that nothing is to be written."""
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--why", metavar="TEXT", help="the reason, for the ledger")
    how.add_argument("--dry-run", action="store_true", help="show what would change, write nothing")


def work(arguments: argparse.Namespace) -> int:
    """Show before and after of each cell, and write it unless told not to."""
    project = project_of(arguments)
    store = RunStore(project.store)
    for word in arguments.cells:
        proposal = propose(project.spec(project.cell_of(word)), project.seeds, store, project.home)
        print("\n".join(proposal_lines(proposal)))
        if arguments.dry_run:
            print(f"written: nothing{_refusal(proposal.over_budget())}")
        else:
            write_proposal(proposal, arguments.why)
            print(f"written: {proposal.after.path}")
    return Exit.DONE


def _refusal(problem: str | None) -> str:
    return "" if problem is None else f", and it would be refused: {problem}"
