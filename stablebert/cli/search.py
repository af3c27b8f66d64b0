"""Choose on validation a peak rate, what `long` means, or a method's parameters, and record the search."""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from stablebert.baselines import (
    RATE,
    length_search,
    mean_by_choice,
    optimizer_search,
    parameter_search,
    rate_search,
    trial_of,
    winner,
    with_rate,
    write_search,
)
from stablebert.cli.arguments import ENGINE, FOLDERS, add_options, project_of
from stablebert.cli.exits import Exit
from stablebert.cli.run import make_runs
from stablebert.paper.methods import LONG_STEPS, search_space
from stablebert.project import Project
from stablebert.project.optimizer_line import optimizer_line
from stablebert.records import RunStore, code_digest, load_run
from stablebert.runs import Cell, Record, RunSpec, format_id

_RATES = (1e-4, 2e-4, 4e-4)
# of the rate that an optimizer would get without a search: another kind may want a tenth of Adam's, or ten times it
_FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
_RATE_SEEDS = (900,)
_SEEDS = tuple(range(900, 908))


@dataclass(frozen=True)
class Search:
    """One question and the runs that answer it.

    Attributes:
        name: As in `write_search`.
        why: The reason, one line.
        runs: Every choice on every task, without seeds.
    """

    name: str
    why: str
    runs: tuple[RunSpec, ...]

    def specs(self, seeds: Sequence[int]) -> list[RunSpec]:
        """Return its runs with their seeds."""
        return [run.with_seed(seed) for run in self.runs for seed in seeds]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--encoder", metavar="ID", help="encoder id (default: the model's, else minilm)")
    parser.add_argument(
        "--tasks", nargs="+", metavar="ID", default=["trec", "intensity"], help="task ids (default: trec intensity)"
    )
    varied = parser.add_mutually_exclusive_group()
    varied.add_argument(
        "--rates",
        nargs="+",
        type=float,
        metavar="RATE",
        help="peak rates, of which debiased Adam, or the optimizer given, at 3ep chooses one for all tasks "
        "(default: 1e-4 2e-4 4e-4; of an optimizer .1 .3 1 3 10 times what it gets without a search)",
    )
    varied.add_argument(
        "--lengths",
        nargs="*",
        type=int,
        metavar="STEPS",
        help="numbers of updates, of which 'long' shall mean one, for every task and method (default: the paper's, "
        f"{' '.join(map(str, LONG_STEPS))})",
    )
    varied.add_argument(
        "--parameters",
        nargs="+",
        metavar="METHOD",
        help="methods, of which each task chooses the parameters at 3ep from the paper's grid",
    )
    parser.add_argument("--each", action="store_true", help="with --rates: every task chooses a rate of its own")
    parser.add_argument(
        "--methods",
        nargs="+",
        metavar="METHOD",
        help="method texts, with --lengths; with --each debiased, whose rate counts for every method, or transfer, for "
        "what comes after the intermediate task (default: debiased)",
    )
    parser.add_argument(
        "--seeds",
        nargs="+",
        type=int,
        metavar="N",
        help="seeds no baseline uses (default: 900 for a rate of all tasks, else 900 to 907)",
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes of one thread each (default: 1)")
    add_options(parser, "model", "optimizer", "optimizer-args", *ENGINE, *FOLDERS)


def work(arguments: argparse.Namespace) -> int:
    """Train what the store lacks, print the means, and write every search below the baselines."""
    project = project_of(arguments)
    if line := optimizer_line(project):
        print(line)
    searches = searches_of(arguments, project)
    many = arguments.lengths is not None or arguments.parameters or arguments.each
    seeds = arguments.seeds or (_SEEDS if many else _RATE_SEEDS)
    specs = [spec for search in searches for spec in search.specs(seeds)]
    errors = [error for error in make_runs(specs, project, arguments.jobs) if error is not None]
    if errors:
        raise ValueError(f"{len(errors)} runs of the search were not made; nothing is recorded: {errors[0]}")
    for search in searches:
        records = [_stored(spec, project) for spec in search.specs(seeds)]
        _conclude(search, records, arguments.encoder or project.encoder, project)
    return Exit.DONE


def searches_of(arguments: argparse.Namespace, project: Project) -> list[Search]:
    """Return the searches that a command line asks for.

    Raises:
        ValueError: its words contradict each other, or name what is not known.
    """
    encoder, tasks = arguments.encoder or project.encoder, arguments.tasks
    if encoder != project.encoder and arguments.model:
        raise ValueError(f"--encoder {encoder} and --model {arguments.model} are two encoders; give one of them")

    def run_of(task: str, method: str, length: str) -> RunSpec:
        cell = Cell(task, method, length, encoder)
        return project.spec(project.cell_of(cell.id))

    if project.settings.optimizer and (arguments.lengths is not None or arguments.parameters):
        raise ValueError(
            "--optimizer goes with --rates; lengths and parameters are those of the methods' own optimizers"
        )

    if arguments.methods and arguments.lengths is None and not arguments.each:
        raise ValueError(
            "--methods goes with --lengths or --each; a peak rate of all tasks is chosen with debiased Adam"
        )
    if arguments.each:
        return _rates_of_tasks(arguments, run_of, project)
    if arguments.lengths is not None:
        steps = arguments.lengths or LONG_STEPS
        return [
            Search(
                length_search(task, method),
                "Section 6 chooses the length of longer training on validation",
                tuple(run_of(task, method, f"{number}st") for number in steps),
            )
            for task in tasks
            for method in arguments.methods or ["debiased"]
        ]
    if arguments.parameters:
        return [
            Search(
                parameter_search(task, method),
                "the paper states no chosen value",
                tuple(run_of(task, point, "3ep") for point in search_space(method)),
            )
            for task in tasks
            for method in arguments.parameters
        ]
    cells = [run_of(task, "debiased", "3ep") for task in tasks]
    if project.settings.optimizer:
        return [_search_of_optimizer(cells, arguments.rates, project)]
    runs = (_at(cell, rate) for cell in cells for rate in arguments.rates or _RATES)
    return [Search(RATE, "the paper gives no rate for this encoder", tuple(runs))]


def _rates_of_tasks(
    arguments: argparse.Namespace, run_of: Callable[[str, str, str], RunSpec], project: Project
) -> list[Search]:
    methods = arguments.methods or ["debiased"]
    if project.settings.optimizer or arguments.lengths is not None or arguments.parameters:
        raise ValueError("--each goes with --rates; an optimizer, lengths and parameters have searches of their own")
    if other := sorted({*methods} - {"debiased", "transfer"}):
        raise ValueError(f"--methods {other[0]} with --each: a task's own rate is that of debiased or of transfer")
    return [
        Search(
            rate_search(task, method),
            "the rate of all tasks was searched on others, and a task may need its own",
            tuple(_at(run_of(task, method, "3ep"), rate) for rate in arguments.rates or _RATES),
        )
        for task in arguments.tasks
        for method in methods
    ]


def _at(run: RunSpec, rate: float) -> RunSpec:
    return replace(run, recipe=replace(run.recipe, learning_rate=rate))


def _search_of_optimizer(cells: Sequence[RunSpec], rates: Sequence[float] | None, project: Project) -> Search:
    from stablebert.optim import adapter_of
    from stablebert.optim.driving import load_class

    path, given = str(project.settings.optimizer), project.settings.optimizer_args
    if "lr" in json.loads(given):
        raise ValueError(f"--optimizer-args {given} has an lr, which is what the search chooses; name rates by --rates")
    own = adapter_of(load_class(path)).own_rate
    usual = cells[0].recipe.learning_rate if own is None else own
    tried = rates or [float(f"{usual * factor:.3g}") for factor in _FACTORS]
    why = f"the recipe's rate is that of debiased Adam; this is the rate of {path} {given}"
    return Search(optimizer_search(path, given), why, tuple(with_rate(cell, rate) for cell in cells for rate in tried))


def _stored(spec: RunSpec, project: Project) -> Record:
    record = load_run(spec, RunStore(project.store))
    if record is None:
        raise ValueError(f"{format_id(spec)} was made, and its record is no longer in {project.store}; search again")
    return record


def _conclude(search: Search, records: Sequence[Record], encoder: str, project: Project) -> None:
    trials = [trial_of(record) for record in records]
    best = winner(trials)
    for choice, mean in mean_by_choice(trials).items():
        print(
            f"{choice.method} {choice.length} at {choice.learning_rate:g}: mean validation {mean:.2f}"
            f"{'  <- best' if choice == best else ''}"
        )
    machines = sorted({_machine(record) for record in records})
    print(
        write_search(project.home, encoder, trials, code_digest(), name=search.name, why=search.why, machines=machines)
    )


def _machine(record: Record) -> str:
    found = record.environment
    return f"{found['device']} ({found['processor']}), torch {found['torch']}"
