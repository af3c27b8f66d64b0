"""The rule: raw runs of a candidate and of its baseline in, a verdict out."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from stablebert.gate.policy import Policy
from stablebert.gate.verdict import Status, Verdict
from stablebert.runs import ROW_FIELDS, RunRow
from stablebert.stats import (
    NonInferiority,
    detectable_margin,
    failure_p_value,
    noninferiority,
    seeds_needed,
    spread_p_value,
    upper_failure_rate,
)

if TYPE_CHECKING:
    import pandas as pd

Rows = Sequence[RunRow]
_STREAMS = ("head", "order", "dropout")


def judge(
    candidate: "Rows | pd.DataFrame",
    baseline: "Rows | pd.DataFrame",
    policy: Policy | None = None,
    *,
    margin: float | None = None,
    cell: str = "",
) -> Verdict:
    """Judge a cell against its baseline: the first look that decides, with exactly the first n seeds in seed order.

    PASS: non-inferiority with the margin is shown on the non-failed runs, and the failure rate's upper bound is in
    reach of the baseline's. FAIL: more failed runs than the baseline's, or a lower mean without non-inferiority, is
    shown at the alarm level. INCONCLUSIVE: neither. INVALID: the runs are no evidence at all; the reason says why.

    Args:
        candidate: One row a run, `RunRow`s or a table with their fields as columns.
        baseline: As `candidate`.
        policy: The rule; None is the default.
        margin: Largest loss that does not matter, in points; None: location is reported, not gated.
        cell: Cell id for the verdict.

    Example:
        >>> judge([], [], cell="trec_debiased_3ep_minilm_fp32").reason
        'the baseline has no runs'
    """
    policy = policy or Policy()
    ours, theirs = _rows_of(candidate), _rows_of(baseline)
    bare = Verdict(cell, Status.INVALID, "", baseline_runs=len(theirs), margin=margin, policy=policy.digest)
    problem = _problem(ours, theirs, policy, margin)
    if problem:
        return replace(bare, reason=problem)
    if _identical(ours, theirs):
        seeds = len(ours)
        return replace(bare, status=Status.PASS, reason=f"identical, {seeds} seeds", runs=seeds, pairing="identical")
    verdicts = (_look(ours[:n], theirs, policy, bare) for n in policy.looks if n <= len(ours))
    last = bare
    for verdict in verdicts:
        last = verdict
        if verdict.status is not Status.INCONCLUSIVE:
            break
    return last


def compare_location(candidate: Rows, baseline: Rows, policy: Policy, margin: float) -> NonInferiority | None:
    """Return the test of the non-failed runs at the policy's level, or None where there are too few."""
    ours = {row.seed: row.test for row in candidate if not row.failed}
    theirs = {row.seed: row.test for row in baseline if not row.failed}
    if min(len(ours), len(theirs)) < policy.least_runs:
        return None
    pairing = policy.pairing if _share_streams(candidate, baseline) else "welch"
    return noninferiority(ours, theirs, margin=margin, alpha=policy.pass_level, pairing=pairing)


def seed_order(row: RunRow) -> tuple[int, ...]:
    """Return what rows are sorted by: the numbers of their seeds."""
    return tuple(int(part) for part in row.seed[1:].split("d"))


def _look(ours: Rows, theirs: Rows, policy: Policy, bare: Verdict) -> Verdict:
    failed, baseline_failed = (sum(row.failed for row in rows) for rows in (ours, theirs))
    scores, baseline_scores = ([row.test for row in rows if not row.failed] for rows in (ours, theirs))
    p_failures = failure_p_value(failed, len(ours), baseline_failed, len(theirs))
    location = compare_location(ours, theirs, policy, bare.margin) if bare.margin else None
    reported = location or compare_location(ours, theirs, policy, 1.0)
    seen = replace(
        bare,
        runs=len(ours),
        failed=failed,
        baseline_failed=baseline_failed,
        mean=fmean(scores) if scores else None,
        sd=stdev(scores) if len(scores) > 1 else None,
        baseline_mean=fmean(baseline_scores) if baseline_scores else None,
        baseline_sd=stdev(baseline_scores) if len(baseline_scores) > 1 else None,
        p_failures=p_failures,
        p_spread=spread_p_value(scores, baseline_scores) if min(len(scores), len(baseline_scores)) >= 3 else None,
    )
    if reported is not None:
        seen = replace(
            seen,
            difference=reported.difference,
            lower_bound=reported.lower_bound,
            p_value=location.p_value if location else None,
            p_inferior=reported.p_inferior,
            detectable=detectable_margin(reported.standard_error, reported.degrees, alpha=policy.pass_level),
            pairing=reported.pairing,
        )
    status, reason = _decide(seen, location, policy)
    needed = None
    if (
        status is Status.INCONCLUSIVE
        and location
        and seen.sd is not None
        and seen.baseline_sd is not None
        and seen.margin
    ):
        needed = seeds_needed(seen.sd, seen.baseline_sd, len(baseline_scores), seen.margin, alpha=policy.pass_level)
        reason += _outlook(needed, policy)
    return replace(seen, status=status, reason=reason, seeds_needed=needed)


def _decide(seen: Verdict, location: NonInferiority | None, policy: Policy) -> tuple[Status, str]:
    if seen.p_failures is not None and seen.p_failures <= policy.failure_level:
        counts = (
            f"{seen.failed} of {seen.runs} runs failed, in the baseline {seen.baseline_failed} of {seen.baseline_runs}"
        )
        return Status.FAIL, f"{counts} (p = {seen.p_failures:.2g})"
    if location is None and seen.difference is None:
        return Status.INCONCLUSIVE, f"fewer than {policy.least_runs} runs on a side have not failed"
    noninferior = location is not None and location.noninferior
    if not noninferior and seen.p_inferior is not None and seen.p_inferior <= policy.location_level:
        return Status.FAIL, f"{-(seen.difference or 0):.2f} points worse (p = {seen.p_inferior:.2g})"
    if location is None:
        return Status.INCONCLUSIVE, "no margin for this cell: its mean is reported, not gated"
    if not noninferior:
        return Status.INCONCLUSIVE, f"a loss of {seen.margin:.2f} points is not ruled out"
    ceiling = seen.baseline_failed / seen.baseline_runs + policy.failure_room
    upper = upper_failure_rate(seen.failed, seen.runs)
    if upper > ceiling:
        return Status.INCONCLUSIVE, f"the failure rate may be {100 * upper:.0f} %, above {100 * ceiling:.0f} %"
    return Status.PASS, f"a loss of {seen.margin:.2f} points is ruled out"


def _outlook(needed: int | None, policy: Policy) -> str:
    if needed is None:
        return "; no number of seeds would decide it with this baseline"
    beyond = f", more than the {policy.looks[-1]} of the last look" if needed > policy.looks[-1] else ""
    return f"; about {needed} seeds would{beyond}"


def _problem(ours: Rows, theirs: Rows, policy: Policy, margin: float | None) -> str | None:
    """Return why the runs are no evidence, or None."""
    if margin is not None and not (margin > 0 and math.isfinite(margin)):
        return f"the margin is {margin}; it must be > 0"
    for side, rows in (("baseline", theirs), ("candidate", ours)):
        if not rows:
            return f"the {side} has no runs"
        seeds = [row.seed for row in rows]
        twice = sorted({seed for seed in seeds if seeds.count(seed) > 1}) if len(set(seeds)) < len(seeds) else []
        if twice:
            return f"the {side} has seed {twice[0]} twice"
        broken = [row.seed for row in rows if not row.failed and not math.isfinite(row.test)]
        if broken:
            return f"the {side}'s score of seed {broken[0]} is not finite, and the run is not marked as failed"
        losses: dict[str, str] = {}
        for row in rows:
            if row.losses in losses:
                return (
                    f"the {side}'s seeds {losses[row.losses]} and {row.seed} have the same losses: the seed is ignored"
                )
            losses[row.losses] = row.seed
    if len(ours) < policy.looks[0]:
        return f"{len(ours)} of the {policy.looks[0]} seeds of the first look are there"
    return None


def _identical(ours: Rows, theirs: Rows) -> bool:
    known = {row.seed: row for row in theirs}
    return all((known.get(row.seed), row.losses) == (row, row.losses) for row in ours)


def _share_streams(ours: Rows, theirs: Rows) -> bool:
    known = {row.seed: row for row in theirs}
    return all(
        row.seed in known and all(getattr(row, name) == getattr(known[row.seed], name) for name in _STREAMS)
        for row in ours
    )


def _rows_of(table: "Rows | pd.DataFrame") -> list[RunRow]:
    rows = list(table) if isinstance(table, Sequence) else [RunRow(*row) for row in table[list(ROW_FIELDS)].values]
    return sorted(rows, key=seed_order)
