"""The paper's claims as gates: rows of every arm on every task in, one outcome a claim."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean, median
from typing import Any

from stablebert.analysis.difference import Side
from stablebert.gate.evidence import Rows
from stablebert.gate.verdict import Status
from stablebert.paper import Arm, Claim, paper_margin
from stablebert.runs import Cell, summary_of
from stablebert.stats import (
    Estimate,
    contrast,
    failure_difference,
    holm_within,
    pooled_failure_p_value,
    sample_of,
)

Cells = Mapping[tuple[str, Arm], Rows]
_ALPHA = 0.05
_LEAST_RUNS = 3


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
        estimate: Their plain mean, in points; for `failures` in percentage points.
        lower: Its one-sided 95 % lower bound, not adjusted.
        upper: Its one-sided 95 % upper bound.
        margin: What `not more` and `same` allow: the plain mean of the tasks' margins.
        p_for: Of the hypothesis that the claim is wrong; Holm-adjusted within its table.
        p_against: Of the hypothesis that the claim is not contradicted; Holm-adjusted within its table.
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

    @property
    def was_run(self) -> bool:
        """Whether any task has every arm."""
        return bool(self.tasks)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        claim = {**asdict(self.claim), "contrast": [[weight, str(arm)] for weight, arm in self.claim.contrast]}
        return {**asdict(self), "claim": claim, "was_run": self.was_run}


def judge_claims(claims: Sequence[Claim], cells: Cells) -> list[ClaimOutcome]:
    """Judge claims on all runs, failed ones included as in the paper, over the tasks that have every arm.

    A claim passes if it is shown at .05, and fails if its opposite is, with Holm's adjustment within its table over the
    claims that were run.

    Args:
        claims: In any order; the outcomes have the same.
        cells: The rows of each task and arm.

    Example:
        >>> from stablebert.paper import CLAIMS
        >>> {outcome.status for outcome in judge_claims(CLAIMS, {})}
        {<Status.INVALID: 'INVALID'>}
    """
    seen = [_measure(claim, cells) for claim in claims]
    tables = [claim.place for claim in claims]
    p_for = holm_within(tables, [one.p_for for one in seen])
    p_against = holm_within(tables, [one.p_against for one in seen])
    return [*map(_decide, seen, p_for, p_against)]


def arms_of(cells: Mapping[Cell, Rows], encoder: str, precision: str) -> dict[tuple[str, Arm], Rows]:
    """Return the rows of an encoder by task and arm, as claims ask for them.

    Args:
        cells: Rows by cell.
        encoder: Encoder id.
        precision: Precision class of the arms that name none.
    """
    found: dict[tuple[str, Arm], Rows] = {}
    for cell, rows in cells.items():
        if cell.encoder != encoder or cell.fidelity != "corrected":
            continue
        found[cell.task, Arm(cell.method, cell.length, cell.precision)] = rows
        if cell.precision == precision:
            found[cell.task, Arm(cell.method, cell.length)] = rows
    return found


def _measure(claim: Claim, cells: Cells) -> ClaimOutcome:
    tasks = sorted({task for task, _ in cells if all((task, arm) in cells for arm in claim.arms)})
    if not tasks:
        there = {arm for _, arm in cells}
        lacking = [str(arm) for arm in claim.arms if arm not in there]
        lack = f"no runs of {', '.join(lacking)}" if lacking else "no task has every arm"
        return ClaimOutcome(claim, Status.INVALID, f"not run: {lack}")
    bare = ClaimOutcome(
        claim, Status.INVALID, "", tuple(tasks), sum(len(cells[task, arm]) for task in tasks for arm in claim.arms)
    )
    pairs = [(task, arm) for task in tasks for arm in claim.arms]
    try:
        scores = {(task, arm): Side(f"{task}_{arm}", cells[task, arm]).all_scores() for task, arm in pairs}
    except ValueError as error:
        return replace(bare, reason=str(error))
    few = [f"{task}_{arm}" for task, arm in pairs if len(scores[task, arm]) < _LEAST_RUNS]
    if few:
        return replace(bare, reason=f"fewer than {_LEAST_RUNS} runs of {', '.join(few)}")
    if claim.effect == "failures":
        return _measure_failures(bare, [[cells[task, arm] for arm in claim.arms] for task in tasks])
    return _measure_scores(bare, scores)


def _measure_scores(bare: ClaimOutcome, scores: Mapping[tuple[str, Arm], Sequence[float]]) -> ClaimOutcome:
    values = _deviations if bare.claim.effect == "spread" else list
    terms = {
        task: [(weight, sample_of(values(scores[task, arm]))) for weight, arm in bare.claim.contrast]
        for task in bare.tasks
    }
    found = contrast([(weight / len(terms), one) for parts in terms.values() for weight, one in parts])
    lower, upper = found.bounds()
    margin = fmean(paper_margin(task) for task in bare.tasks)
    p_for, p_against = _p_values(found, bare.claim.shows, margin)
    return replace(
        bare,
        by_task=tuple(contrast([*parts]).value for parts in terms.values()),
        estimate=found.value,
        lower=lower,
        upper=upper,
        margin=margin if bare.claim.shows in ("not more", "same") else 0.0,
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


def _deviations(scores: Sequence[float]) -> list[float]:
    """Return the deviations from the median (Brown and Forsythe), enlarged: few runs lie near their own median."""
    middle, size = median(scores), len(scores) / (len(scores) - 1)
    return [size * abs(score - middle) for score in scores]


def _decide(seen: ClaimOutcome, p_for: float | None, p_against: float | None) -> ClaimOutcome:
    if p_for is None or p_against is None:
        return seen
    status, reason = Status.INCONCLUSIVE, f"neither it nor its opposite is shown (p = {p_for:.2g})"
    if p_for <= _ALPHA:
        status, reason = Status.PASS, f"shown (p = {p_for:.2g})"
    elif p_against <= _ALPHA:
        status, reason = Status.FAIL, f"the opposite is shown (p = {p_against:.2g})"
    return replace(seen, status=status, reason=reason, p_for=p_for, p_against=p_against)
