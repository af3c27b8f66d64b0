"""The four metrics of Table 3, in points."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from stablebert.tasks.cards import TaskError


def accuracy(predictions: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of right predictions, in [0, 100]."""
    return 100 * float(np.mean(predictions == labels))


def f1(predictions: np.ndarray, labels: np.ndarray) -> float:
    """Return the F1 of class 1, in [0, 100]; 0 where nothing is or is said to be of class 1."""
    hits = float(np.sum((predictions == 1) & (labels == 1)))
    named = float(np.sum(predictions == 1) + np.sum(labels == 1))
    return 200 * hits / named if named else 0.0


def mcc(predictions: np.ndarray, labels: np.ndarray) -> float:
    """Return the Matthews correlation of two classes, in [-100, 100]; 0 where either side is constant."""
    return _correlation(predictions == 1, labels == 1)


def spearman(predictions: np.ndarray, labels: np.ndarray) -> float:
    """Return the rank correlation, ties sharing their mean rank, in [-100, 100]; 0 where either side is constant."""
    from scipy.stats import rankdata

    return _correlation(rankdata(predictions), rankdata(labels))


METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": accuracy,
    "f1": f1,
    "mcc": mcc,
    "spearman": spearman,
}


def metric_score(metric: str, predictions: ArrayLike, labels: ArrayLike) -> float:
    """Return a metric in points.

    Args:
        metric: A key of `METRICS`.
        predictions: Class ids or regression values, shape (examples,).
        labels: As predictions.

    Raises:
        TaskError: the metric is unknown, the shapes differ, there is no example, or a value is not finite.

    Example:
        >>> metric_score("accuracy", [1, 0, 1, 1], [1, 0, 0, 1])
        75.0
    """
    if metric not in METRICS:
        raise TaskError(f"unknown metric {metric!r}; known: {', '.join(METRICS)}")
    said, true = np.asarray(predictions), np.asarray(labels)
    if said.shape != true.shape or said.ndim != 1 or not said.size:
        raise TaskError(
            f"{metric}: predictions {said.shape} and labels {true.shape} must be equally many, at least one"
        )
    if not (np.isfinite(said).all() and np.isfinite(true).all()):
        raise TaskError(f"{metric}: predictions or labels are not finite")
    return METRICS[metric](said, true)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    x, y = one - one.mean(dtype=float), other - other.mean(dtype=float)
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return 100 * float(x @ y) / scale if scale else 0.0
