"""Freeze the accepted means as the anchor of a release, from which later losses are added up."""

import argparse

from stablebert.baselines import freeze_release, propose_release
from stablebert.cli.accept import add_reason
from stablebert.cli.arguments import add_options, project_of
from stablebert.cli.exits import Exit
from stablebert.report import release_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("name", metavar="NAME", help="name of the release, e.g. 1.2.0")
    add_options(parser, "baselines")
    add_reason(parser)


def work(arguments: argparse.Namespace) -> int:
    """Show what is frozen, and write it unless told not to."""
    folder = project_of(arguments).home
    anchors = propose_release(folder, arguments.name)
    print("\n".join(release_lines(anchors, folder)))
    print(f"written: {'nothing' if arguments.dry_run else freeze_release(folder, anchors, arguments.why)}")
    return Exit.DONE
