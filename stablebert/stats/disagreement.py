"""How much runs of one cell disagree about single test examples, which their mean scores may not show."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_LEAST_RUNS = 2


def disagreement(predictions: "np.ndarray") -> float:
    """Return by how much two runs differ on a test example, on the mean over the examples and the pairs of runs.

    Of classes it is the share of examples that two runs put in different classes (Fort et al. 2019; churn); of scores
    the standard deviation of an example's prediction between runs, in the unit of the labels.

    Args:
        predictions: Shape (runs, examples): classes as whole numbers, or predicted scores as floats; at least 2 runs.

    Returns:
        A share in [0, 1], or a standard deviation >= 0.

    Raises:
        ValueError: there are fewer than 2 runs, or no examples.

    Example:
        >>> import numpy as np
        >>> disagreement(np.array([[0, 1, 2, 2], [0, 1, 2, 1]]))
        0.25
    """
    import numpy as np

    if predictions.ndim != 2 or predictions.shape[0] < _LEAST_RUNS or not predictions.shape[1]:
        raise ValueError(f"disagreement: predictions of shape {predictions.shape}; wanted (runs >= 2, examples >= 1)")
    if np.issubdtype(predictions.dtype, np.floating):
        return float(predictions.std(axis=0, ddof=1).mean())
    runs = predictions.shape[0]
    votes = np.stack([(predictions == label).sum(axis=0) for label in np.unique(predictions)])
    alike = (votes * (votes - 1)).sum(axis=0) / (runs * (runs - 1))
    return float(1 - alike.mean())
