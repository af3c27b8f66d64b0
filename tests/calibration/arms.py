"""The runs of one side of many comparisons at once."""

from dataclasses import dataclass

import numpy as np

# what too few runs leave undefined is NaN, and no comparison with it holds
undefined_is_nan = np.errstate(divide="ignore", invalid="ignore")


@dataclass(frozen=True)
class Arm:
    """Runs of one side, shape (replicates, runs) each, in seed order.

    Attributes:
        scores: Test scores in points; those of failed runs may be NaN.
        failed: Whether a run has failed.
        log_loss: Held-out log-losses; None: there are none.
    """

    scores: np.ndarray
    failed: np.ndarray
    log_loss: np.ndarray | None = None

    @property
    def runs(self) -> int:
        """Runs of every comparison."""
        return self.scores.shape[1]

    @property
    def sound(self) -> np.ndarray:
        """Scores of the runs that have not failed, NaN elsewhere."""
        return np.where(self.failed, np.nan, self.scores)

    @property
    def counted(self) -> np.ndarray:
        """Scores of all runs; 0 where a failed run has none."""
        return np.where(self.failed & ~np.isfinite(self.scores), 0.0, self.scores)

    def first(self, runs: int) -> "Arm":
        """Return the first runs of every comparison."""
        losses = None if self.log_loss is None else self.log_loss[:, :runs]
        return Arm(self.scores[:, :runs], self.failed[:, :runs], losses)

    def where(self, chosen: np.ndarray) -> "Arm":
        """Return the chosen comparisons."""
        losses = None if self.log_loss is None else self.log_loss[chosen]
        return Arm(self.scores[chosen], self.failed[chosen], losses)


@undefined_is_nan
def moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return number, mean and variance (divisor: number less one) of the values of each row that are not NaN."""
    kept = ~np.isnan(values)
    count = kept.sum(1)
    mean = np.where(kept, values, 0).sum(1) / count
    around = np.where(kept, values - mean[:, None], 0)
    return count, mean, (around**2).sum(1) / (count - 1)
