"""Train runs, all seeds of cells, or what marks or a study select, that the store lacks."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext

from stablebert.cli.arguments import (
    CANDIDATE,
    ENGINE,
    FOLDERS,
    add_cells,
    add_marks,
    add_options,
    asks_for_marks,
    project_of,
    runs_of,
    selected,
)
from stablebert.cli.exits import Exit
from stablebert.foreign import words_of
from stablebert.machine import peak_line, peak_memory
from stablebert.project import Project
from stablebert.project.holdings import Holdings
from stablebert.project.optimizer_line import optimizer_line
from stablebert.report.progress import Progress
from stablebert.report.ticker import Ticker
from stablebert.runs import Record, RunSpec, format_id, seed_id
from stablebert.training.fast.native.compiling import portable_note
from stablebert.workers.engines import driver_of, runs_made
from stablebert.workers.units import lines_of_those_alone, side_by_side


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_cells(parser, runs=True)
    add_marks(parser, "train")
    add_options(parser, "profile", "precision", *CANDIDATE, *ENGINE, "run-timeout", *FOLDERS)
    parser.add_argument(
        "--lacking", action="store_true", help="leave out runs whose rows git has, accepted or collected"
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes of one thread each (default: 1)")
    parser.add_argument(
        "--side-by-side",
        type=int,
        default=1,
        metavar="N",
        help="seeds of one cell that a process trains at once, with stacked weights, as class fp32xN (default: 1)",
    )


def work(arguments: argparse.Namespace) -> int:
    """Train, and print one line a run as it ends."""
    if note := portable_note():
        print(note)
    project = project_of(arguments)
    if line := optimizer_line(project):
        print(line)
    runs, seeds = runs_asked(arguments, project), arguments.side_by_side
    if arguments.lacking:
        asked, runs = len(runs), _lacking(runs, project)
        print(f"{asked - len(runs)} of {asked} runs are in git")
    for line in lines_of_those_alone(runs) if seeds > 1 else []:
        print(line)
    errors = make_runs(side_by_side(runs, seeds), project, arguments.jobs)
    print(f"records: {project.store}")
    peak = peak_memory(children=arguments.jobs > 1)
    if peak is not None:
        print(peak_line(peak))
    return Exit.UNUSABLE if any(error is not None for error in errors) else Exit.DONE


def _lacking(runs: Sequence[RunSpec], project: Project) -> list[RunSpec]:
    given = [name for name in ("optimizer", "recipe", "model") if getattr(project.settings, name)]
    if given:
        raise ValueError(f"--lacking: git has runs of the methods as they are, and --{given[0]} makes others")
    held = Holdings(project).held
    return [spec for spec in runs if (spec.cell, seed_id(spec)) not in held]


def runs_asked(arguments: argparse.Namespace, project: Project) -> list[RunSpec]:
    """Return the runs that words, marks or a study ask for, each once.

    Raises:
        ValueError: nothing is asked for, both words and marks, or a word that names no run.
    """
    if not asks_for_marks(arguments):
        if not arguments.cells:
            raise ValueError("no run is asked for; name cells or runs, or give -m, --paper or --study")
        return runs_of(arguments.cells, project)
    if arguments.cells:
        raise ValueError(f"{arguments.cells[0]} and marks or a study: give cells or marks, not both")
    found = [spec for cells in selected(arguments, project).values() for one in cells for spec in one.specs]
    return list(dict.fromkeys(found))


def outcome_line(spec: RunSpec, outcome: Record | Exception) -> str:
    """Return what became of a run."""
    if isinstance(outcome, Exception):
        return f"{format_id(spec)}  ERROR  {words_of(outcome)}"
    failed = f"  failed: {outcome.failed_reason}" if outcome.failed else ""
    return (
        f"{format_id(spec)}  {outcome.metric} test {outcome.best_test:.2f} validation {outcome.best_validation:.2f}"
        f"  {outcome.seconds:.0f} s{failed}"
    )


def make_runs(runs: Sequence[RunSpec], project: Project, jobs: int) -> list[Exception | None]:
    """Make the runs that a project's store lacks, print a line as each ends and how far they are; returns as `run_all`.

    Args:
        runs: What is wanted.
        project: Whose store and engine.
        jobs: Processes of this machine.

    Raises:
        ValueError: jobs < 1, or jobs or seeds side by side with a cluster; or the cluster cannot be had.
    """
    done: list[RunSpec] = []
    store, engine = project.store, project.settings.engine
    if engine != "local" and jobs != 1:
        raise ValueError(f"--jobs {jobs} is of this machine, and --engine {engine} is a cluster: give --at-once")
    together = max((len(spec.stack) for spec in runs), default=1)
    if engine != "local" and together > 1:
        raise ValueError(f"{together} seeds side by side are of this machine, and --engine {engine} is a cluster")
    driver = driver_of(project.settings, store)
    progress = Progress(store, max(jobs, 1) * together if driver is None else driver.slots)
    terminal = sys.stdout.isatty()
    with (
        driver or nullcontext(),
        Ticker(lambda: progress.line(len(done), len(runs)), sys.stdout, terminal=terminal) as ticker,
    ):

        def report(spec: RunSpec, outcome: Record | Exception) -> None:
            done.append(spec)
            ticker.say(outcome_line(spec, outcome))

        timeout = project.settings.run_timeout
        return runs_made(runs, store, driver, jobs, report, run_timeout=timeout)
