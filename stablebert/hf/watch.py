"""A callback of `transformers.Trainer` that watches a run, and warns of what makes its result worthless."""

import math
import warnings
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers.trainer_callback import TrainerCallback

from stablebert.encoders.parts import EMBEDDINGS, HEAD, parameter_blocks
from stablebert.training.failure import unlearned_reason

# updates after which what is trained must have moved, and in which a gradient may be small
PATIENCE = 10
# of the lowest block to that of the head, a parameter each; in 40 updates of the embedded encoder on trec at least 5e-3
VANISHING = 1e-4
_LABELS = ("labels", "label")


class RunWarning(UserWarning):
    """A run is failing, or trains something else than was meant."""


class Watch(TrainerCallback):  # type: ignore[misc]
    """Warns, once each, of what makes a run worthless while it runs.

    That is a run that fails, a gradient that vanishes, a schedule that ends early, a head or redrawn blocks that do not
    move, and redrawn blocks that were loaded over. It sees the loss where the Trainer logs it: in every update with
    `logging_steps=1`.

    Args:
        reinitialized: Names of redrawn parameters, as from `reinitialize` or a census.

    Attributes:
        warned: What it has warned of, by the name of the cause.

    Example:
        >>> watch = Watch()
        >>> # Trainer(model, ..., callbacks=[watch]).train()
        >>> watch.warned
        {}
    """

    def __init__(self, reinitialized: Sequence[str] = ()) -> None:
        self.reinitialized = tuple(reinitialized)
        self.warned: dict[str, str] = {}
        self._start: dict[str, Tensor] = {}
        self._losses: list[float] = []
        self._small = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, *, model: nn.Module, **_: Any) -> None:  # noqa: ARG002
        """Keep what must move, and look whether what was redrawn is still there."""
        self.warned, self._losses, self._small = {}, [], 0
        head = parameter_blocks(model)[HEAD]
        watched = {*head, *self.reinitialized}
        self._start = {name: value.detach().clone() for name, value in model.named_parameters() if name in watched}
        if missing := {*self.reinitialized} - {*self._start}:
            raise ValueError(f"{sorted(missing)[0]!r} was redrawn by name and is no parameter of the model")
        # a run that goes on starts from what it has learned
        if state.global_step == 0 and (lost := loaded_over(model, self.reinitialized)):
            self._warn("re-init-without-effect", f"{_some(lost)} not as redrawn: weights were loaded after it")

    def on_step_begin(self, args: Any, state: Any, control: Any, *, optimizer: Any, **_: Any) -> None:  # noqa: ARG002
        """Look at the rate: only in the first update of a warm-up is it 0."""
        done = state.global_step
        if 0 < done < state.max_steps and all(float(group["lr"]) == 0 for group in optimizer.param_groups):
            said = f"the rate is 0 from update {done} on, and the run has {state.max_steps}"
            self._warn("schedule-ends-early", said)

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, *, model: nn.Module, **_: Any) -> None:  # noqa: ARG002
        """Look at the gradients, which are there now."""
        share = gradient_share(model)
        self._small = self._small + 1 if share is not None and share < VANISHING else 0
        if self._small >= PATIENCE:
            said = f"the gradient of the lowest block is {share:.1e} of the head's, for {PATIENCE} updates"
            self._warn("vanishing-gradient", said)

    def on_step_end(self, args: Any, state: Any, control: Any, *, model: nn.Module, **_: Any) -> None:  # noqa: ARG002
        """Look at what must have moved."""
        if state.global_step == PATIENCE:
            self._look_at_what_moved(model, state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, *, logs: dict[str, Any], **_: Any) -> None:  # noqa: ARG002
        """Look at the loss and the norm of the gradient."""
        for name in ("loss", "grad_norm"):
            if name in logs and not math.isfinite(float(logs[name])):
                self._warn("failed-run", f"{name} is {logs[name]} after {state.global_step} updates")
        if "loss" in logs:
            self._losses.append(float(logs["loss"]))

    def on_train_end(
        self,
        args: Any,  # noqa: ARG002
        state: Any,
        control: Any,  # noqa: ARG002
        *,
        model: nn.Module,
        train_dataloader: Any = None,
        **_: Any,
    ) -> None:
        """Look whether anything was learned."""
        if 0 < state.global_step < PATIENCE:
            self._look_at_what_moved(model, state.global_step)
        labels = labels_of(getattr(train_dataloader, "dataset", None))
        if not self._losses or labels is None:
            missing = "loss was logged: set logging_steps=1" if not self._losses else "labels are in the data set"
            self._warn("not-seen", f"whether the run has failed is not known: no {missing}")
            return
        is_regression = getattr(getattr(model, "config", None), "num_labels", None) == 1
        if "failed-run" not in self.warned and (
            why := unlearned_reason(self._losses, labels, is_regression=is_regression)
        ):
            self._warn("failed-run", why)

    def _look_at_what_moved(self, model: nn.Module, updates: int) -> None:
        now = dict(model.named_parameters())
        still = [name for name, value in self._start.items() if torch.equal(now[name].detach(), value)]
        redrawn = [name for name in still if name in self.reinitialized]
        head = [name for name in still if name not in self.reinitialized]
        # one of them that moves shows that the head is in the optimizer
        if head and len(head) == len(self._start) - len(self.reinitialized):
            self._warn("head-does-not-move", f"{_some(head)} unmoved after {updates} updates")
        if redrawn and len(redrawn) == len(self.reinitialized):
            self._warn("redrawn-does-not-move", f"{_some(redrawn)} redrawn, and unmoved after {updates} updates")

    def _warn(self, cause: str, said: str) -> None:
        if cause not in self.warned:
            self.warned[cause] = said
            warnings.warn(f"{cause}: {said}", RunWarning, stacklevel=3)


def loaded_over(model: nn.Module, names: Collection[str]) -> list[str]:
    """Return the redrawn vectors that are not as they were drawn: a bias is 0 then, and a normalisation 1.

    Args:
        model: Before its first update.
        names: Parameters that were redrawn.

    Example:
        >>> layer = nn.LayerNorm(2)
        >>> loaded_over(layer, ["weight", "bias"])
        []
        >>> _ = nn.init.constant_(layer.bias, 0.1)
        >>> loaded_over(layer, ["weight", "bias"])
        ['bias']
    """
    parameters = dict(model.named_parameters())
    vectors = {name: parameters[name].detach() for name in names if parameters[name].ndim == 1}
    return [name for name, value in vectors.items() if bool((value != (0 if name.endswith("bias") else 1)).any())]


def gradient_share(model: nn.Module) -> float | None:
    """Return the root mean square of the lowest block's gradient over that of the head's, None where one is missing.

    Args:
        model: With gradients.
    """
    blocks = parameter_blocks(model)
    parameters = dict(model.named_parameters())
    lowest = next((names for block, names in blocks.items() if block != EMBEDDINGS and names), [])
    inner, outer = (_mean_square(parameters[name].grad for name in names) for names in (lowest, blocks[HEAD]))
    if inner is None or not outer:
        return None
    return math.sqrt(inner / outer)


def labels_of(dataset: Any) -> list[float] | None:
    """Return the labels of a data set, None where it has none that are single numbers.

    Example:
        >>> labels_of([{"labels": 1}, {"labels": 0}])
        [1.0, 0.0]
    """
    try:
        # a column as a whole, where there are columns
        for name in _LABELS if hasattr(dataset, "column_names") else ():
            if name in dataset.column_names:
                return [float(label) for label in dataset[name]] or None
        rows: Iterable[Any] = [dataset[index] for index in range(len(dataset))]
        return [float(next(row[name] for name in _LABELS if name in row)) for row in rows] or None
    except (TypeError, ValueError, KeyError, IndexError, StopIteration):
        return None


def _mean_square(gradients: Iterable[Tensor | None]) -> float | None:
    found = [gradient.detach().float() for gradient in gradients if gradient is not None]
    count = sum(gradient.numel() for gradient in found)
    return sum(float(gradient.square().sum()) for gradient in found) / count if count else None


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} more are" if len(names) > 1 else " is"
    return f"{names[0]}{more}"
