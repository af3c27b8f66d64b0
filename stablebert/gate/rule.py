"""The rule: raw runs of a candidate and of its baseline in, a verdict out."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stablebert.gate.evidence import Rows, are_identical, before_gap, problem_between, problem_with, seed_order
from stablebert.gate.guards import guards_of
from stablebert.gate.location import NO_MARGIN, location_part, measure_location, shown_loss
from stablebert.gate.look import Look
from stablebert.gate.outlook import with_outlook, with_outlook_of_pairs
from stablebert.gate.part import Says, deciding, in_order
from stablebert.gate.policy import Policy
from stablebert.gate.verdict import RuledOut, Status, Verdict
from stablebert.runs import ROW_FIELDS, RunRow
from stablebert.stats import NonInferiority, detectable_margin, upper_failure_rate, upper_spread_ratio
from stablebert.tables import number

if TYPE_CHECKING:
    import pandas as pd


def judge(
    candidate: "Rows | pd.DataFrame",
    baseline: "Rows | pd.DataFrame",
    policy: Policy | None = None,
    *,
    margin: float | None = None,
    cell: str = "",
    alone: bool = True,
) -> Verdict:
    """Judge a cell against its baseline: the first look that decides, with exactly the first n seeds in seed order.

    A run is lost if it has failed, or has collapsed: lies far below anything that the baseline's runs do. PASS: every
    part of the rule allows it: non-inferiority with the margin is shown on the runs that have not failed and, with a
    wider one, on all runs; the upper bound of the rate of lost runs is in reach of the baseline's; a second endpoint is
    not higher. FAIL: at the alarm level is shown that more runs are lost, that the mean is lower by more than half of
    the margin (and it seems so by all of it), that the runs scatter more, or that a second endpoint has moved far.
    INCONCLUSIVE: neither. INVALID: the runs are no evidence at all; the reason says why. A missing seed ends the
    replay: INVALID unless the looks before it have decided.

    Args:
        candidate: One row a run, `RunRow`s or a table with their fields as columns.
        baseline: As `candidate`.
        policy: The rule; None is the default.
        margin: Largest loss that does not matter, in points; None: nobody knows, and the cell cannot PASS.
        cell: Cell id for the verdict.
        alone: Whether the cell is the whole session, which asks more of its rate of lost runs than one among several.

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
    for moment in policy.moments:
        if len(unbroken) < moment:
            break
        last = _unless_futile(judge_look(Look(unbroken[:moment], theirs, margin, policy, alone), bare), policy)
        if not last.is_open:
            break
    broken = len(unbroken) < min(len(ours), policy.looks[-1])
    if broken and last.is_open:
        return replace(last, status=Status.INVALID, reason=_gap(unbroken, ours))
    return with_outlook(last, Look(unbroken[: last.runs], theirs, margin, policy, alone)) if last.is_open else last


def judge_pairs(
    pairs: Iterable[tuple[RunRow, RunRow]],
    policy: Policy,
    *,
    margin: float | None = None,
    cell: str = "",
    alone: bool = True,
) -> Verdict:
    """Judge head against base, both made in one job, at the rule's looks, drawing pairs only until one decides.

    Both sides grow together, so that each look sees as many base runs as head runs, and no stored baseline is needed.

    Args:
        pairs: A base row and a head row of the same seed each, in seed order.
        policy: The rule; `paired` is what the pairs are made for.
        margin: As `judge` takes it.
        cell: Cell id for the verdict.
        alone: As `judge` takes it.

    Example:
        >>> judge_pairs([], Policy(pairing="paired")).reason
        '0 of the 6 pairs of the first look are there'
    """
    base: list[RunRow] = []
    head: list[RunRow] = []
    bare = Verdict(cell, Status.INVALID, "", margin=margin, policy=policy.digest)
    last = bare
    for before, after in pairs:
        base.append(before)
        head.append(after)
        if len(head) in policy.moments:
            look = Look(head[:], base[:], margin, policy, alone, grows=True)
            last = _judge_pairs_so_far(look, replace(bare, baseline_runs=len(base)))
            if last.status is not Status.INCONCLUSIVE:
                return last
    if len(head) < policy.moments[0]:
        return replace(bare, reason=f"{len(head)} of the {policy.moments[0]} pairs of the first look are there")
    return last


def judge_look(look: Look, bare: Verdict) -> Verdict:
    """Return what exactly these rows say, whatever else is stored.

    Args:
        look: The rows.
        bare: A verdict with the cell's name and margin, to be filled in.
    """
    problem = problem_with("candidate", look.ours) or problem_between(look.ours, look.theirs)
    if problem:
        return replace(bare, reason=problem)
    if are_identical(look.ours, look.theirs):
        lost, runs, baseline_lost, _ = look.counts
        reason = f"identical, {runs} seeds"
        seen = replace(bare, runs=runs, failed=lost, baseline_failed=baseline_lost, reason=reason, pairing="identical")
        if look.margin is not None:
            return replace(seen, status=Status.PASS)
        return replace(seen, status=Status.INCONCLUSIVE, reason=f"{reason}; {NO_MARGIN}")
    measured = measure_location(look)
    location = location_part(look, measured)
    parts = in_order([location, *guards_of(look)])
    objection = deciding(parts)
    part = objection or location
    seen = replace(_described(bare, look, measured), reason=part.words, parts=parts, decided_by=part.name)
    if objection is None:
        return _passed(seen, look)
    status = Status.FAIL if objection.says is Says.ALARMS else Status.INCONCLUSIVE
    return replace(seen, status=status)


def _passed(seen: Verdict, look: Look) -> Verdict:
    """Return the PASS with what it rules out; a FAIL where a loss is shown and the policy lets none pass."""
    if look.policy.shown == "fail" and seen.loss_shown is not None and seen.difference is not None:
        reason = (
            f"{number(-seen.difference, margin=seen.margin)} points worse (p = {seen.loss_shown:.2g}), and the policy "
            "lets no shown loss pass"
        )
        return replace(seen, status=Status.FAIL, reason=reason)
    lost, runs, baseline_lost, baseline_runs = look.counts
    loss = None if seen.lower_bound is None else 0.0 - seen.lower_bound
    spread = upper_spread_ratio(list(look.scores.values()), list(look.baseline_scores.values()))
    more = upper_failure_rate(lost, runs) - baseline_lost / baseline_runs
    return replace(seen, status=Status.PASS, ruled_out=RuledOut(loss, more, spread))


def _judge_pairs_so_far(look: Look, bare: Verdict) -> Verdict:
    problem = problem_with("base", look.theirs)
    if problem:
        return replace(bare, reason=problem)
    verdict = judge_look(look, bare)
    return with_outlook_of_pairs(verdict, look) if verdict.is_open else verdict


def _described(bare: Verdict, look: Look, location: NonInferiority | None) -> Verdict:
    collapsed, baseline_collapsed = look.collapsed
    seen = replace(
        bare.with_runs(look.summary, look.baseline),
        collapsed=collapsed,
        baseline_collapsed=baseline_collapsed,
        correlation=look.correlation,
    )
    if location is None:
        return seen
    return replace(
        seen,
        difference=location.difference,
        lower_bound=location.lower_bound,
        p_value=location.p_value if look.margin is not None else None,
        p_inferior=location.p_inferior,
        loss_shown=shown_loss(look, location),
        detectable=detectable_margin(location.standard_error, location.degrees, alpha=look.level(look.policy.alpha)),
        pairing=location.pairing,
    )


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
