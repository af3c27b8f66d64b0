"""Choose the peak rate of an encoder on validation, and record the search."""

import argparse
from dataclasses import replace

from stablebert.commands import selecting
from stablebert.commands.run import report_line
from stablebert.engines import run_all
from stablebert.runs import Record
from stablebert.store import code_digest
from stablebert.store.search import mean_by_rate, trial_of, winner, write_search


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--encoder", default="minilm", help="encoder id (default: minilm)")
    parser.add_argument("--tasks", nargs="+", default=["trec", "intensity"], help="task ids (default: trec intensity)")
    parser.add_argument("--rates", nargs="+", type=float, default=[1e-4, 2e-4, 4e-4], help="(default: 1e-4 2e-4 4e-4)")
    parser.add_argument("--seeds", nargs="+", type=int, default=[900], help="seeds no baseline uses (default: 900)")
    parser.add_argument("--jobs", type=int, default=1, help="processes of one thread each (default: 1)")
    selecting.add_store(parser)
    selecting.add_baselines(parser)


def work(arguments: argparse.Namespace) -> int:
    """Train what the store lacks, print the means, and write the search below the baselines."""
    cells = [selecting.spec_of(f"{task}_debiased_3ep_{arguments.encoder}_fp32") for task in arguments.tasks]
    specs = [
        replace(spec, recipe=replace(spec.recipe, learning_rate=rate), seed=seed)
        for spec in cells
        for rate in arguments.rates
        for seed in arguments.seeds
    ]
    results = run_all(specs, selecting.store_of(arguments), jobs=arguments.jobs, report=report_line)
    errors = [result for result in results if isinstance(result, Exception)]
    if errors:
        raise ValueError(f"{len(errors)} runs of the search were not made; nothing is recorded: {errors[0]}")
    trials = [trial_of(result) for result in results if isinstance(result, Record)]
    for rate, mean in mean_by_rate(trials).items():
        print(f"rate {rate:g}: mean validation {mean:.2f}{'  <- best' if rate == winner(trials) else ''}")
    print(write_search(selecting.baselines_of(arguments)[0], arguments.encoder, trials, code_digest()))
    return 0
