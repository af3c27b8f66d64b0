"""A session of very many runs that take no time: `python -m perf.load --cells 500 --seeds 20 --workers 8`.

No run may be trained twice, and the controller keeps neither memory nor processor busy. Nothing is trained and the disk
is not waited for, so that what is measured is the session alone. A broken bound is named, and the exit status is 3.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from perf.bounds import Bound, broken_line
from tests.plugin.fake_bench import CONFTEST

ROOT = Path(__file__).parents[1]
# what a run takes whose controller is to be idle, the shortest of the bench
RUN_SECONDS = 60.0
_BENCH = """
from stablebert.bench import cells

CELLS = [cell for steps in range(1, {cells} + 1) for cell in cells(["trec"], ["debiased"], length=f"{{steps}}st")]


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)
"""
# of the controller alone: its processor time and memory, beside the reports that have come
_TRACE = """
import json
import resource

os.fsync = lambda handle: None
_TRACED = []
_REPORTS = 0


def _trace():
    used = resource.getrusage(resource.RUSAGE_SELF)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    _TRACED.append((_REPORTS, used.ru_utime + used.ru_stime, pages * os.sysconf("SC_PAGE_SIZE") / 2**20))


def pytest_runtest_logreport(report):
    global _REPORTS
    if "PYTEST_XDIST_WORKER" not in os.environ and report.when == "call":
        _REPORTS += 1
        if _REPORTS % {every} == 0:
            _trace()


def pytest_unconfigure():
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _trace()
        (HERE / "controller.json").write_text(json.dumps(_TRACED))
"""


@dataclass(frozen=True)
class Session:
    """What a session of runs of no length has come to.

    Attributes:
        asked: Runs that it was to make.
        trained: How often each was trained, by its id.
        seconds: Of the clock.
        trace: Of the controller from time to time: runs reported, seconds of its processor so far, its memory in MiB.
        workers: Processes that made the runs.
    """

    asked: int
    trained: Counter[str]
    seconds: float
    trace: tuple[tuple[int, float, float], ...]
    workers: int

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The figures with their limits."""
        # the first quarter loads libraries and fills what is filled once, and so does the summary at the end
        early = next(point for point in self.trace if point[0] >= self.asked / 4)
        *_, late, end = self.trace
        runs = max(late[0] - early[0], 1)
        each = end[1] / self.asked
        share = 100 * each * self.workers / RUN_SECONDS
        told = f"{1000 * each:.1f} ms a run; {self.workers} workers with runs of {RUN_SECONDS:.0f} s"
        memory = f"{early[2]:.0f} MiB after {early[0]:,} runs, {late[2]:.0f} after {late[0]:,}"
        return (
            Bound("runs trained twice", sum(times > 1 for times in self.trained.values()), 0, f"of {self.asked:,}"),
            Bound("runs not trained", self.asked - len(self.trained), 0, f"of {self.asked:,}"),
            Bound("memory of the controller a run", 1024 * (late[2] - early[2]) / runs, 8, "KiB", memory),
            Bound("processor of the controller", share, 1, "% of a core", told),
        )


def _untold(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}


def session_of(cells: int, seeds: int, workers: int) -> Session:
    """Return what a session of so many runs comes to, in a folder of its own.

    Raises:
        RuntimeError: a run or the session itself has failed.
    """
    with TemporaryDirectory(prefix="stablebert-") as name:
        folder = Path(name)
        (folder / "bench").mkdir()
        (folder / "bench" / "test_section4.py").write_text(_BENCH.format(cells=cells))
        conftest = CONFTEST.format(root=str(ROOT), loss={}, failed=set(), broken=set())
        every = max(cells * seeds // 40, 1)
        (folder / "conftest.py").write_text(conftest + _TRACE.replace("{every}", str(every)))
        words = (
            "bench",
            "-q",
            "-p",
            "no:cacheprovider",
            f"-n{workers}",
            "--stablebert-all",
            "--stablebert-profile=mini",
        )
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words, f"--stablebert-seeds={seeds}", "--stablebert-precision=fp32"],
            cwd=folder,
            # whoever runs this in a worker of a session of their own has told it so
            env={**_untold(os.environ), "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
        # 1: a session that only measures
        if done.returncode not in (0, 1) or " failed" in done.stdout:
            raise RuntimeError(
                f"the session ended with status {done.returncode}: {(done.stdout + done.stderr)[-2000:]}"
            )
        trained = Counter((folder / "trained.txt").read_text().split())
        trace = tuple(tuple(point) for point in json.loads((folder / "controller.json").read_text()))
    return Session(cells * seeds, trained, seconds, trace, workers)


def main() -> int:
    """Measure, print, and exit 3 where a bound is broken."""
    parser = argparse.ArgumentParser(prog="python -m perf.load", description=__doc__)
    parser.add_argument("--cells", type=int, default=500, help="cells of the bench (500)")
    parser.add_argument("--seeds", type=int, default=20, help="runs of each (20)")
    parser.add_argument("--workers", type=int, default=8, help="processes of pytest-xdist (8)")
    given = parser.parse_args()
    session = session_of(given.cells, given.seeds, given.workers)
    print(f"{session.asked:,} runs of no length by {session.workers} workers: {session.seconds:.0f} s by the clock")
    print(*session.bounds, sep="\n")
    if (broken := broken_line(session.bounds)) is not None:
        print(broken)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
