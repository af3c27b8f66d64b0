"""How many runs a store and a driver take: simulated runs of 0 s, written by many processes, read and judged.

`python -m perf.crowd --records 100000 --processes 8`; figures are of the machine, its disk and whatever else it does.
"""

import argparse
import json
import math
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from perf.stored import FIRST_SEED, accepted_below, template_of
from stablebert.baselines import Baseline
from stablebert.project import Project
from stablebert.project.loading import project_in
from stablebert.records import RunStore, run_keys
from stablebert.runs import Record, RunSpec
from stablebert.workers.driver import Driver
from stablebert.workers.node import Made


@dataclass(frozen=True)
class Rate:
    """How many of a thing were done in how long."""

    what: str
    number: int
    seconds: float
    processor: float

    def __str__(self) -> str:
        """Return it in words.

        Example:
            >>> str(Rate("records read", 300, 2.0, 1.5))
            'records read: 300 in 2.0 s, 150 a second; 5.0 ms of a processor each'
        """
        each = 1000 * self.processor / self.number
        rate = f"{self.number / self.seconds:.0f} a second; {each:.1f} ms of a processor each"
        return f"{self.what}: {self.number} in {self.seconds:.1f} s, {rate}"


class _Clock:
    """Begins when it is made."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> tuple[float, float]:
        """The seconds since then: on the wall, and of this process's processor."""
        return time.perf_counter() - self._wall, time.process_time() - self._processor


class Instant:
    """A cluster whose every run has been made, and says so at once."""

    slots: int | None = None

    def __init__(self, made: dict[tuple[str, int], Made]) -> None:
        self._made = made

    def submit(self, spec: RunSpec) -> "_Answer":
        """Return the answer that is there."""
        return _Answer(self._made[spec.cell.id, spec.seed])

    def close(self) -> None:
        """Leave nothing."""


class _Answer:
    def __init__(self, made: Made) -> None:
        self._made = made

    def result(self) -> Made:
        return self._made

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


def driven(source: Path, folder: Path, most: int, at_once: int) -> Rate:
    """Send runs that take no time through a driver, which stores them."""
    records = [record for record, _ in zip(RunStore(source).records(), range(most), strict=False)]
    made = {
        (record.spec.cell.id, record.spec.seed): Made(run_keys(record.spec).record, json.dumps(record.to_dict()))
        for record in records
    }
    began = _Clock()
    with Driver(Instant(made), RunStore(folder), at_once=at_once) as driver:
        for future in [driver.submit(record.spec) for record in records]:
            future.result()
    return Rate(f"runs of 0 s through a driver, {at_once} at once", len(records), *began.seconds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(prog="python -m perf.crowd", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, metavar="N", help="at least (default: 100000)")
    parser.add_argument("--processes", type=int, default=8, metavar="N", help="that write (default: 8)")
    parser.add_argument("--at-once", type=int, default=256, metavar="N", help="runs of the driver (default: 256)")
    options = parser.parse_args(arguments)
    baselines = Path("baselines").resolve()
    with tempfile.TemporaryDirectory(prefix="stablebert-crowd-") as below:
        home = Path(below)
        cells = accepted_below(baselines)
        seeds = range(FIRST_SEED, FIRST_SEED + math.ceil(options.records / len(cells)))
        few = seeds[: max(options.processes, len(seeds) // 10)]
        print(written(home / "one" / "runs", baselines, few, 1), flush=True)
        print(written(home / "all" / "runs", baselines, seeds, options.processes), flush=True)
        print(read(home / "all" / "runs"), flush=True)
        given = {"store": str(home / "all" / "runs"), "baselines": str(baselines), "seed-block": str(FIRST_SEED)}
        print(judged(project_in(Path.cwd(), given), cells), flush=True)
        print(driven(home / "all" / "runs", home / "driven" / "runs", options.records, options.at_once), flush=True)


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
