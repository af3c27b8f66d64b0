"""The paper's claims as gates: rows of every arm on every task in, one outcome a claim."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import fmean
from typing import Any

from stablebert.analysis.difference import Side
from stablebert.analysis.effects import EFFECTS, Course, values_of
from stablebert.gate.evidence import Rows, seed_order
from stablebert.gate.verdict import Status
from stablebert.paper import Arm, Claim, Contrast, paper_margin
from stablebert.runs import summary_of
from stablebert.stats import (
    Estimate,
    contrast,
    failure_difference,
    holm_within,
    pooled_failure_p_value,
    sample_of,
    satterthwaite,
)

Cells = Mapping[tuple[str, Arm], Rows]
_ALPHA = 0.05
_LEAST_RUNS = 3
_NO_COURSE: Mapping[str, Course] = {}


@dataclass(frozen=True)
class Beside:
    """What is known beside the rows of arms.

    Attributes:
        courses: The evaluations of each arm's runs, by seed.
        shown: Estimates of contrasts on tasks that were planned and recorded: passed bridges. They stand in place of
            runs.
    """

    courses: Mapping[tuple[str, Arm], Mapping[str, Course]] = field(default_factory=dict)
    shown: Mapping[tuple[str, Contrast], Estimate] = field(default_factory=dict)


@dataclass(frozen=True)
class ClaimOutcome:
    """What the runs say of a claim; None where there is nothing to say.

    Attributes:
        claim: The claim.
        status: PASS or FAIL: shown, or its opposite is; INVALID: not run, or the runs are no evidence.
        reason: Why, in one line.
        tasks: The tasks that were run, with every arm.
        runs: Runs of all arms on them, failed ones included.
        by_task: The effect on each.
        estimate: Their plain mean, in the unit of the effect: points, for `failures` percentage points.
        lower: Its one-sided 95 % lower bound, not adjusted.
        upper: Its one-sided 95 % upper bound.
        margin: What `not more` and `same` allow: the plain mean of the tasks' margins.
        p_for: Of the hypothesis that the claim is wrong; Holm-adjusted within its table.
        p_against: Of the hypothesis that the claim is not contradicted; Holm-adjusted within its table.
        command: What makes the runs that it lacks, or the empty string.
    """

    claim: Claim
    status: Status
    reason: str
    tasks: tuple[str, ...] = ()
    runs: int = 0
    by_task: tuple[float, ...] = ()
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    margin: float = 0.0
    p_for: float | None = None
    p_against: float | None = None
    command: str = ""

    @property
    def was_run(self) -> bool:
        """Whether any task has every arm."""
        return bool(self.tasks)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        claim = {**asdict(self.claim), "contrast": [[weight, str(arm)] for weight, arm in self.claim.contrast]}
        return {**asdict(self), "claim": claim, "was_run": self.was_run}


def judge_claims(claims: Sequence[Claim], cells: Cells, beside: Beside | None = None) -> list[ClaimOutcome]:
    """Judge claims on all runs, failed ones included as in the paper, over the tasks that have every arm.

    A claim passes if it is shown at .05, and fails if its opposite is, with Holm's adjustment within its table over the
    claims that were run.

    Args:
        claims: In any order; the outcomes have the same.
        cells: The rows of each task and arm.
        beside: What is known beside them.

    Example:
        >>> from stablebert.paper import CLAIMS
        >>> {outcome.status for outcome in judge_claims(CLAIMS, {})}
        {<Status.INVALID: 'INVALID'>}
    """
    known = beside or Beside()
    seen = [_measure(claim, cells, known) for claim in claims]
    tables = [claim.place for claim in claims]
    p_for = holm_within(tables, [one.p_for for one in seen])
    p_against = holm_within(tables, [one.p_against for one in seen])
    return [*map(_decide, seen, p_for, p_against)]


def lacking(claim: Claim, cells: Cells, beside: Beside) -> dict[str, tuple[Arm, ...]]:
    """Return the arms that lack runs, or evaluations where these are asked, on each task with runs of any of the arms.

    Args:
        claim: The claim.
        cells: The rows of each task and arm.
        beside: What is known beside them.
    """
    effect = EFFECTS[claim.effect]
    known = {key for key, rows in cells.items() if len(rows) >= effect.least}
    if effect.of_course is not None:
        known &= beside.courses.keys()
    tasks = {task for task, arm in cells if arm in claim.arms and task in (claim.tasks or (task,))}
    return {task: tuple(arm for arm in claim.arms if (task, arm) not in known) for task in sorted(tasks)}


def _measure(claim: Claim, cells: Cells, beside: Beside) -> ClaimOutcome:
    bridged = {task for task, contrast in beside.shown if contrast == claim.contrast}
    tasks = sorted({task for task, arms in lacking(claim, cells, beside).items() if not arms} | bridged)
    if not tasks or (claim.each and set(tasks) != set(claim.tasks)):
        there = {arm for _, arm in cells}
        absent = [str(arm) for arm in claim.arms if arm not in there]
        words = (
            f"{'not every one' if claim.each else 'none'} of {', '.join(claim.tasks)} has"
            if claim.tasks
            else "no task has"
        )
        lack = f"no runs of {', '.join(absent)}" if absent else f"{words} every arm"
        return ClaimOutcome(claim, Status.INVALID, f"not run: {lack}")
    run = [task for task in tasks if task not in bridged]
    bare = ClaimOutcome(
        claim, Status.INVALID, "", tuple(tasks), sum(len(cells[task, arm]) for task in run for arm in claim.arms)
    )
    try:
        found = [
            beside.shown[task, claim.contrast] if task in bridged else _estimate(claim, task, cells, beside)
            for task in tasks
        ]
    except ValueError as error:
        return replace(bare, reason=str(error))
    if claim.effect == "failures":
        return _measure_failures(bare, [[cells[task, arm] for arm in claim.arms] for task in tasks])
    return _with_estimates(bare, found)


def _estimate(claim: Claim, task: str, cells: Cells, beside: Beside) -> Estimate:
    """Return a claim's contrast on one task.

    Raises:
        ValueError: the runs of an arm are no evidence of the effect.
    """
    terms = []
    for weight, arm in claim.contrast:
        name, rows = f"{task}_{arm}", sorted(cells[task, arm], key=seed_order)
        if len(Side(name, rows).all_scores()) < _LEAST_RUNS:
            raise ValueError(f"fewer than {_LEAST_RUNS} runs of {name}")
        try:
            values = values_of(EFFECTS[claim.effect], rows, beside.courses.get((task, arm), _NO_COURSE))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        terms.append((weight, sample_of(values)))
    return contrast(terms)


def _with_estimates(bare: ClaimOutcome, found: Sequence[Estimate]) -> ClaimOutcome:
    claim, size = bare.claim, len(found)
    value = fmean(one.value for one in found)
    together = Estimate(value, *satterthwaite([((one.standard_error / size) ** 2, one.degrees) for one in found]))
    margins = [EFFECTS[claim.effect].margin or paper_margin(task) for task in bare.tasks]
    lower, upper = together.bounds()
    p_for, p_against = _p_values(together, claim.shows, fmean(margins))
    if claim.each:
        # all of them have to hold, and any of them may fail
        single = [_p_values(one, claim.shows, margin) for one, margin in zip(found, margins, strict=True)]
        p_for, p_against = max(p for p, _ in single), min(1.0, size * min(p for _, p in single))
    return replace(
        bare,
        by_task=tuple(one.value for one in found),
        estimate=value,
        lower=lower,
        upper=upper,
        margin=fmean(margins) if claim.shows in ("not more", "same") else 0.0,
        p_for=p_for,
        p_against=p_against,
    )


def _measure_failures(bare: ClaimOutcome, cells: Sequence[Sequence[Rows]]) -> ClaimOutcome:
    summaries = [(summary_of(ours), summary_of(theirs)) for ours, theirs in cells]
    strata = [(ours.failed, ours.runs, theirs.failed, theirs.runs) for ours, theirs in summaries]
    value, lower, upper = (100 * part for part in failure_difference(strata))
    return replace(
        bare,
        by_task=tuple(100 * failure_difference([one])[0] for one in strata),
        estimate=value,
        lower=lower,
        upper=upper,
        p_for=pooled_failure_p_value(
            [(theirs, their_runs, ours, our_runs) for ours, our_runs, theirs, their_runs in strata]
        ),
        p_against=pooled_failure_p_value(strata),
    )


def _p_values(found: Estimate, shows: str, margin: float) -> tuple[float, float]:
    """Return the p-values of what the claim denies, and of what it states."""
    if shows == "more":
        return found.p_above(0), found.p_below(0)
    if shows == "less":
        return found.p_below(0), found.p_above(0)
    if shows == "not more":
        return found.p_below(margin), found.p_above(margin)
    # the same: two one-sided tests; its opposite has two sides
    inside = max(found.p_above(-margin), found.p_below(margin))
    return inside, min(1.0, 2 * min(found.p_above(margin), found.p_below(-margin)))


def _decide(seen: ClaimOutcome, p_for: float | None, p_against: float | None) -> ClaimOutcome:
    if p_for is None or p_against is None:
        return seen
    status, reason = Status.INCONCLUSIVE, f"neither it nor its opposite is shown (p = {p_for:.2g})"
    if p_for <= _ALPHA:
        status, reason = Status.PASS, f"shown (p = {p_for:.2g})"
    elif p_against <= _ALPHA:
        status, reason = Status.FAIL, f"the opposite is shown (p = {p_against:.2g})"
    return replace(seen, status=status, reason=reason, p_for=p_for, p_against=p_against)
