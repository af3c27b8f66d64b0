"""Whether a control variate on shared seeds sharpens a comparison, and can be trusted to keep its level."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_LEAST_PAIRS = 10
_LEAST_CORRELATION = 0.5
_MOST_SKEWNESS = 0.8


def correlation(candidate: Mapping[str, float], baseline: Mapping[str, float]) -> float | None:
    """Return Pearson's correlation of two sides on their common seeds, None where it is not defined.

    Args:
        candidate: {seed: score}, finite.
        baseline: As `candidate`.

    Example:
        >>> correlation({"s1": 1.0, "s2": 2.0}, {"s1": 5.0, "s2": 7.0})
        1.0
    """
    import numpy as np

    seeds = [seed for seed in candidate if seed in baseline]
    if len(seeds) < 2:
        return None
    ours, theirs = (_scaled(np.array([side[seed] for seed in seeds])) for side in (candidate, baseline))
    if ours is None or theirs is None:
        return None
    return min(1.0, max(-1.0, float(ours @ theirs) / math.sqrt(float(ours @ ours) * float(theirs @ theirs))))


def anchor_helps(candidate: Mapping[str, float], baseline: Mapping[str, float]) -> bool:
    """Return whether the anchored estimate is to replace that of two samples.

    At least 10 common seeds, a correlation above 1/2 on them, and a baseline whose sample skewness lies within 0.8
    of 0: with skewed scores that correlate strongly, the anchored test at few runs errs more often than it promises.

    Args:
        candidate: {seed: score} of the runs that have not failed.
        baseline: As `candidate`, all of its runs.

    Example:
        >>> side = {f"s{seed}": float(seed) for seed in range(10)}
        >>> anchor_helps(side, side), anchor_helps(side, {**side, "s10": 100.0})
        (True, False)
    """
    import numpy as np

    if len(candidate.keys() & baseline.keys()) < _LEAST_PAIRS:
        return False
    together = correlation(candidate, baseline)
    around = _scaled(np.array(list(baseline.values())))
    if together is None or around is None or together <= _LEAST_CORRELATION:
        return False
    skewness = float((around**3).mean()) / float((around**2).mean()) ** 1.5
    return bool(abs(skewness) <= _MOST_SKEWNESS)


def _scaled(values: "np.ndarray") -> "np.ndarray | None":
    """Return the deviations from the mean over the largest, None where nothing varies."""
    import numpy as np

    around = values - values.mean()
    largest = float(np.abs(around).max())
    return around / largest if largest else None
