"""The rule: raw runs of a candidate and of its baseline in, a verdict out."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stablebert.gate.evidence import Rows, before_gap, problem_with, seed_order
from stablebert.gate.look import look_at
from stablebert.gate.outlook import with_outlook
from stablebert.gate.policy import Policy
from stablebert.gate.sides import Sides
from stablebert.gate.verdict import Status, Verdict
from stablebert.runs import ROW_FIELDS, RunRow

if TYPE_CHECKING:
    import pandas as pd


def judge(
    candidate: "Rows | pd.DataFrame",
    baseline: "Rows | pd.DataFrame",
    policy: Policy | None = None,
    *,
    margin: float | None = None,
    cell: str = "",
) -> Verdict:
    """Judge a cell against its baseline: the first look that decides, with exactly the first n seeds in seed order.

    PASS: every part of the rule allows it: non-inferiority with the margin is shown on the runs that have not failed
    and, with a wider one, on all runs; the failure rate's upper bound is in reach of the baseline's; a second endpoint
    is not higher. FAIL: more failed runs, a lower mean without non-inferiority, or more spread is shown at the alarm
    level. INCONCLUSIVE: neither. INVALID: the runs are no evidence at all; the reason says why. A missing seed ends the
    replay: INVALID unless the looks before it have decided.

    Args:
        candidate: One row a run, `RunRow`s or a table with their fields as columns.
        baseline: As `candidate`.
        policy: The rule; None is the default.
        margin: Largest loss that does not matter, in points; None: location is reported, not gated, and withholds a
            PASS only where a lower mean is shown.
        cell: Cell id for the verdict.

    Example:
        >>> judge([], [], cell="trec_debiased_3ep_minilm_fp32").reason
        'the baseline has no runs'
    """
    policy = policy or Policy()
    ours, theirs = _rows_of(candidate), _rows_of(baseline)
    bare = Verdict(cell, Status.INVALID, "", baseline_runs=len(theirs), margin=margin, policy=policy.digest)
    if margin is not None and not (margin > 0 and math.isfinite(margin)):
        return replace(bare, reason=f"the margin is {margin}; it must be > 0")
    problem = problem_with("baseline", theirs)
    if problem:
        return replace(bare, reason=problem)
    unbroken = before_gap(ours)
    last = replace(bare, reason=_too_few(unbroken, ours, policy))
    for look in policy.moments:
        if len(unbroken) < look:
            break
        last = _unless_futile(look_at(Sides(unbroken[:look], theirs, margin, policy), bare), policy)
        if not last.is_open:
            break
    broken = len(unbroken) < min(len(ours), policy.looks[-1])
    if broken and last.is_open:
        return replace(last, status=Status.INVALID, reason=_gap(unbroken, ours))
    return with_outlook(last, Sides(unbroken[: last.runs], theirs, margin, policy)) if last.is_open else last


def _unless_futile(verdict: Verdict, policy: Policy) -> Verdict:
    most = dict(zip(policy.looks, policy.futility, strict=False)).get(verdict.runs)
    if not verdict.is_open or most is None or verdict.p_value is None or verdict.p_value <= most:
        return verdict
    reason = f"{verdict.reason}; stopped as futile: p = {verdict.p_value:.2g}, above {most:g}"
    return replace(verdict, reason=reason, futile=True)


def _too_few(unbroken: Rows, ours: Rows, policy: Policy) -> str:
    if not ours:
        return "the candidate has no runs"
    if len(unbroken) < len(ours):
        return _gap(unbroken, ours)
    return f"{len(ours)} of the {policy.moments[0]} seeds of the first look are there"


def _gap(unbroken: Rows, ours: Rows) -> str:
    return f"the candidate has no run between seeds {unbroken[-1].seed} and {ours[len(unbroken)].seed}"


def _rows_of(table: "Rows | pd.DataFrame") -> list[RunRow]:
    rows = list(table) if isinstance(table, Sequence) else [RunRow(*row) for row in table[list(ROW_FIELDS)].values]
    return sorted(rows, key=seed_order)
