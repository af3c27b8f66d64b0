"""A process that does one job after another; `python -m perf.worker` reads jobs from its standard input."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from types import TracebackType

from perf.job import Job, Outcome, shortened, useful_gflop
from stablebert.machine import peak_memory


class Worker:
    """A fresh process of one thread; use it as a context, so that it ends with it."""

    def __init__(self) -> None:
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1") | {"TOKENIZERS_PARALLELISM": "false"}
        command = [sys.executable, "-W", "ignore", "-m", "perf.worker"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **one_thread}
        )

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def begin(self, job: Job) -> None:
        """Hand over a job and return at once."""
        given = self._process.stdin
        if given is None or self._process.poll() is not None:
            raise RuntimeError("a worker of the benchmark has ended; its error is above")
        given.write(json.dumps(asdict(job)) + "\n")
        given.flush()

    def end(self) -> Outcome:
        """Wait for the job that was begun, and return what came out."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        if line:
            data = json.loads(line)
            return Outcome(**{**data, "losses": tuple(data["losses"])})
        raise RuntimeError("a worker of the benchmark has ended; its error is above")


def together(workers: Sequence[Worker], jobs: Sequence[Job]) -> tuple[float, list[Outcome]]:
    """Do one job in each worker at the same time; return the seconds until the last has ended, and the outcomes."""
    began = time.perf_counter()
    for worker, job in zip(workers, jobs, strict=True):
        worker.begin(job)
    outcomes = [worker.end() for worker in workers]
    return time.perf_counter() - began, outcomes


def do(job: Job) -> Outcome:
    """Do a job in this process."""
    # imports are paid once a worker, so they come before the clock
    from perf import ours, plain

    run = {"ours": ours.run, "plain": plain.run}.get(job.system)
    if run is None:
        from perf import trainer

        run = trainer.run
    from stablebert.tasks import load_task

    task = shortened(load_task(job.task), job.examples)
    began = time.perf_counter()
    losses, test = run(job, task)
    seconds = time.perf_counter() - began
    peak = peak_memory() or 0.0
    return Outcome(seconds, tuple(losses), test, useful_gflop(*ours.work_of(job, task)), peak)


def main() -> None:
    """Do the jobs of the standard input, one a line, and print an outcome for each."""
    for line in sys.stdin:
        # the trainer prints its metrics, which are no outcome
        with redirect_stdout(sys.stderr):
            outcome = do(Job(**json.loads(line)))
        print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    main()
