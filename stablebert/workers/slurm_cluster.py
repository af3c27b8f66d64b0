"""Slurm: each run is a job, sent and awaited by submitit."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stablebert.runs import RunSpec
from stablebert.workers.node import Made, carried, make_run

if TYPE_CHECKING:
    from stablebert.records.obtain import Train

# submitit's own default, five minutes, is less than a run of BERT-large
_MINUTES = 240


class SlurmAnswer:
    """A run that was sent as a job.

    Args:
        job: Of submitit.
    """

    def __init__(self, job: Any) -> None:
        self._job = job

    def result(self) -> Made:
        """Wait for it; raises what submitit does where the job ended without a result."""
        made: Made = self._job.result()
        return made

    def cancel(self) -> None:
        """End the job, wherever it is in the queue."""
        self._job.cancel()


class SlurmCluster:
    """A Slurm cluster, or in its place what else submitit sends jobs to.

    Args:
        folder: Where submitit keeps what it sends, what comes back and what jobs say; all nodes must see it.
        address: `slurm`; `local`, processes of this machine, to try it out; None: `slurm`.
        cpus: CPUs of a job, a whole number >= 1.
        gpus: GPUs of a job, a whole number >= 0.
        arguments: Further parameters of submitit's executor, such as `{"slurm_partition": "gpu", "timeout_min": 60}`.
        train: As in `make_run`, a module's function.

    Raises:
        ValueError: submitit is not installed, there is no Slurm here, or a parameter is not one that it takes.
    """

    slots: int | None = None

    def __init__(
        self,
        folder: Path,
        address: str | None,
        cpus: float,
        gpus: float,
        arguments: Mapping[str, Any],
        train: "Train | None" = None,
    ) -> None:
        try:
            import submitit
        except ImportError:
            raise ValueError(
                "engine 'slurm' needs submitit, which is not installed: pip install 'stablebert[slurm]'"
            ) from None
        for name, number in (("cpus", cpus), ("gpus", gpus)):
            if number != int(number):
                raise ValueError(f"{name} {number:g}: Slurm gives a job whole ones; Ray shares one among runs")
        asked = {"cpus_per_task": int(cpus), "gpus_per_node": int(gpus)} if gpus else {"cpus_per_task": int(cpus)}
        try:
            self._executor = submitit.AutoExecutor(folder=folder, cluster=address or "slurm")
            self._executor.update_parameters(name="stablebert", **{"timeout_min": _MINUTES, **asked, **arguments})
        except (RuntimeError, ValueError, TypeError, NameError) as error:
            raise ValueError(f"submitit sends no jobs to {address or 'slurm'}: {error}") from error
        self._variables, self._train = carried(os.environ), train

    def submit(self, spec: RunSpec) -> SlurmAnswer:
        """Send a run as a job, and return at once."""
        return SlurmAnswer(self._executor.submit(make_run, spec, self._variables, self._train))

    def close(self) -> None:
        """Leave it; there is nothing to close."""
