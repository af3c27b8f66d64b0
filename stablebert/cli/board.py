"""Rank optimizers, each at its searched rate, by the runs at hand; say what is missing, or make it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from stablebert.baselines import collect
from stablebert.baselines.collected import COLLECTED
from stablebert.cli import search
from stablebert.cli.arguments import FOLDERS, add_options, project_of
from stablebert.cli.collect import collected_lines
from stablebert.cli.exits import Exit
from stablebert.cli.run import make_runs
from stablebert.files import write_whole
from stablebert.project import Project
from stablebert.project.board import ENTRANTS, UNSEARCHED, Entrant, Standing, entered, standing_of
from stablebert.project.prices import prices_of
from stablebert.records import RunStore
from stablebert.report import cost_lines
from stablebert.report.board import board_markdown, missing_lines
from stablebert.runs import RunSpec

_TASKS = ("trec", "intensity")
_SEEDS = 10
# five rates on three seeds: a rate, and what another one would have done
_SEARCH_SEEDS = ("900", "901", "902")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--tasks", nargs="+", metavar="ID", default=list(_TASKS), help=f"task ids (default: {' '.join(_TASKS)})"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the page there (default: print it)")
    parser.add_argument(
        "--run", action="store_true", help="make what is missing first, searches before runs; what is stored is found"
    )
    parser.add_argument(
        "--collect",
        action="store_true",
        help=f"write the runs of the store to {COLLECTED}, whence every board takes them",
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes of one thread each (default: 1)")
    parser.add_argument(
        "--seconds", type=float, metavar="N", help="of one run, for the cost; else measured by stored runs"
    )
    add_options(parser, "seed-block", "seeds", *FOLDERS)


def work(arguments: argparse.Namespace) -> int:
    """Print or write the page, then what is missing and what it costs."""
    if arguments.seconds is not None and not arguments.seconds > 0:
        raise ValueError(f"--seconds {arguments.seconds:g} must be > 0")
    project = project_of(arguments)
    folder = project.root / COLLECTED
    first = project.settings.seed_block
    seeds = range(first, first + (project.settings.seeds or _SEEDS))
    if arguments.run:
        _make(project, arguments, seeds)
    standings = _standings(project, arguments.tasks, seeds)
    if arguments.collect:
        at_hand = [spec for each in standings for spec in each.specs if spec not in each.missing]
        print("\n".join(collected_lines(collect(at_hand, RunStore(project.store), folder, project.baselines))))
    page = board_markdown(standings, project.encoder, len(seeds))
    if arguments.output is None:
        print(page)
    else:
        write_whole(arguments.output, page)
        print(f"written: {arguments.output}")
    lines = missing_lines(standings, len(seeds))
    print("\n".join(lines or ["the board is full"]))
    if lines:
        print("\n".join(_costs(project, arguments, standings, seeds)))
        print("`stablebert board --run` makes what is missing, and goes on from what is stored when it is ended")
    return Exit.DONE


def _standings(project: Project, tasks: Sequence[str], seeds: Sequence[int]) -> list[Standing]:
    return [standing_of(project, entrant, task, seeds) for task in tasks for entrant in ENTRANTS]


def _make(project: Project, arguments: argparse.Namespace, seeds: Sequence[int]) -> None:
    for entrant in ENTRANTS:
        if _unsearched(project, entrant, arguments.tasks, seeds):
            search.work(_search_line(entrant, arguments))
    runs = [spec for each in _standings(project, arguments.tasks, seeds) for spec in each.missing]
    if runs:
        make_runs(runs, project, arguments.jobs)


def _costs(
    project: Project, arguments: argparse.Namespace, standings: Sequence[Standing], seeds: Sequence[int]
) -> list[str]:
    """Return what the missing searches and runs cost, each counted as the runs that the store lacks."""
    prices = prices_of(project, arguments.seconds)
    searched: list[RunSpec] = []
    asked = [spec for each in standings for spec in each.missing]
    unsearched = [entrant for entrant in ENTRANTS if _unsearched(project, entrant, arguments.tasks, seeds)]
    for entrant in unsearched:
        own = entered(project, entrant)
        line = _search_line(entrant, arguments)
        searched += [spec for one in search.searches_of(line, own) for spec in one.specs(line.seeds)]
        # at whatever rate, they cost the same
        asked += [
            own.spec(own.declared(task, "debiased", "3ep")).with_seed(seed)
            for task in arguments.tasks
            for seed in seeds
        ]
    places = len(unsearched) * len(arguments.tasks)
    parts = [
        prices.cost("searches of rates", places, searched),
        prices.cost("runs of the board", len(standings), asked),
    ]
    return cost_lines(parts, prices.cost("together", places + len(standings), [*searched, *asked]))


def _unsearched(project: Project, entrant: Entrant, tasks: Sequence[str], seeds: Sequence[int]) -> bool:
    return standing_of(project, entrant, tasks[0], seeds).reason == UNSEARCHED


def _search_line(entrant: Entrant, arguments: argparse.Namespace) -> argparse.Namespace:
    """Return the command line of an entrant's search, with the folders of this one."""
    parser = argparse.ArgumentParser()
    search.add_arguments(parser)
    words = ["--tasks", *arguments.tasks, "--seeds", *_SEARCH_SEEDS, "--jobs", str(arguments.jobs)]
    if entrant.optimizer is not None:
        words += ["--optimizer", entrant.optimizer, "--optimizer-args", entrant.arguments]
    found = parser.parse_args(words)
    for name in FOLDERS:
        setattr(found, name, getattr(arguments, name))
    return found
