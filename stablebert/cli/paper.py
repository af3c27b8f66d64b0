"""Judge the runs at hand against the paper: its claims, and on the paper profile its printed numbers."""

import argparse
import json
from collections.abc import Sequence

from stablebert.analysis import ClaimOutcome, TargetOutcome, targets_of
from stablebert.cli.arguments import FOLDERS, add_options, reading_project
from stablebert.cli.exits import exit_status
from stablebert.paper import CLAIMS
from stablebert.project import Project
from stablebert.project.claimed import judge_claims_at_hand
from stablebert.project.holdings import Holdings
from stablebert.report import claim_lines, target_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--precision",
        choices=["fp32", "bf16", "fp16"],
        default="fp32",
        help="of the arms that a claim compares, and of printed rows that are about any (default: fp32)",
    )
    parser.add_argument(
        "--claim",
        dest="claims",
        action="append",
        metavar="NAME",
        choices=[claim.name for claim in CLAIMS],
        help="judge this claim and nothing else; may be repeated (default: all, and the printed numbers). Names: "
        f"{', '.join(claim.name for claim in CLAIMS)}",
    )
    add_options(parser, "profile", *FOLDERS)
    parser.add_argument("--json", action="store_true", help="print as JSON")


def work(arguments: argparse.Namespace) -> int:
    """Print claims and targets; exit as `gate` does, the worst of what was judged, and 4 where nothing was.

    A claim that was not run passes nothing; it decides the exit status only where it was asked for by name.
    """
    project = reading_project(arguments)
    profile = project.settings.profile
    holdings = Holdings(project)
    judged = judge_claims_at_hand(project, arguments.precision, holdings)
    claims = [one for one in judged if arguments.claims is None or one.claim.name in arguments.claims]
    printed = [] if arguments.claims or profile != "paper" else project.paper.rows
    targets = targets_of(holdings.cells, printed, arguments.precision)
    if arguments.json:
        data = {
            "profile": profile,
            "claims": [one.to_dict() for one in claims],
            "targets": [one.to_dict() for one in targets],
        }
        print(json.dumps(data, indent=2))
    else:
        _print(claims, targets, project, alone=bool(arguments.claims))
    return exit_status(
        [one.status for one in targets] + [one.status for one in claims if one.was_run or arguments.claims]
    )


def _print(claims: Sequence[ClaimOutcome], targets: Sequence[TargetOutcome], project: Project, *, alone: bool) -> None:
    encoder = project.encoder
    print(f"claims of the paper, on the runs of {encoder} that are at hand")
    print("\n".join(claim_lines(claims)))
    if alone:
        return
    print()
    if targets:
        print("printed numbers: each a sample of its own, against all our runs, failed ones included")
        print("\n".join(target_lines(targets)))
    elif project.settings.profile == "paper":
        print("printed numbers: no run at hand is of a cell that the paper prints")
    else:
        print(
            f"printed numbers: none; the paper prints no row of {encoder}, only --profile paper is compared with them"
        )
