"""The rule on many comparisons at once: the equations of the gate in numpy, sharing no code with `stablebert.gate`.

Every comparison of a call has n candidate runs at a look and m baseline runs; a row is one comparison.
"""

from dataclasses import dataclass, fields

import numpy as np

from tests.calibration import levels
from tests.calibration.arms import Arm, moments
from tests.calibration.failures import boschloo, upper_rate
from tests.calibration.location import Estimate, anchored, moderated, paired, skewness
from tests.calibration.ranks import rank_sum_p

INCONCLUSIVE, PASS, FAIL = 0, 1, 2
LEAST_RUNS = 3


@dataclass(frozen=True)
class Rule:
    """What a policy says, and the numbers that the rule fixes.

    Attributes:
        looks: Candidate runs at each look.
        cells: Cells of the grid that share the alarms.
        pairing: `auto`, or `moderated`, `welch`, `paired`, `anchored` wherever possible.
        alpha: Error of a PASS at the margin.
        location_alarm: Error of a FAIL by location, a session.
        failure_alarm: Of a FAIL by failed runs: of all cells' own tests, and once more of the pooled one.
        spread_alarm: Of a FAIL by spread, a session.
        log_loss: Error of withholding a PASS for the log-loss.
        guards: What can withhold a PASS: `failure rate`, `all runs`, `log-loss`.
        ratio: Of the variances, above which they are not pooled.
        pairs: Least shared seeds for the anchored estimate.
        correlation: Above which it is used.
        skewness: Of the baseline, up to which it is used.
    """

    looks: tuple[int, ...] = (5, 10, 15, 20)
    cells: int = 1
    pairing: str = "auto"
    alpha: float = 0.05
    location_alarm: float = 0.005
    failure_alarm: float = 0.0015
    spread_alarm: float = 0.002
    log_loss: float = 0.01
    guards: tuple[str, ...] = ("failure rate", "all runs", "log-loss")
    ratio: float = 1.25
    pairs: int = 10
    correlation: float = 0.5
    skewness: float = 0.8

    def level(self, alpha: float, baseline_runs: np.ndarray) -> np.ndarray:
        """Return the level of a look for each number of baseline runs."""
        numbers, where = np.unique(np.maximum(baseline_runs, 1), return_inverse=True)
        return np.array([levels.level(alpha, self.looks, int(number)) for number in numbers])[where]


@dataclass(frozen=True)
class Found:
    """What the rule says of each comparison, shape (replicates,) each.

    Attributes:
        status: INCONCLUSIVE, PASS or FAIL.
        part: The part that decided, or the first that didn't allow a PASS.
        runs: Candidate runs used.
        difference: Estimate of candidate minus baseline, NaN where undecided.
        error: Its standard error.
        degrees: Its degrees of freedom.
        lower: Its lower bound at the level of the look.
    """

    status: np.ndarray
    part: np.ndarray
    runs: np.ndarray
    difference: np.ndarray
    error: np.ndarray
    degrees: np.ndarray
    lower: np.ndarray

    def with_values(self, other: "Found", chosen: np.ndarray) -> "Found":
        """Return these with the other's in the place of the chosen ones."""
        columns = {field.name: getattr(self, field.name).copy() for field in fields(self)}
        for name, column in columns.items():
            column[chosen] = getattr(other, name)
        return Found(**columns)


def judge(candidate: Arm, baseline: Arm, margin: float, rule: Rule, *, shared: bool = False) -> Found:
    """Return the first look that decides, or the last.

    Args:
        candidate: At least the last look's runs.
        baseline: All its runs.
        margin: In points.
        rule: The rule.
        shared: Whether the columns of both sides are the same seeds with the same random streams.
    """
    found = look_at(candidate.first(rule.looks[0]), baseline, margin, rule, shared=shared)
    for runs in rule.looks[1:]:
        open_ = found.status == INCONCLUSIVE
        if open_.any():
            ours, theirs = candidate.first(runs).where(open_), baseline.where(open_)
            found = found.with_values(look_at(ours, theirs, margin, rule, shared=shared), open_)
    return found


def look_at(ours: Arm, theirs: Arm, margin: float, rule: Rule, *, shared: bool = False) -> Found:
    """Return what exactly these runs say."""
    y, x = ours.sound, theirs.sound
    n, m = (~np.isnan(y)).sum(1), (~np.isnan(x)).sum(1)
    enough = (n >= LEAST_RUNS) & (m >= LEAST_RUNS)
    estimate, only_pairs = locate(y, x, rule, shared=shared)
    # all looks share the baseline's mean; differences of pairs share nothing
    alone = levels.level(rule.alpha, rule.looks)
    lower = estimate.lower(np.where(only_pairs, alone, rule.level(rule.alpha, m)))
    shown = enough & (lower > -margin)

    status, part = np.full(len(y), INCONCLUSIVE), np.full(len(y), "location", dtype=object)
    status[shown], part[shown] = PASS, ""
    for guard, withholds in (("log-loss", _log_loss), ("all runs", _all_runs), ("failure rate", _failure_rate)):
        if guard in rule.guards:
            withheld = _only(withholds, status == PASS, ours, theirs, margin, rule)
            part[withheld] = guard
    status[shown & (part != "")] = INCONCLUSIVE
    for name, alarmed in (
        ("spread", _spread(y, x, enough, rule)),
        ("location", _worse(y, x, estimate, enough & ~shown, rule)),
        ("failed runs", _fails_more(ours, theirs, rule)),
    ):
        status[alarmed], part[alarmed] = FAIL, name
    values = (np.where(enough, value, np.nan) for value in (estimate.difference, estimate.error, estimate.degrees))
    return Found(status, part, np.full(len(y), ours.runs), *values, np.where(enough, lower, np.nan))


def locate(y: np.ndarray, x: np.ndarray, rule: Rule, *, shared: bool) -> tuple[Estimate, np.ndarray]:
    """Return the estimate that the rule's pairing asks for, and where it is that of the pairs alone."""
    two_samples = moderated(y, x, 0.0 if rule.pairing == "welch" else rule.ratio)
    never = np.zeros(len(y), dtype=bool)
    if not shared or rule.pairing in ("moderated", "welch"):
        return two_samples, never
    estimate, pairs, correlation = anchored(y, x)
    if rule.pairing == "paired":
        return two_samples.or_where(paired(y, x), pairs >= LEAST_RUNS), pairs >= LEAST_RUNS
    if rule.pairing == "anchored":
        return two_samples.or_where(estimate, pairs > LEAST_RUNS), never
    trusted = (pairs >= rule.pairs) & (correlation > rule.correlation) & (np.abs(skewness(x)) <= rule.skewness)
    return two_samples.or_where(estimate, trusted), never


def _only(test, chosen: np.ndarray, ours: Arm, theirs: Arm, margin: float, rule: Rule) -> np.ndarray:
    """Return where a test of the chosen comparisons withholds."""
    withheld = np.zeros(len(chosen), dtype=bool)
    if chosen.any():
        withheld[chosen] = test(ours.where(chosen), theirs.where(chosen), margin, rule)
    return withheld


def _failure_rate(ours: Arm, theirs: Arm, margin: float, rule: Rule) -> np.ndarray:
    return upper_rate(ours.failed.sum(1), ours.runs) > theirs.failed.mean(1) + 0.5


def _all_runs(ours: Arm, theirs: Arm, margin: float, rule: Rule) -> np.ndarray:
    """Return where the mean of all runs is not shown to be within the wide margin."""
    _, sound, _ = moments(theirs.sound)
    lost = np.concatenate([np.where(arm.failed, arm.counted, np.nan) for arm in (ours, theirs)], axis=1)
    failures, chance, _ = moments(lost)
    wide = np.fmax(3 * margin, 0.5 * (sound - chance))
    lower = moderated(ours.counted, theirs.counted, rule.ratio).lower(_pass_level(theirs, rule))
    return (failures > 0) & ~(lower > -wide)


def _log_loss(ours: Arm, theirs: Arm, margin: float, rule: Rule) -> np.ndarray:
    """Return where the log-losses of the runs that have not failed are higher."""
    if ours.log_loss is None or theirs.log_loss is None:
        return np.zeros(len(ours.failed), dtype=bool)
    y, x = (np.where(arm.failed, np.nan, arm.log_loss) for arm in (ours, theirs))
    # higher is worse here: the baseline's are the ones that would lie lower
    return rank_sum_p(x, y) <= rule.level(rule.log_loss, (~np.isnan(x)).sum(1))


def _pass_level(theirs: Arm, rule: Rule) -> np.ndarray:
    return rule.level(rule.alpha, (~theirs.failed).sum(1))


def _worse(y: np.ndarray, x: np.ndarray, estimate: Estimate, open_: np.ndarray, rule: Rule) -> np.ndarray:
    """Return where both the t and the rank sum say that the candidate is worse."""
    level = rule.level(rule.location_alarm / rule.cells, (~np.isnan(x)).sum(1))
    alarmed = open_ & (estimate.p_inferior() <= level)
    if alarmed.any():
        alarmed[alarmed] = rank_sum_p(y[alarmed], x[alarmed]) <= level[alarmed]
    return alarmed


def _spread(y: np.ndarray, x: np.ndarray, enough: np.ndarray, rule: Rule) -> np.ndarray:
    """Return where both the t and the rank sum of the distances from the medians say that the candidate scatters more."""
    level = rule.level(rule.spread_alarm / rule.cells, (~np.isnan(x)).sum(1))
    alarmed = np.zeros(len(y), dtype=bool)
    alarmed[enough] = spread_p(y[enough], x[enough]) <= level[enough]
    if alarmed.any():
        alarmed[alarmed] = rank_sum_p(_distances(x[alarmed]), _distances(y[alarmed])) <= level[alarmed]
    return alarmed


def spread_p(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return Brown and Forsythe's one-sided p-values that the first samples scatter no more."""
    return moderated(_distances(x), _distances(y), np.inf).p_inferior()


def _distances(values: np.ndarray) -> np.ndarray:
    return np.abs(values - np.nanmedian(values, axis=1, keepdims=True))


def _fails_more(ours: Arm, theirs: Arm, rule: Rule) -> np.ndarray:
    p_values = boschloo(ours.runs, theirs.runs)[ours.failed.sum(1), theirs.failed.sum(1)]
    return p_values <= rule.level(rule.failure_alarm / rule.cells, (~theirs.failed).sum(1))
