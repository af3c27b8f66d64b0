"""What is measured in a run: predictions and their scores, and how far the weights have moved."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from stablebert.encoders.model import Classifier
from stablebert.encoders.parts import parameter_blocks
from stablebert.tasks import Task, metric_score
from stablebert.training.examples import Encoding
from stablebert.training.fast.native import kernels
from stablebert.training.forward import Forward

_BATCH_SIZE = 64


@torch.inference_mode()
def predict(model: Classifier, examples: Sequence[Encoding], forward: Forward) -> Tensor:
    """Return float32 logits on the processor, shape (examples, labels), in the order given, without dropout.

    Examples are taken in the order of their length, so that batches hold next to no padding. The model's mode is put
    back.
    """
    training = model.training
    model.eval()
    by_length = sorted(range(len(examples)), key=lambda index: len(examples[index].input_ids))
    parts = [
        forward(model, [examples[index] for index in by_length[start : start + _BATCH_SIZE]]).float()
        for start in range(0, len(examples), _BATCH_SIZE)
    ]
    logits = torch.empty(len(examples), parts[0].shape[1])
    logits[torch.tensor(by_length)] = torch.cat(parts).cpu()
    model.train(training)
    return logits


def loss_of(logits: Tensor, labels: Tensor, regression: bool) -> Tensor:
    """Return the mean loss: cross-entropy, or the mean squared error on the raw score for regression."""
    # half precision is too coarse for a loss; what is finer than float32 stays so
    values = logits.to(torch.promote_types(logits.dtype, torch.float32))
    if regression:
        return torch.nn.functional.mse_loss(values[:, 0], labels.to(values))
    return torch.nn.functional.cross_entropy(values, labels)


def labels_of(examples: Sequence[Encoding], regression: bool) -> Tensor:
    """Return the labels as a tensor: float32 targets or int64 classes."""
    return torch.tensor([example.label for example in examples], dtype=torch.float32 if regression else torch.long)


def predictions_of(logits: Tensor, regression: bool) -> np.ndarray:
    """Return class ids or regression values, shape (examples,); a logit that is not a number counts as 0."""
    finite = logits.nan_to_num(nan=0.0)
    return (finite[:, 0] if regression else finite.argmax(1)).numpy()


def score_of(logits: Tensor, labels: Tensor, task: Task, metric: str | None = None) -> float:
    """Return a metric in points, the task's own unless another is named."""
    return metric_score(metric or task.metric, predictions_of(logits, task.is_regression), labels.numpy())


def evaluation_steps(total_steps: int, evaluations: int, *, uneven: bool = False) -> list[int]:
    """Return after how many updates the validation set is scored: evenly spread, the last at the end (Section 3).

    The paper does not state the spacing. A run shorter than `evaluations` updates is scored after every update.

    Args:
        total_steps: Updates of the run, >= 1.
        evaluations: Evaluations wanted, >= 1.
        uneven: Follow the released code, which scores after every total_steps // evaluations updates and at the end.

    Example:
        >>> evaluation_steps(96, 10)
        [9, 19, 28, 38, 48, 57, 67, 76, 86, 96]
        >>> evaluation_steps(96, 10, uneven=True)
        [9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 96]
    """
    if uneven:
        return sorted({*range(0, total_steps, max(1, total_steps // evaluations)), total_steps} - {0})
    return sorted({total_steps * part // evaluations for part in range(1, evaluations + 1)} - {0})


class Displacement:
    """L2 distances of a model's trainable parameters to two earlier states: the run's start and the last update.

    Args:
        model: The classifier after re-initialisation, so that a redrawn block starts at its drawn values.
    """

    def __init__(self, model: Classifier) -> None:
        parameters: dict[str, Tensor] = dict(model.named_parameters())
        self._blocks = {
            block: [parameters[name] for name in names if parameters[name].requires_grad]
            for block, names in parameter_blocks(model).items()
        }
        self._initial = {block: _copies(members) for block, members in self._blocks.items()}
        self._all: list[Tensor] = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._previous = _copies(self._all)
        self._native = all(kernels.knows(tensor) for tensor in self._all)

    def by_block(self) -> dict[str, float]:
        """Return the distance of every block to its initial values."""
        return {block: _distance(members, self._initial[block]) for block, members in self._blocks.items() if members}

    @torch.no_grad()
    def of_update(self) -> float:
        """Return the distance of all parameters to where they were at the last call (or at the start)."""
        if self._native:
            # one pass over the weights in place of three
            return math.sqrt(sum(map(kernels.move, self._previous, self._all)))
        norm = _distance(self._all, self._previous)
        torch._foreach_copy_(self._previous, self._all)
        return norm


@torch.no_grad()
def _distance(now: list[Tensor], then: list[Tensor]) -> float:
    differences = torch._foreach_sub(now, then)
    return float(torch.stack(torch._foreach_norm(differences)).norm())


def _copies(parameters: list[Tensor]) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in parameters]
