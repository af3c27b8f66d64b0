"""All cells of a session together: the mean of their differences in margins, and all of their failed runs."""

from dataclasses import dataclass

import numpy as np

from tests.calibration.arms import Arm
from tests.calibration.failures import stratified_p, upper_rate
from tests.calibration.location import Estimate, satterthwaite
from tests.calibration.ranks import pooled_rank_sum_p
from tests.calibration.rule import FAIL, INCONCLUSIVE, LEAST_RUNS, PASS, Rule, locate

MARGIN, ROOM = 0.5, 0.25


@dataclass(frozen=True)
class Cell:
    """One cell in every session.

    Attributes:
        candidate: At least the last look's runs.
        baseline: All its runs.
        margin: In points.
    """

    candidate: Arm
    baseline: Arm
    margin: float


def judge_pooled(cells: list[Cell], rule: Rule, *, shared: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return of each session the status and the part of the first look that decides, or of the last."""
    sessions = len(cells[0].candidate.failed)
    status, part = np.full(sessions, INCONCLUSIVE), np.full(sessions, "location", dtype=object)
    for runs in rule.looks:
        open_ = status == INCONCLUSIVE
        now, why = _look(cells, runs, rule, shared=shared)
        status[open_], part[open_] = now[open_], why[open_]
    return status, part


def _look(cells: list[Cell], runs: int, rule: Rule, *, shared: bool) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(cell.candidate.first(runs), cell.baseline) for cell in cells]
    sound = [(ours.sound, theirs.sound) for ours, theirs in pairs]
    left = np.stack([[(~np.isnan(side)).sum(1) for side in sides] for sides in sound])
    enough, smallest = (left >= LEAST_RUNS).all((0, 1)), left[:, 1].min(0)
    mean = _mean([locate(*sides, rule, shared=shared)[0] for sides in sound], [cell.margin for cell in cells])
    shown = enough & (mean.lower(rule.level(rule.alpha, smallest)) > -MARGIN)

    ours, theirs = (np.stack([side.failed.sum(1) for side in sides], axis=1) for sides in zip(*pairs, strict=True))
    upper = upper_rate(ours.sum(1), runs * len(cells))
    ceiling = theirs.sum(1) / sum(baseline.runs for _, baseline in pairs) + ROOM
    capped = shown & (upper > ceiling) & (len(cells) >= 3)

    level = rule.level(rule.location_alarm / rule.cells, smallest)
    worse = enough & ~shown & (mean.p_inferior() <= level)
    if worse.any():
        worse[worse] = pooled_rank_sum_p([(y[worse], x[worse]) for y, x in sound]) <= level[worse]
    failing = stratified_p(ours, theirs, runs, pairs[0][1].runs) <= rule.level(rule.failure_alarm, smallest)

    status = np.select([failing | worse, shown & ~capped], [FAIL, PASS], INCONCLUSIVE)
    part = np.select([failing, worse, capped], ["failed runs", "location", "failure rate"], "location")
    return status, part


def _mean(estimates: list[Estimate], margins: list[float]) -> Estimate:
    """Return the plain mean of the cells' differences in their margins; cells are independent."""
    scale = np.array(margins)[:, None] * len(margins)
    differences = np.stack([estimate.difference for estimate in estimates]) / scale
    errors = np.stack([estimate.error for estimate in estimates]) / scale
    variance, degrees = satterthwaite(
        [(error**2, estimate.degrees) for error, estimate in zip(errors, estimates, strict=True)]
    )
    return Estimate(differences.sum(0), np.sqrt(variance), degrees)
