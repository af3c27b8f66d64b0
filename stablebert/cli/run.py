"""Train runs, or all seeds of cells, that the store lacks."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from stablebert.cli.arguments import CANDIDATE, FOLDERS, add_cells, add_options, project_of, runs_of
from stablebert.cli.exits import Exit
from stablebert.machine import peak_line, peak_memory
from stablebert.project.optimizer_line import optimizer_line
from stablebert.report.progress import Progress
from stablebert.report.ticker import Ticker
from stablebert.runs import Record, RunSpec, format_id
from stablebert.training.fast.native.compiling import portable_note
from stablebert.workers import run_all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_cells(parser, runs=True)
    add_options(parser, *CANDIDATE, "run-timeout", *FOLDERS)
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes of one thread each (default: 1)")


def work(arguments: argparse.Namespace) -> int:
    """Train, and print one line a run as it ends."""
    if note := portable_note():
        print(note)
    project = project_of(arguments)
    if line := optimizer_line(project):
        print(line)
    timeout = project.settings.run_timeout
    results = make_runs(runs_of(arguments.cells, project), project.store, arguments.jobs, timeout)
    print(f"records: {project.store}")
    peak = peak_memory(children=arguments.jobs > 1)
    if peak is not None:
        print(peak_line(peak))
    return Exit.UNUSABLE if any(isinstance(result, Exception) for result in results) else Exit.DONE


def outcome_line(spec: RunSpec, outcome: Record | Exception) -> str:
    """Return what became of a run."""
    if isinstance(outcome, Exception):
        return f"{format_id(spec)}  ERROR  {outcome}"
    failed = f"  failed: {outcome.failed_reason}" if outcome.failed else ""
    return (
        f"{format_id(spec)}  {outcome.metric} test {outcome.best_test:.2f} validation {outcome.best_validation:.2f}"
        f"  {outcome.seconds:.0f} s{failed}"
    )


def make_runs(
    runs: Sequence[RunSpec], store: Path, jobs: int, run_timeout: float | None = None
) -> list[Record | Exception]:
    """Make the runs that a store lacks, print a line as each ends and how far they are; takes and returns as `run_all`.

    Args:
        runs: See `run_all`, as the others.
        store: Folder of the store.
        jobs: Processes.
        run_timeout: Seconds that a run may take.
    """
    done: list[RunSpec] = []
    progress = Progress(store, max(jobs, 1))
    with Ticker(lambda: progress.line(len(done), len(runs)), sys.stdout, terminal=sys.stdout.isatty()) as ticker:

        def report(spec: RunSpec, outcome: Record | Exception) -> None:
            done.append(spec)
            ticker.say(outcome_line(spec, outcome))

        return run_all(runs, store, jobs=jobs, report=report, run_timeout=run_timeout)
