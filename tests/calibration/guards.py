"""What withholds a PASS though the mean is shown to be good enough, and the second endpoint's alarm."""

from collections.abc import Callable

import numpy as np

from tests.calibration.arms import moments, undefined_is_nan, without_few_above
from tests.calibration.failures import upper_rate
from tests.calibration.location import moderated
from tests.calibration.ranks import rank_sum_p
from tests.calibration.sides import LEAST_RUNS, Sides

WIDE, HALF = 3.0, 0.5


def withholders(margin: float | None, rule, room: float) -> dict[str, Callable[[Sides], np.ndarray]]:
    """Return, in the order in which one decides, by name what tells where a PASS is withheld.

    Args:
        margin: In points.
        rule: A `Rule`.
        room: By how much more runs of the cell may seem to be lost.
    """
    return {
        "failure rate": lambda sides: failure_rate(sides, room),
        "all runs": lambda sides: all_runs(sides, margin, rule),
        "held-out log-loss": lambda sides: _higher(sides, rule, rule.endpoint_alpha),
    }


def failure_rate(sides: Sides, room: float) -> np.ndarray:
    """Return where the upper bound of the rate of lost runs lies above the baseline's rate and the room."""
    lost, baseline_lost = sides.lost
    return upper_rate(lost, sides.ours.width) > baseline_lost / sides.theirs.width + room


@undefined_is_nan
def all_runs(sides: Sides, margin: float | None, rule) -> np.ndarray:
    """Return where the mean of all runs is not shown to be within the wide margin; without a margin nowhere."""
    if margin is None:
        return np.zeros(len(sides.line), dtype=bool)
    _, sound, _ = moments(sides.sound[1])
    arms = (sides.ours, sides.theirs)
    lost = np.concatenate([np.where(arm.lost(sides.line), arm.every, np.nan) for arm in arms], axis=1)
    failures, chance, _ = moments(lost)
    wide = np.fmax(WIDE * margin, HALF * (sound - chance))
    lower = moderated(sides.ours.every, sides.theirs.every, rule.ratio).lower(
        rule.level(rule.alpha, sides.baseline_sound)
    )
    return (failures > 0) & ~(lower > -wide)


def endpoint(sides: Sides, rule) -> np.ndarray:
    """Return where the log-losses are higher at the alarm's level and their mean has moved far."""
    if "held-out log-loss" not in rule.guards:
        return np.zeros(len(sides.line), dtype=bool)
    higher = _higher(sides, rule, rule.endpoint_alarm / rule.cells, least=rule.endpoint_far)
    # no level of the policy is above that of withholding
    return higher & _higher(sides, rule, rule.endpoint_alpha) if higher.any() else higher


def _higher(sides: Sides, rule, alpha: float, least: float | None = None) -> np.ndarray:
    """Return where the sound runs' log-losses are higher, those not finite the highest of all."""
    found = np.zeros(len(sides.line), dtype=bool)
    if sides.ours.log_loss is None or sides.theirs.log_loss is None:
        return found
    y, x = (
        np.where(np.isnan(sound), np.nan, np.where(np.isfinite(arm.log_loss), arm.log_loss, np.inf))
        for sound, arm in zip(sides.not_lost, (sides.ours, sides.theirs), strict=True)
    )
    # higher is worse here: the baseline's are the ones that would lie lower
    asked = sides.enough if least is None else sides.enough & (_moved(y, x) > least)
    if asked.any():
        found[asked] = rank_sum_p(x[asked], y[asked]) <= rule.level(alpha, sides.baseline_sound)[asked]
    return found


@undefined_is_nan
def _moved(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return how many of the baseline's standard deviations lie between the means; infinity where they can't say."""
    finite = without_few_above(np.where(np.isfinite(x), x, np.nan), 0.0)
    count, mean, variance = moments(finite)
    endless = (count < LEAST_RUNS - 1) | ~(variance > 0) | np.isinf(y).any(1)
    _, ours, _ = moments(np.where(np.isfinite(y), y, np.nan))
    return np.where(endless, np.inf, (ours - mean) / np.sqrt(variance))
