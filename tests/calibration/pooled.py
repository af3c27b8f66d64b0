"""All cells of a session together: their lost runs, their spread, the mean of their differences in margins."""

from dataclasses import dataclass

import numpy as np

from tests.calibration.arms import Arm, collapse_line, moments
from tests.calibration.failures import stratified_p, upper_rate
from tests.calibration.location import Estimate, satterthwaite
from tests.calibration.ranks import pooled_rank_sum_p
from tests.calibration.rule import FAIL, INCONCLUSIVE, PASS, Found, Rule, judge, locate
from tests.calibration.sides import Sides
from tests.calibration.spread import all_scatter_more

MARGIN = 1.0
SEVERAL = 2


@dataclass(frozen=True)
class Cell:
    """One cell in every session.

    Attributes:
        candidate: At least the last look's runs.
        baseline: All its runs.
        margin: In points, or None.
    """

    candidate: Arm
    baseline: Arm
    margin: float | None


@dataclass(frozen=True)
class Session:
    """What sessions say, shape (sessions,) each, and their cells.

    Attributes:
        status: Of the session.
        pooled: Status of the pooled test.
        part: The part that decided it.
        cells: What each cell says.
    """

    status: np.ndarray
    pooled: np.ndarray
    part: np.ndarray
    cells: list[Found]

    @property
    def seeds(self) -> np.ndarray:
        """Runs made, all cells together."""
        return np.sum([found.runs for found in self.cells], axis=0)


def judge_session(cells: list[Cell], rule: Rule, *, shared: bool = False) -> Session:
    """Return what sessions say: each cell by itself until it is decided, and all of them together."""
    found = [
        judge(cell.candidate, cell.baseline, cell.margin, rule, shared=shared, alone=len(cells) == 1) for cell in cells
    ]
    pooled, part = judge_pooled(cells, np.stack([one.runs for one in found], axis=1), rule, shared=shared)
    every = np.stack([*(one.status for one in found), pooled])
    status = np.select([(every == FAIL).any(0), (every == PASS).all(0)], [FAIL, PASS], INCONCLUSIVE)
    return Session(status, pooled, part, found)


def judge_pooled(
    cells: list[Cell], brought: np.ndarray, rule: Rule, *, shared: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return of each session the pooled status and the part of the first look that FAILs, or of the last.

    Args:
        cells: The cells.
        brought: Runs that each brings, shape (sessions, cells).
        rule: The rule.
        shared: Whether the columns of both sides are the same seeds.
    """
    sessions = len(brought)
    status, part = np.full(sessions, INCONCLUSIVE), np.full(sessions, "", dtype=object)
    most = np.where((brought >= rule.moments[0]).all(1), brought.max(1), 0)
    for runs in rule.moments:
        open_ = (status != FAIL) & (runs <= most)
        if not open_.any():
            continue
        now, why = _look(cells, open_, np.minimum(brought, runs)[open_], rule, shared=shared)
        status[open_], part[open_] = now, why
    return status, part


def _look(
    cells: list[Cell], open_: np.ndarray, runs: np.ndarray, rule: Rule, *, shared: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return status and part at one look.

    Args:
        cells: The cells.
        open_: The sessions that are looked at.
        runs: Runs of each cell that count, shape (sessions looked at, cells).
        rule: The rule.
        shared: Whether the columns of both sides are the same seeds.
    """
    looks = []
    for cell, count in zip(cells, runs.T, strict=True):
        theirs = cell.baseline.where(open_)
        looks.append(Sides(cell.candidate.where(open_).first(count.copy()), theirs, collapse_line(theirs)))
    enough, left = (np.stack([getattr(one, name) for one in looks], 1) for name in ("enough", "baseline_sound"))
    lost, baseline_lost = (np.stack([one.lost[side] for one in looks], 1) for side in (0, 1))
    baseline_runs = np.array([cell.baseline.width for cell in cells])
    smallest = left.min(1)

    level = rule.level(rule.failure_alarm / 2, smallest)
    # candidates of one baseline are one stratum
    alike = groups_of(cells)
    firsts = [group[0] for group in alike]
    together = (np.stack([counts[:, group].sum(1) for group in alike], 1) for counts in (lost, runs))
    ours_lost, ours = together
    failing = stratified_p(ours_lost, baseline_lost[:, firsts], ours, baseline_runs[firsts]) <= level
    spread = enough & (enough.sum(1) >= SEVERAL)[:, None]
    scatter_level = rule.level(rule.spread_alarm / 2, np.where(spread, left, left.max()).min(1))
    wider = all_scatter_more([one.sound for one in looks], alike, spread, scatter_level)
    unsure, worse = _location(cells, looks, enough.all(1), smallest, rule, shared=shared)
    ceiling = (runs * (baseline_lost / baseline_runs)).sum(1) / runs.sum(1) + rule.session_room
    many = upper_rate(lost.sum(1), runs.sum(1)) > ceiling

    status = np.select([failing | worse | wider, unsure | many], [FAIL, INCONCLUSIVE], PASS)
    names = ["failed runs", "location", "spread", "location", "failure rate"]
    return status, np.select([failing, worse, wider, unsure, many], names, "")


def _location(
    cells: list[Cell], looks: list[Sides], enough: np.ndarray, smallest: np.ndarray, rule: Rule, *, shared: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the mean loss may be a margin, and where besides a lower mean is shown.

    It says nothing of a single cell, and nothing where a cell has no margin or too few sound runs.
    """
    nowhere = np.zeros(len(enough), dtype=bool)
    margins = [cell.margin for cell in cells if cell.margin is not None]
    if len(cells) < SEVERAL or len(margins) < len(cells):
        return nowhere, nowhere
    alike = groups_of(cells)
    common = _common(looks, alike, margins)
    counted = _mean([locate(one, one.counted, rule, shared=shared)[0] for one in looks], margins, common)
    unsure = enough & ~(counted.lower(rule.level(rule.alpha, smallest)) > -MARGIN)
    alarm = rule.level(rule.location_share, smallest)
    sound = _mean([locate(one, one.sound[0], rule, shared=shared)[0] for one in looks], margins, common)
    worse = (
        unsure & (sound.p_inferior(rule.alarm_margin * MARGIN) <= alarm) & (sound.difference <= -rule.beyond * MARGIN)
    )
    if worse.any():
        # each cell is lifted by its share of what is not yet shown
        lifts = [rule.alarm_margin * MARGIN * margin for margin in margins]
        lifted = [one.sound[0][worse] + lift for lift, one in zip(lifts, looks, strict=True)]
        strata = [
            (np.concatenate([lifted[place] for place in group], 1), looks[group[0]].sound[1][worse]) for group in alike
        ]
        worse[worse] = pooled_rank_sum_p(strata) <= alarm[worse]
    return unsure, worse


def groups_of(cells: list[Cell]) -> list[list[int]]:
    """Return the places of the cells in groups that have one and the same baseline."""
    groups: dict[int, list[int]] = {}
    for place, cell in enumerate(cells):
        groups.setdefault(id(cell.baseline), []).append(place)
    return list(groups.values())


def _common(looks: list[Sides], alike: list[list[int]], margins: list[float]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return twice the covariances of the cells' means that one baseline's mean brings, with degrees of freedom."""
    found = []
    for group in (group for group in alike if len(group) > 1):
        m, _, variance = moments(looks[group[0]].sound[1])
        weights = 1 / np.array([margins[place] for place in group]) / len(looks)
        found.append((np.outer(weights, weights)[~np.eye(len(group), dtype=bool)].sum() * variance / m, m - 1.0))
    return found


def _mean(estimates: list[Estimate], margins: list[float], common: list[tuple[np.ndarray, np.ndarray]]) -> Estimate:
    """Return the plain mean of the cells' differences in their margins; beyond `common` cells are independent."""
    scale = np.array(margins)[:, None] * len(margins)
    differences = np.stack([estimate.difference for estimate in estimates]) / scale
    errors = np.stack([estimate.error for estimate in estimates]) / scale
    terms = [(error**2, estimate.degrees) for error, estimate in zip(errors, estimates, strict=True)]
    variance, degrees = satterthwaite([*terms, *common])
    return Estimate(differences.sum(0), np.sqrt(variance), degrees, np.zeros(len(variance)))
