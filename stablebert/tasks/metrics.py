"""The four metrics of Table 3 and functions of others, in points."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from stablebert.foreign import ForeignError, contained, load_object, reason_of
from stablebert.tasks.cards import TaskError

Metric = Callable[[np.ndarray, np.ndarray], float]
_OF_TWO_CLASSES = ("f1", "mcc")


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


METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "f1": f1,
    "mcc": mcc,
    "spearman": spearman,
}


def metric_score(metric: str, predictions: ArrayLike, labels: ArrayLike) -> float:
    """Return a metric in points.

    Args:
        metric: A key of `METRICS`, or `package.module:function` of a function of others.
        predictions: Class ids or regression values, shape (examples,).
        labels: As predictions.

    Raises:
        TaskError: the metric is unknown, the shapes differ, there is no example, or a value is not finite; a function
            of others ends in an error, or returns no finite number.

    Example:
        >>> metric_score("accuracy", [1, 0, 1, 1], [1, 0, 0, 1])
        75.0
    """
    function = metric_function(metric)
    said, true = np.asarray(predictions), np.asarray(labels)
    if said.shape != true.shape or said.ndim != 1 or not said.size:
        raise TaskError(
            f"{metric}: predictions {said.shape} and labels {true.shape} must be equally many, at least one"
        )
    if not (np.isfinite(said).all() and np.isfinite(true).all()):
        raise TaskError(f"{metric}: predictions or labels are not finite")
    return function(said, true) if metric in METRICS else _of_others(metric, function, said, true)


def metric_function(metric: str) -> Metric:
    """Return the function of a metric.

    Raises:
        TaskError: it is neither a key of `METRICS` nor a function that imports.
    """
    if metric in METRICS:
        return METRICS[metric]
    if ":" not in metric:
        raise TaskError(
            f"unknown metric {metric!r}; known: {', '.join(METRICS)}, or package.module:function for one's own"
        )
    try:
        function: Metric = load_object(metric)
    except ForeignError as error:
        raise TaskError(f"metric {metric!r} {error}") from error
    if not callable(function):
        raise TaskError(f"metric {metric!r} is no function but a {type(function).__name__}")
    return function


def metric_text(metric: str | Metric) -> str:
    """Return a metric as text: its name, or where a function is imported from.

    Raises:
        TaskError: it is unknown, or a function that does not import from where it says that it is.
    """
    if isinstance(metric, str):
        metric_function(metric)
        return metric
    module, name = getattr(metric, "__module__", ""), getattr(metric, "__qualname__", repr(metric))
    text = f"{module}:{name}"
    if not callable(metric) or module == "__main__" or "<" in name or metric_function(text) is not metric:
        raise TaskError(f"metric {text!r} must be a function with a name of its own in a module that can be imported")
    return text


def check_fit(metric: str, names: Sequence[str]) -> None:
    """Refuse a metric that cannot score the labels.

    Args:
        metric: As text.
        names: Of the classes; empty where the labels are scores.

    Raises:
        TaskError: it is of scores and there are classes, the other way round, or it is of two classes only.
    """
    if metric == "spearman" and names:
        raise TaskError(
            "metric 'spearman' is of scores, and the labels are classes; write scores as floats (3.0, not 3), or "
            "choose accuracy, f1 or mcc"
        )
    if metric in METRICS and metric != "spearman" and not names:
        raise TaskError(
            f"metric {metric!r} is of classes, and the labels are scores; write classes as integers or words, or "
            "choose spearman"
        )
    if metric in _OF_TWO_CLASSES and len(names) != 2:
        raise TaskError(f"metric {metric!r} is of two classes, and the labels are {len(names)}; choose accuracy")


def _of_others(metric: str, function: Metric, said: np.ndarray, true: np.ndarray) -> float:
    try:
        with contained(metric):
            score = float(function(said, true))
    except Exception as error:
        raise TaskError(f"metric {metric!r} ended in an error ({reason_of(error)})") from error
    if not math.isfinite(score):
        raise TaskError(
            f"metric {metric!r} returned {score} for {said.size} predictions from {said.min()} to {said.max()}; it "
            "must return a finite number in points whatever is predicted"
        )
    return score


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    x, y = one - one.mean(dtype=float), other - other.mean(dtype=float)
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return 100 * float(x @ y) / scale if scale else 0.0
