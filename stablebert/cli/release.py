"""Freeze the accepted means as the anchor of a release, from which later losses are added up."""

import argparse

from stablebert.baselines.releases import freeze_release, propose_release
from stablebert.cli import arguments as selecting
from stablebert.cli.accept import add_reason
from stablebert.cli.exits import Exit
from stablebert.report.acceptance import release_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("name", metavar="NAME", help="name of the release, e.g. 1.2.0")
    selecting.add_baselines(parser)
    add_reason(parser)


def work(arguments: argparse.Namespace) -> int:
    """Show what is frozen, and write it unless told not to."""
    folder = selecting.home_of(arguments)
    anchors = propose_release(folder, arguments.name)
    print("\n".join(release_lines(anchors, folder)))
    print(f"written: {'nothing' if arguments.dry_run else freeze_release(folder, anchors, arguments.why)}")
    return Exit.DONE
