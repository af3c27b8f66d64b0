"""Which engine makes the runs of a project: this machine, or a cluster."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from stablebert.machine import device_type
from stablebert.project.options import Settings
from stablebert.records import RunStore
from stablebert.runs import RunSpec
from stablebert.workers.driver import Cluster, Driver, make_all
from stablebert.workers.ended import Report
from stablebert.workers.local import run_all
from stablebert.workers.ray_cluster import RayCluster
from stablebert.workers.slurm_cluster import SlurmCluster

# below the store, where every machine that shares the store sees it
_JOBS = "slurm"


def driver_of(settings: Settings, store: Path, session: str | None = None) -> Driver | None:
    """Return what sends the runs of a session to a cluster, None where this machine makes them.

    Args:
        settings: The options in force.
        store: Folder of the store.
        session: As in `RunStore`.

    Raises:
        ValueError: the engine is not installed or cannot be reached, or has no room for a run; or a run has a limit of
            time, which is of this machine.
    """
    if settings.engine == "local":
        return None
    if settings.run_timeout is not None:
        raise ValueError(
            f"run-timeout {settings.run_timeout:g} s is of this machine's runs; {settings.engine} has limits of its own"
        )
    cluster = _CLUSTERS[settings.engine](settings, store)
    return Driver(cluster, RunStore(store, session), retries=settings.retries, at_once=settings.at_once)


def runs_made(
    specs: Sequence[RunSpec],
    store: Path,
    driver: Driver | None,
    jobs: int,
    report: Report,
    *,
    run_timeout: float | None = None,
) -> list[Exception | None]:
    """Make every run that the store lacks, here or on a cluster; returns as `run_all`.

    Args:
        specs: The runs.
        store: Folder of the store.
        driver: As `driver_of` gives it.
        jobs: Processes of this machine, where it makes them.
        report: Called here for every run as it ends.
        run_timeout: Seconds that a run may take there; None for ever.

    Raises:
        ValueError: jobs < 1.
    """
    if driver is None:
        return run_all(specs, store, jobs=jobs, report=report, run_timeout=run_timeout)
    return make_all(specs, driver, report)


def _ray(settings: Settings, store: Path) -> Cluster:  # noqa: ARG001 a cluster of Ray keeps no files here
    return RayCluster(settings.address, settings.cpus, _gpus(settings), json.loads(settings.engine_args))


def _slurm(settings: Settings, store: Path) -> Cluster:
    return SlurmCluster(
        store / _JOBS, settings.address, settings.cpus, _gpus(settings), json.loads(settings.engine_args)
    )


def _gpus(settings: Settings) -> float:
    # one that trains on a card takes it up, unless it is said to share it
    return settings.gpus if settings.gpus is not None else float(device_type() == "cuda")


_CLUSTERS: dict[str, Callable[[Settings, Path], Cluster]] = {"ray": _ray, "slurm": _slurm}
