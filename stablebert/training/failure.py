"""When a run has failed: fixed before any run was made, and counted apart from the scores."""

import math
from collections import Counter
from collections.abc import Sequence

_ONE_CLASS = 0.99
_UNLEARNED = 0.95


def failure_reason(
    losses: Sequence[float], validation_classes: Sequence[int] | None, training_labels: Sequence[float]
) -> str | None:
    """Return why a run has failed, or None.

    A run has failed if a training loss is not finite, or one class makes up 99 % of the validation predictions of the
    best checkpoint, or the mean training loss over the last tenth of the updates is at least 0.95 of the entropy of the
    training labels (regression: of their variance), that is: of what knowing the label frequencies alone costs.

    Args:
        losses: Training loss of every update, at least one.
        validation_classes: Predicted classes at the best checkpoint; None for regression.
        training_labels: Labels of the training set.

    Example:
        >>> failure_reason([0.7, float("nan")], [0, 1], [0, 1])
        'loss not finite after 2 updates'
        >>> failure_reason([0.7, 0.1], [1, 1, 1], [0, 1])
        'one class makes up 100.0 % of the validation predictions'
        >>> failure_reason([0.7, 0.69], [0, 1], [0, 1])
        'last training loss 0.6900 is at least 0.95 of 0.6931, the loss of the label frequencies'
        >>> failure_reason([0.7, 0.1], [0, 1], [0, 1])
    """
    for step, loss in enumerate(losses, 1):
        if not math.isfinite(loss):
            return f"loss not finite after {step} updates"
    if validation_classes is not None:
        share = max(Counter(validation_classes).values()) / len(validation_classes)
        if share >= _ONE_CLASS:
            return f"one class makes up {100 * share:.1f} % of the validation predictions"
    return unlearned_reason(losses, training_labels, is_regression=validation_classes is None)


def unlearned_reason(losses: Sequence[float], training_labels: Sequence[float], *, is_regression: bool) -> str | None:
    """Return why a run has not learned its training set, or None: the last part of `failure_reason`.

    Args:
        losses: Training losses in their order, at least one.
        training_labels: Labels of the training set.
        is_regression: Whether they are scores.

    Example:
        >>> unlearned_reason([1.0, 0.2], [0.0, 2.0], is_regression=True)
    """
    floor = _variance(training_labels) if is_regression else _entropy(training_labels)
    tail = losses[-max(1, len(losses) // 10) :]
    last = sum(tail) / len(tail)
    if last >= _UNLEARNED * floor:
        return (
            f"last training loss {last:.4f} is at least {_UNLEARNED} of {floor:.4f}, the loss of the label frequencies"
        )
    return None


def _entropy(labels: Sequence[float]) -> float:
    shares = [count / len(labels) for count in Counter(labels).values()]
    return -sum(share * math.log(share) for share in shares)


def _variance(labels: Sequence[float]) -> float:
    mean = sum(labels) / len(labels)
    return sum((label - mean) ** 2 for label in labels) / len(labels)
