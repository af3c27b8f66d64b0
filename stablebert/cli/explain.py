"""Say in words what a verdict says, why, and what would change it."""

import argparse
from pathlib import Path

from stablebert.cli.arguments import add_options, project_of
from stablebert.cli.exits import Exit
from stablebert.gate import Verdict
from stablebert.report import SessionReport, explained, read_report
from stablebert.report.session import NAME


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    text = "cell id or `pooled` of the last session, or a JSON file of verdicts (default: all of the last session)"
    parser.add_argument("verdict", nargs="?", metavar="VERDICT", help=text)
    add_options(parser, "report", "store")


def work(arguments: argparse.Namespace) -> int:
    """Print one explanation a verdict; exit 0, or 2 where there is no such verdict."""
    path = _file(arguments)
    cell = None if arguments.verdict is None or path == Path(arguments.verdict) else arguments.verdict
    report = read_report(path)
    print(f"verdicts in {path}")
    if cell is None:
        print("\n".join(report.lines()))
    for verdict in _wanted(report, cell, path):
        print(f"\n{explained(verdict)}")
    return Exit.DONE


def _file(arguments: argparse.Namespace) -> Path:
    if arguments.verdict and arguments.verdict.endswith(".json"):
        path = Path(arguments.verdict)
    else:
        project = project_of(arguments)
        path = (project.settings.report or project.store) / NAME
    if not path.is_file():
        raise ValueError(f"no verdicts in {path}: a session of gates writes them there, or --store, --report or a file")
    return path


def _wanted(report: SessionReport, cell: str | None, path: Path) -> list[Verdict]:
    found = [verdict for verdict in report.verdicts if cell in (None, verdict.cell)]
    if cell is not None and not found:
        known = ", ".join(verdict.cell for verdict in report.verdicts) or "none"
        raise ValueError(f"no verdict on {cell!r} in {path}; there are: {known}")
    return found
