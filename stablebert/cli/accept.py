"""Store runs as the baseline of their cell, with a reason, a margin and a line in the ledger."""

import argparse

from stablebert.baselines import changing, derived_margins, propose, renew_margins, write_proposal
from stablebert.cli.arguments import FOLDERS, add_options, candidate_of, project_of
from stablebert.cli.exits import Exit
from stablebert.project import Project
from stablebert.records import RunStore
from stablebert.report.baselines import margin_lines, proposal_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("cells", nargs="*", metavar="CELL", help="cell id, e.g. trec_debiased_3ep_minilm_fp32")
    parser.add_argument(
        "--margins", action="store_true", help="make the margins of all accepted cells anew from their runs"
    )
    add_options(parser, "seed-block", "seeds", "model", "optimizer", "optimizer-args", "recipe", *FOLDERS)
    add_reason(parser)


def add_reason(parser: argparse.ArgumentParser) -> None:
    """Add the reason, or that nothing is to be written."""
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--why", metavar="TEXT", help="the reason, for the ledger")
    how.add_argument("--dry-run", action="store_true", help="show what would change, write nothing")


def work(arguments: argparse.Namespace) -> int:
    """Show before and after of each cell, and write it unless told not to."""
    project = project_of(arguments)
    if arguments.margins:
        return _renew(project, arguments)
    if not arguments.cells:
        raise ValueError("name the cells to accept; --margins makes the margins of those accepted anew")
    store = RunStore(project.store)
    for word in arguments.cells:
        cell = candidate_of(word, project)
        if arguments.dry_run:
            proposal = propose(project.spec(cell), project.seeds, store, project.home)
            print("\n".join(proposal_lines(proposal)))
            print(f"written: nothing{_refusal(proposal.refusals())}")
            continue
        # what is shown before it is written must be what stands then
        with changing(project.home, cell.id):
            proposal = propose(project.spec(cell), project.seeds, store, project.home)
            print("\n".join(proposal_lines(proposal)))
            write_proposal(proposal, arguments.why)
        print(f"written: {proposal.after.path}")
    return Exit.DONE


def _renew(project: Project, arguments: argparse.Namespace) -> int:
    if arguments.cells:
        raise ValueError("--margins makes those of all accepted cells anew; it takes no cells")
    folder = project.home
    made = derived_margins(folder) if arguments.dry_run else renew_margins(folder, arguments.why)
    print("\n".join(margin_lines(made)))
    print(f"written: {'nothing' if arguments.dry_run else folder / 'margins.csv'}")
    return Exit.DONE


def _refusal(problems: list[str]) -> str:
    return f", and it would be refused: {'; '.join(problems)}" if problems else ""
