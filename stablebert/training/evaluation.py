"""Predictions on a split, and what they score."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from stablebert.encoders.classifier import Classifier
from stablebert.tasks import Task, metric_score
from stablebert.training.encoding import Encoding

Forward = Callable[[Classifier, Sequence[Encoding]], Tensor]
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
