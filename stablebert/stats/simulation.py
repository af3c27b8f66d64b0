"""Sessions of the gate on normal scores, simulated by its own looks: how often they pass, and after how many seeds."""

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from stablebert.stats.failed_runs import failure_p_value, upper_failure_rate
from stablebert.stats.means import MOST_RATIO

if TYPE_CHECKING:
    import numpy as np

_LEAST = 3


@dataclass(frozen=True)
class Levels:
    """The one-sided levels of a gate at each look, and what it holds against them.

    Attributes:
        passing: Of non-inferiority.
        location: Of inferiority.
        surely: How many margins must be lost beyond doubt to be called worse.
        failures: Of more failed runs.
        room: How far the upper bound of the failure rate may lie above the baseline's for a PASS.
    """

    passing: float
    location: float
    surely: float
    failures: float
    room: float


@dataclass(frozen=True)
class Sessions:
    """What simulated sessions ended in.

    Attributes:
        passed: Share that had passed by each look, by its seeds.
        failed: Share that was called worse in the end.
        mean_seeds: Mean seeds of a session; one that never decides has spent all.
    """

    passed: dict[int, float]
    failed: float
    mean_seeds: float


def simulate_sessions(
    sd: float,
    baseline_runs: int,
    margin: float,
    looks: tuple[int, ...],
    levels: Levels,
    *,
    baseline_failed: int = 0,
    difference: float = 0.0,
    sessions: int = 4000,
    seed: int = 0,
) -> Sessions:
    """Return how sessions of the gate end whose scores are normal and whose runs fail as often as the baseline's.

    Each session has a baseline and a candidate of its own, since the true mean of the stored baseline is not known. The
    location is the moderated test of the mean, without the rank sum that stands beside an alarm.

    Args:
        sd: Standard deviation on both sides, > 0.
        baseline_runs: Runs of the baseline, failed ones included; at least 3 must be left.
        margin: In the unit of the scores, > 0.
        looks: Seeds at each look, ascending.
        levels: Of the gate.
        baseline_failed: Failed baseline runs.
        difference: True mean of the candidate minus the baseline's.
        sessions: How many.
        seed: Of the generator.

    Raises:
        ValueError: fewer than 3 baseline runs have not failed, or the standard deviation is not above 0.

    Example:
        >>> levels = Levels(passing=0.0193, location=0.0015, surely=0.5, failures=0.001, room=0.4)
        >>> simulate_sessions(1.0, 20, 5.0, (6, 9, 12, 20), levels).passed[6]
        1.0
    """
    import numpy as np
    from scipy.special import stdtr, stdtrit

    left = baseline_runs - baseline_failed
    if left < _LEAST or not sd > 0:
        raise ValueError(f"{left} baseline runs that have not failed, sd {sd}; at least {_LEAST} and sd > 0 are needed")
    draw = np.random.default_rng(seed)
    their_mean = draw.normal(0.0, sd / math.sqrt(left), sessions)
    their_variance = sd**2 * draw.chisquare(left - 1, sessions) / (left - 1)
    scores = draw.normal(difference, sd, (sessions, looks[-1]))
    scores[draw.random(scores.shape) < baseline_failed / baseline_runs] = np.nan
    ended = np.zeros(sessions, dtype=int)
    passed, failed = np.zeros((2, sessions), dtype=bool)
    passed_by: dict[int, float] = {}
    for look in looks:
        count, mean, own_variance = _summary(scores[:, :look])
        error, degrees = _moderated(own_variance, np.maximum(count, 2), their_variance, left)
        gap = mean - their_mean
        known = count >= _LEAST
        shown = known & (gap - error * stdtrit(degrees, 1 - levels.passing) > -margin)
        lower = stdtr(degrees, (gap + levels.surely * margin) / error) <= levels.location
        worse = known & ~shown & (gap <= -margin) & lower
        often, rare = np.array(_failure_table(look, baseline_failed, baseline_runs, levels))[:, look - count]
        still_open = ended == 0
        passed |= still_open & shown & rare & ~often
        failed |= still_open & (worse | often)
        ended[still_open & (passed | failed)] = look
        passed_by[look] = float(passed.mean())
    return Sessions(passed_by, float(failed.mean()), float(np.where(ended, ended, looks[-1]).mean()))


def _summary(scores: "np.ndarray") -> "tuple[np.ndarray, np.ndarray, np.ndarray]":
    """Return, by session, the runs that have not failed, their mean and their variance (of two runs at the least)."""
    import numpy as np

    kept = ~np.isnan(scores)
    # too few runs leave location open; the divisor only keeps them out of the arithmetic
    count = np.maximum(kept.sum(axis=1), 2)
    mean = np.where(kept, scores, 0.0).sum(axis=1) / count
    squares = (np.where(kept, scores - mean[:, None], 0.0) ** 2).sum(axis=1)
    return kept.sum(axis=1), mean, squares / (count - 1)


def _moderated(
    own: "np.ndarray", count: "np.ndarray", theirs: "np.ndarray", runs: int
) -> "tuple[np.ndarray, np.ndarray]":
    """Return standard errors and degrees of freedom as the gate's moderated test has them."""
    import numpy as np

    first, second = own / count, theirs / runs
    welch = (first + second) ** 2 / (first**2 / (count - 1) + second**2 / (runs - 1))
    degrees = count + runs - 2.0
    pooled = ((count - 1) * own + (runs - 1) * theirs) / degrees
    even = own <= MOST_RATIO * theirs
    variance = np.where(even, pooled * (1 / count + 1 / runs), first + second)
    return np.sqrt(variance), np.where(even, degrees, welch)


@cache
def _failure_table(
    look: int, baseline_failed: int, baseline_runs: int, levels: Levels
) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """Return, by the number of failed runs among a look's, whether that is a FAIL and whether it leaves a PASS open."""
    ceiling = baseline_failed / baseline_runs + levels.room
    numbers = range(look + 1)
    return (
        tuple(failure_p_value(k, look, baseline_failed, baseline_runs) <= levels.failures for k in numbers),
        tuple(upper_failure_rate(k, look) <= ceiling for k in numbers),
    )
