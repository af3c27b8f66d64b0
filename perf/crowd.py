"""How many runs a store and a driver take: simulated runs of 0 s, written by many processes, read and judged.

`python -m perf.crowd --records 100000 --processes 8`; figures are of the machine, its disk and whatever else it does.
`--only-driver` leaves out all but the driver, whose memory is then its own.
"""

import argparse
import json
import math
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path

from perf.stored import FIRST_SEED, accepted_below, template_of
from stablebert.baselines import Baseline
from stablebert.machine import peak_memory
from stablebert.project import Project
from stablebert.project.loading import project_in
from stablebert.records import RunStore, run_keys
from stablebert.runs import Record, RunSpec
from stablebert.workers.driver import Driver, make_all
from stablebert.workers.node import Made


@dataclass(frozen=True)
class Rate:
    """How many of a thing were done in how long, and where it was looked at the process's peak of memory in MiB."""

    what: str
    number: int
    seconds: float
    processor: float
    peak_before: float | None = None
    peak_after: float | None = None

    def __str__(self) -> str:
        """Return it in words.

        Example:
            >>> str(Rate("records read", 300, 2.0, 1.5))
            'records read: 300 in 2.0 s, 150 a second; 5.0 ms of a processor each'
        """
        each = 1000 * self.processor / self.number
        rate = f"{self.number / self.seconds:.0f} a second; {each:.1f} ms of a processor each"
        line = f"{self.what}: {self.number} in {self.seconds:.1f} s, {rate}"
        if self.peak_before is None or self.peak_after is None:
            return line
        return f"{line}; peak memory {self.peak_before:.0f} MiB before, {self.peak_after:.0f} MiB after"


class _Clock:
    """Begins when it is made."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> tuple[float, float]:
        """The seconds since then: on the wall, and of this process's processor."""
        return time.perf_counter() - self._wall, time.process_time() - self._processor


class Instant:
    """A cluster that makes a run at once: the record of its cell, with its own spec in it."""

    slots: int | None = None

    def __init__(self, templates: Sequence[Record]) -> None:
        # without the spec, which is put before it: the rest is long, and is written out once a cell
        self._rest = {
            record.spec.cell.id: json.dumps({name: one for name, one in record.to_dict().items() if name != "spec"})
            for record in templates
        }

    def submit(self, spec: RunSpec) -> "_Answer":
        """Return the answer that is there."""
        return _Answer(spec, self._rest[spec.cell.id])

    def close(self) -> None:
        """Leave nothing."""


class _Answer:
    def __init__(self, spec: RunSpec, rest: str) -> None:
        self._spec, self._rest = spec, rest

    def result(self) -> Made:
        return Made(run_keys(self._spec).record, f'{{"spec": {json.dumps(asdict(self._spec))}, {self._rest[1:]}')

    def cancel(self) -> None:
        pass


def written(folder: Path, baselines: Path, seeds: Sequence[int], processes: int) -> Rate:
    """Write a record of each seed of every accepted cell, by so many processes."""
    cells = len(accepted_below(baselines))
    parts = [seeds[start :: 4 * processes] for start in range(min(4 * processes, len(seeds)))]
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        # what a process reads once is no part of the rate
        list(pool.map(partial(_write, folder.with_name("warm"), baselines), [seeds[:1]] * processes))
        began = time.perf_counter()
        processor = sum(pool.map(partial(_write, folder, baselines), parts))
        took = time.perf_counter() - began
    return Rate(f"records written by {processes} processes", cells * len(seeds), took, processor)


def read(folder: Path) -> Rate:
    """Read every record."""
    began = _Clock()
    number = sum(1 for _ in RunStore(folder).records())
    return Rate("records read", number, *began.seconds)


def judged(project: Project, cells: Sequence[Baseline]) -> Rate:
    """Judge every cell by its stored runs."""
    among = [project.cell_of(one.cell.id) for one in cells]
    began = _Clock()
    for cell in among:
        project.judge_stored(cell, among)
    return Rate("cells judged", len(among), *began.seconds)


def driven(templates: Sequence[Record], folder: Path, number: int, at_once: int) -> Rate:
    """Send runs that take no time through a driver, which stores them: seed by seed of the cells of some records.

    Raises:
        RuntimeError: a run was not made.
    """
    seeds = range(FIRST_SEED, FIRST_SEED + math.ceil(number / len(templates)))
    specs = [one.spec.with_seed(seed) for seed in seeds for one in templates][:number]
    cluster, before, began = Instant(templates), peak_memory(), _Clock()
    with Driver(cluster, RunStore(folder), at_once=at_once) as driver:
        errors = [error for error in make_all(specs, driver, lambda *_: None) if error is not None]
    seconds = began.seconds
    if errors:
        raise RuntimeError(f"{len(errors)} of {number} runs were not made: {errors[0]}")
    return Rate(f"runs of 0 s through a driver, {at_once} at once", number, *seconds, before, peak_memory())


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(prog="python -m perf.crowd", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, metavar="N", help="at least (default: 100000)")
    parser.add_argument("--processes", type=int, default=8, metavar="N", help="that write (default: 8)")
    parser.add_argument("--at-once", type=int, default=256, metavar="N", help="runs of the driver (default: 256)")
    parser.add_argument("--only-driver", action="store_true", help="nothing but the runs through the driver")
    options = parser.parse_args(arguments)
    baselines = Path("baselines").resolve()
    with tempfile.TemporaryDirectory(prefix="stablebert-crowd-") as below:
        home = Path(below)
        if not options.only_driver:
            _store_rates(home, baselines, options.records, options.processes)
        print(driven(_templates(baselines), home / "driven" / "runs", options.records, options.at_once), flush=True)


def _store_rates(home: Path, baselines: Path, records: int, processes: int) -> None:
    cells = accepted_below(baselines)
    seeds = range(FIRST_SEED, FIRST_SEED + math.ceil(records / len(cells)))
    few = seeds[: max(processes, len(seeds) // 10)]
    print(written(home / "one" / "runs", baselines, few, 1), flush=True)
    print(written(home / "all" / "runs", baselines, seeds, processes), flush=True)
    print(read(home / "all" / "runs"), flush=True)
    given = {"store": str(home / "all" / "runs"), "baselines": str(baselines), "seed-block": str(FIRST_SEED)}
    print(judged(project_in(Path.cwd(), given), cells), flush=True)


def _write(folder: Path, baselines: Path, seeds: Sequence[int]) -> float:
    """Write these seeds of every cell, and return the processor seconds of it."""
    began = time.process_time()
    store = RunStore(folder)
    for record in _templates(baselines):
        for seed in seeds:
            spec = record.spec.with_seed(seed)
            store.publish(run_keys(spec).record, replace(record, spec=spec))
    return time.process_time() - began


@cache
def _templates(baselines: Path) -> list[Record]:
    """Return a record of each cell; those of other seeds are as long."""
    return [template_of(baseline) for baseline in accepted_below(baselines)]


if __name__ == "__main__":
    main()
