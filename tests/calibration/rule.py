"""The rule on many comparisons at once: the equations of the gate in numpy, sharing no code with `stablebert.gate`.

Every comparison of a call has n candidate runs at a look and m baseline runs; a row is one comparison.
"""

from dataclasses import dataclass, fields

import numpy as np

from tests.calibration import levels
from tests.calibration.arms import Arm, collapse_line
from tests.calibration.failures import boschloo
from tests.calibration.guards import endpoint, withholders
from tests.calibration.location import RATIO, Estimate, anchored, moderated, paired, skewness
from tests.calibration.ranks import rank_sum_p
from tests.calibration.sides import LEAST_RUNS, Sides
from tests.calibration.spread import scatters_more

INCONCLUSIVE, PASS, FAIL = 0, 1, 2
LOOKS = (6, 9, 12, 20)


@dataclass(frozen=True)
class Rule:
    """What a policy says, and the numbers that the rule fixes.

    Attributes:
        looks: Candidate runs at each look.
        anytime: Whether every run from the first look to the last is followed by one.
        cells: Cells of the grid that share the alarms.
        pairing: `auto`, or `moderated`, `welch`, `paired`, `anchored` wherever possible.
        alpha: Error of a PASS at the margin.
        location_alarm: Error of a FAIL by location, a session: shared by the cells and, of several, their mean.
        failure_alarm: Of a FAIL by lost runs: half of it the cells', half the pooled test's.
        spread_alarm: Of a FAIL by spread, likewise.
        endpoint_alpha: Error of withholding a PASS for the log-loss.
        endpoint_alarm: Of a FAIL by it: the cells'.
        endpoint_far: Standard deviations by which it must have moved for a FAIL.
        shown_alpha: Error of calling a loss shown.
        shown: What a PASS is whose loss is shown: `pass` or `fail`.
        room: By how much one cell of several may seem to lose more runs.
        session_room: By how much a session may.
        guards: What can withhold a PASS: `failure rate`, `all runs`, `held-out log-loss`.
        ratio: Of the variances, above which they are not pooled.
        corrected: Whether a PASS is corrected for left skew.
        beyond: How many margins an estimate must lie below 0 for a FAIL by location.
        alarm_margin: How many margins must be lost beyond doubt for it.
        pairs: Least shared seeds for the anchored estimate.
        correlation: Above which it is used.
        skewness: Of the baseline, up to which it is used.
        grows: Whether each baseline is made beside its candidate, as pairs are, and has its number of runs.
    """

    looks: tuple[int, ...] = LOOKS
    anytime: bool = False
    cells: int = 1
    pairing: str = "auto"
    alpha: float = 0.05
    location_alarm: float = 0.005
    failure_alarm: float = 0.007
    spread_alarm: float = 0.002
    endpoint_alpha: float = 0.01
    endpoint_alarm: float = 0.001
    endpoint_far: float = 3.0
    shown_alpha: float = 0.01
    shown: str = "pass"
    room: float = 0.4
    session_room: float = 0.25
    guards: tuple[str, ...] = ("failure rate", "all runs", "held-out log-loss")
    ratio: float = RATIO
    corrected: bool = True
    beyond: float = 1.0
    alarm_margin: float = 0.5
    pairs: int = 10
    correlation: float = 0.5
    skewness: float = 0.8
    grows: bool = False

    @property
    def moments(self) -> tuple[int, ...]:
        """Candidate runs at which one looks."""
        return tuple(range(self.looks[0], self.looks[-1] + 1)) if self.anytime else self.looks

    @property
    def location_share(self) -> float:
        """What each cell, and the mean of several, may spend on an alarm by location."""
        return self.location_alarm / (self.cells + 1 if self.cells > 1 else 1)

    def level(self, alpha: float, baseline_runs: np.ndarray) -> np.ndarray:
        """Return the level of a look for each number of baseline runs."""
        if self.grows:
            return np.full(len(baseline_runs), levels.level(alpha, self.moments))
        numbers, where = np.unique(baseline_runs, return_inverse=True)
        # no run at all is a baseline that is not shared
        found = [levels.level(alpha, self.moments, int(number) or None) for number in numbers]
        return np.array(found)[where]


@dataclass(frozen=True)
class Found:
    """What the rule says of each comparison, shape (replicates,) each.

    Attributes:
        status: INCONCLUSIVE, PASS or FAIL.
        part: The part that decided, or the first that didn't allow a PASS.
        runs: Candidate runs used.
        lower: Lower bound of candidate minus baseline at the level of the look, NaN where undecided.
        shown: p-value of a lower mean where one is shown, else NaN.
    """

    status: np.ndarray
    part: np.ndarray
    runs: np.ndarray
    lower: np.ndarray
    shown: np.ndarray

    def with_values(self, other: "Found", chosen: np.ndarray) -> "Found":
        """Return these with the other's in the place of the chosen ones."""
        columns = {field.name: getattr(self, field.name).copy() for field in fields(self)}
        for name, column in columns.items():
            column[chosen] = getattr(other, name)
        return Found(**columns)


def judge(
    candidate: Arm, baseline: Arm, margin: float | None, rule: Rule, *, shared: bool = False, alone: bool = True
) -> Found:
    """Return the first look that decides, or the last.

    Args:
        candidate: At least the last look's runs.
        baseline: All its runs; where the rule's baselines grow, as many as the candidate has.
        margin: In points, or None.
        rule: The rule.
        shared: Whether the columns of both sides are the same seeds with the same random streams.
        alone: Whether the cell is the whole session.
    """
    found: Found | None = None
    for runs in rule.moments:
        open_ = np.ones(len(candidate.scores), dtype=bool) if found is None else found.status == INCONCLUSIVE
        if not open_.any():
            break
        ours, theirs = candidate.first(runs).where(open_), baseline.where(open_)
        now = look_at(ours, theirs.first(runs) if rule.grows else theirs, margin, rule, shared=shared, alone=alone)
        found = now if found is None else found.with_values(now, open_)
    assert found is not None
    return found


def look_at(
    ours: Arm, theirs: Arm, margin: float | None, rule: Rule, *, shared: bool = False, alone: bool = True
) -> Found:
    """Return what exactly these runs say."""
    sides = Sides(ours, theirs, collapse_line(theirs))
    enough, (y, x) = sides.enough, sides.sound
    counted, only_pairs = locate(sides, sides.counted, rule, shared=shared)
    sound = locate(sides, y, rule, shared=shared)[0]
    # all looks share the baseline's mean; differences of pairs share nothing
    level = np.where(only_pairs, levels.level(rule.alpha, rule.moments), rule.level(rule.alpha, sides.baseline_sound))
    lower = counted.lower(level)
    noninferior = enough & (lower > -margin) if margin is not None else np.zeros(len(y), dtype=bool)

    status, part = np.full(len(y), INCONCLUSIVE), np.full(len(y), "location", dtype=object)
    status[noninferior], part[noninferior] = PASS, ""
    room = rule.session_room if alone else rule.room
    for guard, withholds in reversed(withholders(margin, rule, room).items()):
        if guard in rule.guards:
            withheld = _only(withholds, noninferior, sides)
            part[withheld] = guard
    status[noninferior & (part != "")] = INCONCLUSIVE

    said, alarm = (rule.level(alpha, sides.baseline_sound) for alpha in (rule.shown_alpha, rule.location_share))
    shown = _worse_p(sides, sound, enough, said)
    worse = _worse_p(sides, sound, enough & ~noninferior, alarm, rule.alarm_margin * (margin or 0.0))
    if rule.shown == "fail":
        frowned = (status == PASS) & ~np.isnan(shown)
        status[frowned], part[frowned] = FAIL, "location"
    spread_level = rule.level(rule.spread_alarm / 2 / rule.cells, sides.baseline_sound)
    wider = np.zeros(len(y), dtype=bool)
    wider[enough] = scatters_more(y[enough], x[enough], spread_level[enough])
    for name, alarmed in (
        ("held-out log-loss", endpoint(sides, rule)),
        ("spread", wider),
        ("location", (worse <= alarm) & _beyond(sound, margin, rule)),
        ("failed runs", _loses_more(sides, rule)),
    ):
        status[alarmed], part[alarmed] = FAIL, name
    return Found(status, part, np.full(len(y), ours.width), np.where(enough, lower, np.nan), shown)


def locate(sides: Sides, y: np.ndarray, rule: Rule, *, shared: bool) -> tuple[Estimate, np.ndarray]:
    """Return the estimate that the rule's pairing asks for, and where it is that of the pairs alone.

    Args:
        sides: The runs.
        y: The candidate's scores: the sound ones, or those that count.
        rule: The rule.
        shared: Whether columns are seeds of both sides.
    """
    (sound, x), never = sides.sound, np.zeros(len(y), dtype=bool)
    plain = rule.pairing == "welch"
    two_samples = moderated(y, x, 0.0 if plain else rule.ratio, corrected=rule.corrected and not plain)
    if not shared or rule.pairing in ("moderated", "welch"):
        return two_samples, never
    pairs = (~np.isnan(sound) & ~np.isnan(x[:, : y.shape[1]])).sum(1)
    if rule.pairing == "paired":
        return two_samples.or_where(paired(y, x), pairs >= LEAST_RUNS), pairs >= LEAST_RUNS
    estimate, _, correlation = anchored(y, x)
    if rule.pairing == "anchored":
        return two_samples.or_where(estimate, pairs > LEAST_RUNS), never
    trusted = (pairs >= rule.pairs) & (correlation > rule.correlation) & (np.abs(skewness(x)) <= rule.skewness)
    return two_samples.or_where(estimate, trusted & ~sides.any_collapsed), never


def _only(test, chosen: np.ndarray, sides: Sides) -> np.ndarray:
    """Return where a test of the chosen comparisons withholds."""
    withheld = np.zeros(len(chosen), dtype=bool)
    if chosen.any():
        withheld[chosen] = test(sides.where(chosen))
    return withheld


def _worse_p(sides: Sides, sound: Estimate, asked: np.ndarray, level: np.ndarray, loss: float = 0.0) -> np.ndarray:
    """Return the p-value of a loss of at most so much where t and the rank sum both reach the level, NaN elsewhere."""
    y, x = sides.sound
    found = np.where(asked, sound.p_inferior(loss), np.nan)
    reaches = asked & (found <= level)
    if reaches.any():
        found[reaches] = np.maximum(found[reaches], rank_sum_p(y[reaches] + loss, x[reaches]))
    return np.where(found <= level, found, np.nan)


def _beyond(sound: Estimate, margin: float | None, rule: Rule) -> np.ndarray:
    """Return where the loss of the sound runs is as large as one that matters; without a margin none is."""
    if margin is None:
        return np.zeros(len(sound.difference), dtype=bool)
    return sound.difference <= -rule.beyond * margin


def _loses_more(sides: Sides, rule: Rule) -> np.ndarray:
    level = rule.level(rule.failure_alarm / 2 / rule.cells, sides.baseline_sound)
    lost, baseline_lost = sides.lost
    return boschloo(sides.ours.width, sides.theirs.width)[lost, baseline_lost] <= level
