"""Head against base, both made in one job: pairs in, and the first look that decides ends the making."""

import math
from collections.abc import Iterable
from dataclasses import replace
from statistics import stdev

from stablebert.gate import location
from stablebert.gate.evidence import Rows, problem_with
from stablebert.gate.look import look_at
from stablebert.gate.policy import Policy
from stablebert.gate.sides import Sides
from stablebert.gate.verdict import Status, Verdict
from stablebert.runs import RunRow
from stablebert.stats import detectable_margin

_MOST = 1000


def judge_pairs(
    pairs: Iterable[tuple[RunRow, RunRow]], policy: Policy, *, margin: float | None = None, cell: str = ""
) -> Verdict:
    """Judge head against base by the gate's rule at its looks, drawing pairs only until one decides.

    Both sides grow together, so that each look sees as many base runs as head runs, and no stored baseline is needed.

    Args:
        pairs: A base row and a head row of the same seed each, in seed order.
        policy: The rule; `paired` is what the pairs are made for.
        margin: Largest loss that does not matter, in points; None: location is reported, not gated.
        cell: Cell id for the verdict.

    Example:
        >>> judge_pairs([], Policy(pairing="paired")).reason
        '0 of the 5 pairs of the first look are there'
    """
    base: list[RunRow] = []
    head: list[RunRow] = []
    bare = Verdict(cell, Status.INVALID, "", margin=margin, policy=policy.digest)
    last = bare
    for before, after in pairs:
        base.append(before)
        head.append(after)
        if len(head) in policy.looks:
            last = _look(head, base, policy, replace(bare, baseline_runs=len(base)))
            if last.status is not Status.INCONCLUSIVE:
                return last
    if len(head) < policy.looks[0]:
        return replace(bare, reason=f"{len(head)} of the {policy.looks[0]} pairs of the first look are there")
    return last


def _look(head: Rows, base: Rows, policy: Policy, bare: Verdict) -> Verdict:
    problem = problem_with("base", base)
    if problem:
        return replace(bare, reason=problem)
    verdict = look_at(Sides(head, base, bare.margin, policy), bare)
    margin = verdict.margin
    if verdict.status is not Status.INCONCLUSIVE or margin is None or verdict.decided_by != location.NAME:
        return verdict
    # the base grows with the head: a baseline that stands still would need other numbers
    needed = _pairs_needed(head, base, margin, policy)
    reason = verdict.reason
    if needed is None:
        return replace(verdict, seeds_needed=None, reason=f"{reason}; no number of pairs up to {_MOST:,} would")
    if needed <= verdict.runs:
        reason += f"; were nothing lost, {needed} pairs would mostly have shown it: the loss may be real"
    else:
        reason += f"; about {needed} pairs would"
    return replace(verdict, seeds_needed=needed, reason=reason)


def _pairs_needed(head: Rows, base: Rows, margin: float, policy: Policy) -> int | None:
    """Return the pairs that mostly rule the margin out if nothing is lost, or None."""
    gaps = [
        ours.test - theirs.test for ours, theirs in zip(head, base, strict=True) if not (ours.failed or theirs.failed)
    ]
    sd = stdev(gaps) if len(gaps) > 1 else math.inf
    numbers = range(policy.least_runs, _MOST + 1)
    level = policy.level(policy.alpha, None)
    return next((n for n in numbers if detectable_margin(sd / math.sqrt(n), n - 1, alpha=level) <= margin), None)
