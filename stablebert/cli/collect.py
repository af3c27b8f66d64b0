"""Write the rows of stored runs to git beside the documents, for studies that are no baselines: no gate reads them."""

import argparse
from collections.abc import Sequence

from stablebert.baselines import BaselineError, collect
from stablebert.baselines.collected import COLLECTED, Collected
from stablebert.cli.arguments import CANDIDATE, FOLDERS, add_cells, add_marks, add_options, project_of
from stablebert.cli.exits import Exit
from stablebert.cli.run import runs_asked
from stablebert.records import RunStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_cells(parser, runs=True)
    add_marks(parser, "collect")
    add_options(parser, "profile", "precision", *CANDIDATE, *FOLDERS)


def work(arguments: argparse.Namespace) -> int:
    """Collect what the store has of the runs asked for, and print a line a file."""
    project = project_of(arguments)
    runs = runs_asked(arguments, project)
    found = collect(runs, RunStore(project.store), project.root / COLLECTED, project.baselines)
    if not found:
        raise BaselineError(f"none of the {len(runs)} runs is stored in {project.store}; `stablebert run` makes them")
    print("\n".join(collected_lines(found)))
    return Exit.DONE


def collected_lines(found: Sequence[Collected]) -> list[str]:
    """Return a line a file: where it is, and how many runs it holds."""
    return [f"written: {one.path}: {one.runs} runs, {one.new} of them from the store" for one in found]
