"""Ray: each run is a task of a Ray cluster."""

import os
import signal
import threading
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stablebert.runs import RunSpec
from stablebert.workers.node import Made, carried, make_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stablebert.records.obtain import Train


class RayAnswer:
    """A run that was sent to a Ray cluster.

    Args:
        ray: The library.
        reference: Of the task's result.
    """

    def __init__(self, ray: Any, reference: Any) -> None:
        self._ray, self._reference = ray, reference

    def result(self) -> Made:
        """Wait for it; raises what Ray does where a node, a process or the cluster is lost."""
        made: Made = self._ray.get(self._reference)
        return made

    def cancel(self) -> None:
        """End its process."""
        self._ray.cancel(self._reference, force=True)


class RayCluster:
    """A Ray cluster; Ray itself retries nothing, the driver decides.

    Args:
        address: Of its head, `auto` for the one that this machine belongs to; None: `$RAY_ADDRESS`, else a cluster of
            this machine alone, for as long as this object.
        cpus: CPUs that a run takes up, > 0; fractions are taken.
        gpus: GPUs that a run takes up, >= 0; by a fraction several share one.
        arguments: Further keyword arguments of `ray.init`.
        train: As in `make_run`, a module's function.

    Attributes:
        slots: Runs that its nodes have room for.

    Raises:
        ValueError: Ray is not installed, the cluster cannot be reached, or no node has room for a run.
    """

    def __init__(
        self,
        address: str | None,
        cpus: float,
        gpus: float,
        arguments: Mapping[str, Any],
        train: "Train | None" = None,
    ) -> None:
        try:
            import ray
        except ImportError:
            raise ValueError("engine 'ray' needs Ray, which is not installed: pip install 'stablebert[ray]'") from None
        self._ray = ray
        # within a job that was submitted to a cluster, the connection is the job's
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            try:
                with _handlers_kept():
                    ray.init(address=address, **{"log_to_driver": False, "logging_level": "ERROR", **arguments})
            except (ConnectionError, RuntimeError, ValueError, TypeError) as error:
                raise ValueError(f"no Ray cluster at {address or 'this machine'}: {error}") from error
        self.slots: int | None = sum(_room(node["Resources"], cpus, gpus) for node in self._nodes())
        if not self.slots:
            has = [{name: node["Resources"].get(name, 0.0) for name in ("CPU", "GPU")} for node in self._nodes()]
            self.close()
            raise ValueError(f"no node of the Ray cluster has room for a run of {cpus:g} CPUs and {gpus:g} GPUs: {has}")
        self._task = ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=0)(make_run)
        self._variables, self._train = carried(os.environ), train

    def submit(self, spec: RunSpec) -> RayAnswer:
        """Send a run there, and return at once."""
        return RayAnswer(self._ray, self._task.remote(spec, self._variables, self._train))

    def close(self) -> None:
        """Leave it."""
        if self._is_ours:
            self._ray.shutdown()

    def _nodes(self) -> list[dict[str, Any]]:
        return [node for node in self._ray.nodes() if node["Alive"]]


def _room(resources: Mapping[str, float], cpus: float, gpus: float) -> int:
    """Return how many runs a node has room for."""
    rooms = [resources.get(name, 0.0) / one for name, one in (("CPU", cpus), ("GPU", gpus)) if one]
    return int(min(rooms, default=0) + 1e-9)


@contextmanager
def _handlers_kept() -> "Iterator[None]":
    """Keep what this process does at SIGTERM, which Ray would replace by an exit without tidying up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
