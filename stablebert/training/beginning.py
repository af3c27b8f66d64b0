"""The first updates of a run and no more, watched more closely than a whole run is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from stablebert.optim.driving import evaluating
from stablebert.paper import intermediate_run
from stablebert.runs import FIRST_UPDATES, Beginning, RunSpec
from stablebert.tasks import load_task
from stablebert.training import loop
from stablebert.training.device import repeatable
from stablebert.training.evaluation import Displacement
from stablebert.training.outcome import BestCheckpoint
from stablebert.training.setup import prepare


def begin(spec: RunSpec, updates: int = FIRST_UPDATES) -> Beginning:
    """Do the first updates of a run as `stablebert.train` would, without the test set.

    Args:
        spec: The run.
        updates: How many, >= 1; a shorter run is done whole.

    Raises:
        ValueError: something in the spec is unknown or cannot be had, `updates` is below 1, or the run begins with
            an intermediate task, which would have to be trained whole.

    Example:
        >>> from stablebert.training.beginning import begin
        >>> begin(RunSpec(task="trec"), 2).clipped_norm  # doctest: +SKIP
    """
    if updates < 1:
        raise ValueError(f"{updates} updates: a beginning has at least 1")
    if intermediate_run(spec) is not None:
        raise ValueError(f"{spec.method} begins with another task, which would be trained whole; its runs say more")
    with repeatable():
        whole = prepare(spec, load_task(spec.task, spec.task_source))
        run = replace(whole, batches=whole.batches[:updates])
        clipped: list[float] = []
        watched = run.optimizer.register_step_pre_hook(lambda *_: clipped.append(_norm(run.optimizer.param_groups)))
        # through the module, so that what is replaced there is what is watched
        steps, evaluations, _ = loop.optimize(run)
        watched.remove()
        displacement, unused = Displacement(run.model), BestCheckpoint()
        with evaluating(run.optimizer):
            first, second = (loop.evaluate(run, len(steps.loss), displacement, unused) for _ in range(2))
    return Beginning(steps, tuple(clipped), tuple(evaluations), (first, second), run.fingerprints)


def _norm(groups: Sequence[dict[str, Any]]) -> float:
    gradients = [tensor.grad for group in groups for tensor in group["params"] if tensor.grad is not None]
    return float(torch.stack(torch._foreach_norm(gradients)).norm()) if gradients else 0.0
