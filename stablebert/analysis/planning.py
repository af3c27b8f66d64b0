"""What a gate will need to decide a cell, from the runs of its baseline."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from stablebert.analysis.difference import Side
from stablebert.gate.look import Look
from stablebert.gate.policy import Policy
from stablebert.runs import Summary
from stablebert.stats import POWER, detectable_margin, satterthwaite
from stablebert.stats.sample_size import balanced_runs, baseline_needed, upper_deviation
from stablebert.stats.simulation import Levels, simulate_sessions


@dataclass(frozen=True)
class CellPlan:
    """The plan of one cell; losses and deviations in points, all at the upper limit of the standard deviation.

    Attributes:
        cell: What it is called.
        baseline: The baseline's runs in numbers, collapsed ones among the failed.
        sd_upper: Upper 80 % confidence limit of their standard deviation.
        margin: Largest loss that does not matter, or None.
        power: Wanted probability of a PASS for an equal candidate.
        seeds: Candidate seeds that `shown` and `caught` are for.
        shown: Smallest margin that these seeds show at one look with that power, if nothing is lost.
        caught: Smallest loss that these seeds call FAIL at one look with that power; None without a margin, where the
            mean never does.
        passed: Probability that an equal candidate has passed, by the seeds of each look; empty without a margin.
        mean_seeds: Expected seeds of such a session.
        decidable: Whether the last look alone shows the margin with the power wanted.
        smallest: Smallest margin for which that is so, with this baseline.
        baseline_needed: Baseline runs with which it would be so; None if none would, or none more are needed.
        balanced_needed: Seeds on both sides that would show the margin, where no baseline would.
        seconds: Of one run, or None.
    """

    cell: str
    baseline: Summary
    sd_upper: float
    margin: float | None
    power: float
    seeds: int
    shown: float
    caught: float | None
    passed: dict[int, float]
    mean_seeds: float | None
    decidable: bool
    smallest: float
    baseline_needed: int | None
    balanced_needed: int | None
    seconds: float | None

    @property
    def hours(self) -> float | None:
        """Expected hours of one process for a session of an equal candidate, or None."""
        if self.seconds is None or self.mean_seeds is None:
            return None
        return self.mean_seeds * self.seconds / 3600

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        data = asdict(self)
        baseline, cell = data.pop("baseline"), data.pop("cell")
        numbers = {name: baseline[name] for name in ("runs", "failed", "sd")}
        return {"cell": cell, **numbers, **data, "hours": self.hours}


def plan_cell(
    baseline: Side,
    margin: float | None,
    policy: Policy,
    *,
    power: float = POWER,
    seeds: int | None = None,
    seconds: float | None = None,
    alone: bool = True,
) -> CellPlan:
    """Return what a cell's gate will need, if the candidate scatters and fails as the baseline does.

    Args:
        baseline: Its runs, at least 3 of them not lost.
        margin: In points, > 0, or None.
        policy: The rule.
        power: Wanted probability, in (0, 1).
        seeds: Candidate seeds to describe, >= 2; None for those of the last look.
        seconds: Of one run, or None.
        alone: Whether the cell is the whole session, as `judge` takes it.

    Raises:
        ValueError: too few runs are not lost, their scores do not vary, or a value is outside its range.
    """
    seen = Look((), baseline.rows, margin, policy).baseline
    left = seen.runs - seen.failed
    if left < policy.least_runs or not seen.sd:
        raise ValueError(f"{baseline.label}: {left} runs with a standard deviation of {seen.sd}; nothing to plan by")
    last = policy.looks[-1]
    seeds = seeds or last
    if not 0 < power < 1:
        raise ValueError(f"power is {power}; it must be in (0, 1)")
    if seeds < 2:
        raise ValueError(f"seeds is {seeds}; it must be >= 2")
    if margin is not None and not margin > 0:
        raise ValueError(f"margin is {margin}; it must be > 0")
    sd = upper_deviation(seen.sd, left)
    # as many are lost as in the baseline
    error, degrees = _error(sd, max(2, seeds * left // seen.runs), left)
    sound = max(2, last * left // seen.runs)
    last_error, last_degrees = _error(sd, sound, left)
    levels = _levels(policy, left, alone=alone)
    smallest = detectable_margin(last_error, last_degrees, alpha=levels.passing, power=power)
    decidable = margin is not None and margin >= smallest
    # of the baselines that would do, each has a level of its own; that of none is below them all
    wanted = {"alpha": policy.level(policy.alpha, None), "power": power}
    needed = None if margin is None or decidable else baseline_needed(sd, margin, sound, **wanted)
    sessions = None
    if margin:
        sessions = simulate_sessions(sd, seen.runs, margin, policy.looks, levels, baseline_failed=seen.failed)
    return CellPlan(
        cell=baseline.label,
        baseline=seen,
        sd_upper=sd,
        margin=margin,
        power=power,
        seeds=seeds,
        shown=detectable_margin(error, degrees, alpha=levels.passing, power=power),
        caught=_caught(margin, error, degrees, levels, power),
        passed=sessions.passed if sessions else {},
        mean_seeds=sessions.mean_seeds if sessions else None,
        decidable=decidable,
        smallest=smallest,
        baseline_needed=None if needed is None else max(needed, left + 1),
        balanced_needed=balanced_runs(sd, margin, **wanted) if margin and not decidable and needed is None else None,
        seconds=seconds,
    )


def all_pass(plans: Sequence[CellPlan]) -> float | None:
    """Return the probability that an equal candidate passes every cell, or None where one has no margin."""
    if any(not plan.passed for plan in plans):
        return None
    return math.prod(max(plan.passed.values()) for plan in plans)


def _caught(margin: float | None, error: float, degrees: float, levels: Levels, power: float) -> float | None:
    """Return the smallest loss that mostly alarms, as far below the margin as the rule asks; None without one."""
    if margin is None:
        return None
    # half of the estimates of a loss lie beyond it
    beyond = margin + detectable_margin(error, degrees, alpha=0.5, power=power)
    return max(beyond, levels.surely * margin + detectable_margin(error, degrees, alpha=levels.location, power=power))


def _levels(policy: Policy, runs: int, *, alone: bool) -> Levels:
    return Levels(
        passing=policy.level(policy.alpha, runs),
        location=policy.level(policy.location_share, runs),
        surely=policy.alarm_margin,
        failures=policy.level(policy.failure_share, runs),
        room=policy.session_failure_room if alone else policy.failure_room,
    )


def _error(sd: float, seeds: int, runs: int) -> tuple[float, float]:
    """Return standard error and degrees of freedom (Welch) of a difference of two means of equal spread."""
    return satterthwaite([(sd**2 / seeds, seeds - 1), (sd**2 / runs, runs - 1)])
