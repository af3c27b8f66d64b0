"""Judge the runs at hand against the paper: its claims, and on the paper profile its printed numbers."""

import argparse
import json
from collections.abc import Mapping, Sequence

from stablebert.analysis.claims import ClaimOutcome, judge_claims
from stablebert.analysis.printed import Measured, TargetOutcome, judge_targets
from stablebert.cli import arguments as selecting
from stablebert.cli.exits import exit_status
from stablebert.gate.evidence import Rows
from stablebert.paper import CLAIMS, PROFILES, Arm, PrintedRow, default_encoder, printed_rows
from stablebert.project.cells_at_hand import cells_at_hand, spec_of_cell
from stablebert.records import RunStore
from stablebert.report.against_paper import claim_lines, target_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--profile", choices=list(PROFILES), default="mini", help="whose runs (default: mini)")
    parser.add_argument(
        "--precision",
        choices=["fp32", "bf16", "fp16"],
        default="fp32",
        help="of the arms that a claim compares (default: fp32)",
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
    selecting.add_store(parser)
    selecting.add_baselines(parser)
    parser.add_argument("--json", action="store_true", help="print as JSON")


def work(arguments: argparse.Namespace) -> int:
    """Print claims and targets; exit as `gate` does, the worst of what was judged, and 4 where nothing was.

    A claim that was not run passes nothing; it decides the exit status only where it was asked for by name.
    """
    folders = selecting.baselines_of(arguments)
    cells = cells_at_hand(folders, RunStore(selecting.store_of(arguments)))
    encoder = default_encoder(arguments.profile)
    wanted = [claim for claim in CLAIMS if arguments.claims is None or claim.name in arguments.claims]
    claims = judge_claims(wanted, arms_of(cells, encoder, arguments.precision))
    targets = [] if arguments.claims or arguments.profile != "paper" else targets_of(cells, printed_rows(folders))
    if arguments.json:
        data = {
            "profile": arguments.profile,
            "claims": [one.to_dict() for one in claims],
            "targets": [one.to_dict() for one in targets],
        }
        print(json.dumps(data, indent=2))
    else:
        _print(claims, targets, arguments)
    return exit_status(
        [one.status for one in targets] + [one.status for one in claims if one.was_run or arguments.claims]
    )


def arms_of(cells: Mapping[str, Rows], encoder: str, precision: str) -> dict[tuple[str, Arm], Rows]:
    """Return the rows of an encoder by task and arm, as claims ask for them.

    Args:
        cells: Rows by cell id.
        encoder: Encoder id.
        precision: Precision class of the arms that name none.
    """
    found: dict[tuple[str, Arm], Rows] = {}
    for cell, rows in cells.items():
        spec = spec_of_cell(cell)
        if spec.encoder != encoder or spec.fidelity != "corrected":
            continue
        found[spec.task, Arm(spec.method, spec.length, spec.precision)] = rows
        if spec.precision == precision:
            found[spec.task, Arm(spec.method, spec.length)] = rows
    return found


def targets_of(cells: Mapping[str, Rows], printed: Sequence[PrintedRow]) -> list[TargetOutcome]:
    """Return the judgement of every cell that has a printed row, once a row, in the paper's order.

    Args:
        cells: Rows by cell id.
        printed: Every printed row.
    """
    measured = [
        Measured(row, cell, rows)
        for row in printed
        for cell, rows in sorted(cells.items())
        if row.is_of(spec_of_cell(cell))
    ]
    return judge_targets(measured, printed)


def _print(claims: Sequence[ClaimOutcome], targets: Sequence[TargetOutcome], arguments: argparse.Namespace) -> None:
    encoder = default_encoder(arguments.profile)
    print(f"claims of the paper, on the runs of {encoder} that are at hand")
    print("\n".join(claim_lines(claims)))
    if arguments.claims:
        return
    print()
    if targets:
        print("printed numbers: each a sample of its own, against all our runs, failed ones included")
        print("\n".join(target_lines(targets)))
    elif arguments.profile == "paper":
        print("printed numbers: no run at hand is of a cell that the paper prints")
    else:
        print(
            f"printed numbers: none; the paper prints no row of {encoder}, only --profile paper is compared with them"
        )
