"""Write the page: verdicts, the paper, pictures and history in one HTML file, the same as Markdown, a CSV a picture."""

import argparse
from pathlib import Path

from stablebert.cli.arguments import add_options, reading_project
from stablebert.cli.exits import Exit
from stablebert.project import Project
from stablebert.project.repeating import JUDGING
from stablebert.report import SessionReport, read_report
from stablebert.report.page import check_extra, gather, write_page
from stablebert.report.session import NAME

_FOLDER = "report"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options; those that judge find the runs behind the verdicts of a session that had them."""
    add_options(parser, *JUDGING, "report")


def work(arguments: argparse.Namespace) -> int:
    """Write the page of what is at hand and print its files, the page first; trains nothing."""
    check_extra()
    project = reading_project(arguments)
    folder = project.settings.report or project.root / _FOLDER
    files = write_page(folder, gather(project, _last_session(folder, project)))
    size = files[0].stat().st_size / 1e6
    print(f"{files[0]} ({size:.2f} MB)", *files[1:], sep="\n")
    return Exit.DONE


def _last_session(folder: Path, project: Project) -> SessionReport | None:
    """Return the session whose verdicts lie in the page's folder, else the last one that used the store, or None."""
    path = next((place / NAME for place in (folder, project.store) if (place / NAME).is_file()), None)
    return None if path is None else read_report(path)
