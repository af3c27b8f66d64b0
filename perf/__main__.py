"""Time whole runs of three systems in turn, say where ours spends its time, and hold the bounds of what is beside.

The systems do the same recipe on the same examples in the same order from the same weights: `trainer` is
transformers.Trainer as run_glue sets it up, `plain` the best loop that a user would write, `ours` this package.
Part `distribution` asks whether ours and plain train alike with dropout on, `records` what commands over 20,000 records
cost. Parts `memory`, `overheads` and `records` have bounds; where one is broken, the last line says so and the exit
status is 3.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

import torch

from perf.bounds import Bound, broken_line, memory_bound
from perf.comparison import SAME, distribution_lines, geometric_mean, ratio, sameness_line, task_lines
from perf.job import SYSTEMS, Job, Outcome
from perf.ours import milliseconds_by_kind
from perf.overheads import collection_bound, import_bounds, judge_bound, session_bound
from perf.peaks import better_precision, matrix_peak
from perf.records import record_bounds
from perf.worker import Worker, together
from stablebert.tasks import load_task, source_available

# a status of its own, since a defect of the benchmark ends with 1
BROKEN = 3
_TASKS = ("trec", "rotten", "mrpc-1k", "rte-1k")


def main() -> None:
    """Do what the command line asks for."""
    options = _parser().parse_args()
    peaks = {"fp32": matrix_peak(torch.float32), "bf16": matrix_peak(torch.bfloat16)}
    print("matrix peak of one thread: " + ", ".join(f"{name} {peak:.0f} GFLOP/s" for name, peak in peaks.items()))
    precision = better_precision(**peaks) if options.precision == "auto" else options.precision
    print(f"precision of plain and ours: {precision}; of trainer: fp32")
    jobs = [
        Job(
            system="ours",
            task=task,
            precision=precision,
            steps=options.steps,
            evaluations=options.evaluations,
            examples=options.examples,
        )
        for task in options.tasks
        if source_available(task)
    ]
    if missing := set(options.tasks) - {job.task for job in jobs}:
        print(f"left out, out of reach: {', '.join(sorted(missing))}")
    bounds = bounds_of(jobs, options.parts)
    if "sameness" in options.parts:
        _compare_losses(jobs)
    if "distribution" in options.parts:
        _compare_distributions(jobs, options.seeds)
    if "runs" in options.parts:
        _time_runs(jobs, options.systems, options.repetitions, peaks)
    if "workers" in options.parts:
        _time_workers(jobs, options.repetitions)
    if "steps" in options.parts:
        _break_down(jobs)
    if (broken := broken_line(bounds)) is not None:
        print(broken)
        raise SystemExit(BROKEN)


def bounds_of(jobs: list[Job], parts: Sequence[str]) -> list[Bound]:
    """Measure and print what has a bound."""
    bounds: list[Bound] = []
    # first of all: a process begins with the peak of the one that starts it, and a run in this one would raise that
    if "memory" in parts and jobs:
        with Worker() as worker:
            # several runs a task: what a worker keeps of each would add up
            runs = [replace(job, seed=seed) for job in jobs for seed in range(3)]
            bounds.append(memory_bound([together([worker], [run])[1][0].peak_mib for run in runs]))
        print(bounds[-1], flush=True)
    if "overheads" in parts:
        for found in (import_bounds(9), [judge_bound(5)], [collection_bound(3)], [session_bound(2)]):
            print(*found, sep="\n", flush=True)
            bounds += found
    if "records" in parts:
        found = record_bounds()
        print(*found, sep="\n", flush=True)
        bounds += found
    return bounds


def _compare_losses(jobs: list[Job]) -> None:
    lines = {}
    for job in jobs:
        still = replace(job, steps=8, evaluations=1, examples=32, dropout=0.0)
        with Worker() as worker:
            losses = {
                system: together([worker], [replace(still, system=system)])[1][0].losses
                for system in ("trainer", "ours")
            }
        lines[job.task] = sameness_line(losses["ours"], losses["trainer"], job.precision)
        print(f"{job.task:9} {lines[job.task]}", flush=True)
    others = [task for task, line in lines.items() if not line.startswith(SAME)]
    if others:
        # times of systems that compute different things say nothing
        raise SystemExit(f"ours does not compute what the trainer does: {', '.join(others)}")


def _compare_distributions(jobs: list[Job], seeds: int) -> None:
    for job in jobs:
        with Worker() as mine, Worker() as other:
            pairs = [
                together([mine, other], [replace(job, seed=seed), replace(job, seed=seed, system="plain")])[1]
                for seed in range(seeds)
            ]
        for line in distribution_lines(*zip(*pairs, strict=True)):
            print(f"{job.task:9} {line}", flush=True)


def _time_runs(jobs: list[Job], systems: list[str], repetitions: int, peaks: dict[str, float]) -> None:
    middles: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        workers = {system: stack.enter_context(Worker()) for system in systems}
        for job in jobs:
            found: dict[str, list[Outcome]] = {system: [] for system in systems}
            for seed in range(repetitions):
                for system, worker in workers.items():
                    own = replace(job, system=system, seed=seed)
                    found[system].append(together([worker], [own])[1][0])
            print("\n".join(task_lines(job.task, found, peaks)), flush=True)
            seconds = {system: [outcome.seconds for outcome in those] for system, those in found.items()}
            for system in systems:
                middles[system].append(ratio(seconds[system], seconds["ours"]).middle)
    for system in systems:
        if system != "ours" and jobs:
            print(f"geometric mean over {len(jobs)} tasks: {geometric_mean(middles[system]):.2f}x {system}")


def _time_workers(jobs: list[Job], repetitions: int) -> None:
    for job in jobs:
        one, two = [], []
        with Worker() as first, Worker() as second:
            for seed in range(repetitions + 1):
                mine, other = (replace(job, seed=2 * seed + offset) for offset in (0, 1))
                alone, _ = together([first], [mine])
                both, _ = together([first, second], [mine, other])
                # the second worker loads its libraries in its first job
                if seed:
                    one.append(alone)
                    two.append(both / 2)
        print(f"{job.task:9} two workers: {ratio(one, two)} the throughput of one", flush=True)


def _break_down(jobs: list[Job]) -> None:
    for job in jobs:
        total, parts = milliseconds_by_kind(replace(job, steps=24, evaluations=1), load_task(job.task))
        print(f"{job.task:9} an update of ours: {total:.1f} ms")
        for kind, value in parts.items():
            print(f"  {value:7.1f} ms  {100 * value / total:3.0f} %  {kind}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m perf", description=__doc__)
    parts = ("memory", "overheads", "sameness", "runs", "workers", "steps")
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=[*parts, "distribution", "records"],
        default=parts,
        help="what to measure (all but distribution and records, which take long)",
    )
    parser.add_argument("--seeds", type=int, default=20, help="runs a system whose distributions are compared (20)")
    parser.add_argument("--tasks", nargs="+", default=_TASKS, help=f"task ids ({' '.join(_TASKS)})")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS, help="what to time; ours is needed")
    parser.add_argument(
        "--precision", choices=("auto", "fp32", "bf16"), default="auto", help="of plain and ours (auto)"
    )
    parser.add_argument("--repetitions", type=int, default=3, help="runs of each system on each task (3)")
    parser.add_argument("--steps", type=int, help="updates of a run (three epochs)")
    parser.add_argument("--evaluations", type=int, default=10, help="evaluations of a run (10)")
    parser.add_argument("--examples", type=int, help="validation and test examples at the most (all)")
    return parser


if __name__ == "__main__":
    main()
