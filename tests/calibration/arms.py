"""The runs of one side of many comparisons at once, and which of them are lost."""

from dataclasses import dataclass

import numpy as np

# what too few runs leave undefined is NaN, and no comparison with it holds
undefined_is_nan = np.errstate(divide="ignore", invalid="ignore")

FAR, LEAST_DISTANCE, NORMAL = 8.0, 1.0, 1.4826
LEAST_TO_DRAW = 3
# one value in so many may lie far above the others and be left out
MOST_ABOVE = 10


@dataclass(frozen=True)
class Arm:
    """Runs of one side, shape (replicates, runs) each, in seed order.

    Attributes:
        scores: Test scores in points; those of failed runs may be NaN.
        failed: Whether a run has failed.
        log_loss: Held-out log-losses; None: there are none.
        made: Whether a run was made at all; None: each was.
    """

    scores: np.ndarray
    failed: np.ndarray
    log_loss: np.ndarray | None = None
    made: np.ndarray | None = None

    @property
    def width(self) -> int:
        """Runs of a comparison of which each was made."""
        return self.scores.shape[1]

    @property
    def runs(self) -> np.ndarray:
        """Runs made of each comparison, shape (replicates,)."""
        return np.full(len(self.scores), self.width) if self.made is None else self.made.sum(1)

    @property
    def finished(self) -> np.ndarray:
        """Scores of the runs that have not failed, NaN elsewhere."""
        return np.where(self._with(self.failed, absent=True), np.nan, self.scores)

    def lost(self, line: np.ndarray) -> np.ndarray:
        """Return which runs have failed, or lie below the line."""
        with np.errstate(invalid="ignore"):
            return self._with(self.failed | (self.scores < line[:, None]), absent=False)

    def sound(self, line: np.ndarray) -> np.ndarray:
        """Return the scores of the runs that are not lost, NaN elsewhere."""
        return np.where(self._with(self.lost(line), absent=True), np.nan, self.scores)

    def collapsed(self, line: np.ndarray) -> np.ndarray:
        """Return how many runs are lost and have not failed."""
        return (self.lost(line) & ~self.failed).sum(1)

    def at_least(self, line: np.ndarray) -> np.ndarray:
        """Return the scores of the runs that have not failed, one below the line at the line, NaN elsewhere."""
        return np.fmax(self.finished, np.where(np.isnan(self.finished), np.nan, line[:, None]))

    @property
    def every(self) -> np.ndarray:
        """Scores of all runs, 0 where a failed one has none; NaN where none was made."""
        scores = np.where(self.failed & ~np.isfinite(self.scores), 0.0, self.scores)
        return scores if self.made is None else np.where(self.made, scores, np.nan)

    def first(self, runs: "int | np.ndarray") -> "Arm":
        """Return the first runs of every comparison; of an array, as many as it says of each."""
        if not isinstance(runs, np.ndarray):
            made = None if self.made is None else self.made[:, :runs]
            return Arm(self.scores[:, :runs], self.failed[:, :runs], _part(self.log_loss, np.s_[:, :runs]), made)
        short = self.first(int(runs.max()))
        made = np.arange(short.width) < runs[:, None]
        return Arm(short.scores, short.failed, short.log_loss, made if short.made is None else made & short.made)

    def where(self, chosen: np.ndarray) -> "Arm":
        """Return the chosen comparisons."""
        return Arm(self.scores[chosen], self.failed[chosen], _part(self.log_loss, chosen), _part(self.made, chosen))

    def _with(self, mask: np.ndarray, *, absent: bool) -> np.ndarray:
        if self.made is None:
            return mask
        return mask | ~self.made if absent else mask & self.made


def collapse_line(baseline: Arm) -> np.ndarray:
    """Return the score of each comparison below which a run of either side has collapsed."""
    scores = baseline.finished
    middle, distance = _far(scores, LEAST_DISTANCE)
    return np.where((~np.isnan(scores)).sum(1) < LEAST_TO_DRAW, -np.inf, middle - distance)


@undefined_is_nan
def without_few_above(values: np.ndarray, least: float) -> np.ndarray:
    """Return the values of each row with those far above the median NaN, where they are at most a tenth of it."""
    middle, distance = _far(values, least)
    above, count = values > (middle + distance)[:, None], (~np.isnan(values)).sum(1)
    few = (count >= LEAST_TO_DRAW) & (distance > 0) & (MOST_ABOVE * above.sum(1) <= count)
    return np.where(above & few[:, None], np.nan, values)


@undefined_is_nan
def _far(values: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the median of each row, and how far from it a value is far."""
    middle = nan_median(values)
    return middle, np.maximum(FAR * NORMAL * nan_median(np.abs(values - middle[:, None])), least)


@undefined_is_nan
def nan_median(values: np.ndarray) -> np.ndarray:
    """Return the median of the values of each row that are not NaN; NaN of none."""
    ordered = np.sort(values, axis=1)  # NaN comes last
    count = (~np.isnan(values)).sum(1)
    rows = np.arange(len(values))
    low, high = ordered[rows, np.maximum(count - 1, 0) // 2], ordered[rows, np.minimum(count // 2, values.shape[1] - 1)]
    return np.where(count > 0, (low + high) / 2, np.nan)


@undefined_is_nan
def moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return number, mean and variance (divisor: number less one) of the values of each row that are not NaN."""
    kept = ~np.isnan(values)
    count = kept.sum(1)
    mean = np.where(kept, values, 0).sum(1) / count
    around = np.where(kept, values - mean[:, None], 0)
    return count, mean, (around**2).sum(1) / (count - 1)


def _part(values: np.ndarray | None, chosen: object) -> np.ndarray | None:
    return None if values is None else values[chosen]
