"""Train runs, or all seeds of cells, that the store lacks."""

import argparse

from stablebert.cli.arguments import CANDIDATE, FOLDERS, add_cells, add_options, project_of, runs_of
from stablebert.cli.exits import Exit
from stablebert.machine import peak_line, peak_memory
from stablebert.project.optimizer_line import optimizer_line
from stablebert.runs import Record, RunSpec, format_id
from stablebert.training.fast.native.compiling import portable_note
from stablebert.workers import run_all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_cells(parser, runs=True)
    add_options(parser, *CANDIDATE, *FOLDERS)
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes of one thread each (default: 1)")


def work(arguments: argparse.Namespace) -> int:
    """Train, and print one line a run as it ends."""
    if note := portable_note():
        print(note)
    project = project_of(arguments)
    if line := optimizer_line(project):
        print(line)
    results = run_all(runs_of(arguments.cells, project), project.store, jobs=arguments.jobs, report=report_line)
    print(f"records: {project.store}")
    peak = peak_memory(children=arguments.jobs > 1)
    if peak is not None:
        print(peak_line(peak))
    return Exit.UNUSABLE if any(isinstance(result, Exception) for result in results) else Exit.DONE


def report_line(spec: RunSpec, outcome: Record | Exception) -> None:
    """Print what became of a run."""
    if isinstance(outcome, Exception):
        print(f"{format_id(spec)}  ERROR  {outcome}", flush=True)
        return
    failed = f"  failed: {outcome.failed_reason}" if outcome.failed else ""
    print(
        f"{format_id(spec)}  {outcome.metric} test {outcome.best_test:.2f} validation {outcome.best_validation:.2f}"
        f"  {outcome.seconds:.0f} s{failed}",
        flush=True,
    )
