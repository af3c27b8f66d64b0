"""The rule in numpy against `stablebert.gate.judge`: the same verdicts on stores that no training made."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from stablebert.gate import Comparison, Policy, judge, pool
from stablebert.runs import RunRow
from tests.calibration import rule as vectorised
from tests.calibration.anytime import LAST, seeds_to_pass
from tests.calibration.arms import Arm
from tests.calibration.equal import draw_cell
from tests.calibration.pooled import judge_pooled
from tests.calibration.rule import Rule
from tests.calibration.samples import STEP, stream
from tests.calibration.stored import stored_cells

STORES = 200
PARTS = {"held-out log-loss": "log-loss"}
STATUSES = {vectorised.PASS: "PASS", vectorised.FAIL: "FAIL", vectorised.INCONCLUSIVE: "INCONCLUSIVE"}


def rows_of(arm, first_seed):
    """Return the rows of one side; equal seeds drew from equal streams."""
    (scores,), (failed,), (losses,) = arm.scores, arm.failed, arm.log_loss
    return [
        RunRow(
            seed=f"s{seed:03d}",
            test=float(score),
            validation=0.0,
            last_validation=0.0,
            best_step=1,
            log_loss=float(loss),
            training_loss=0.5,
            failed=bool(fails),
            failed_reason="made so" if fails else "",
            losses=f"made of {seed}",
            **{name: f"{name} {seed}" for name in ("head", "order", "dropout", "reinit")},
        )
        for seed, score, fails, loss in zip(
            range(first_seed, first_seed + arm.runs), scores, failed, losses, strict=True
        )
    ]


def store(number):
    """Return candidate, baseline, margin, whether their seeds are shared, and the fields of the policy."""
    generator = stream("agreement", number)
    m = int(generator.choice([20, 50]))
    shared = bool(generator.random() < 0.6)
    baseline_scores = generator.standard_normal((1, m))
    ours = generator.standard_normal((1, 20))
    if shared:
        rho = generator.choice([0.3, 0.7, 0.95])
        ours = rho * baseline_scores[:, :20] + np.sqrt(1 - rho**2) * ours
    if generator.random() < 0.3:
        baseline_scores, ours = -np.exp(baseline_scores), -np.exp(ours)
    scores = [
        80 + 2 * baseline_scores,
        80 + generator.choice([0, 0, -1.5, -3, -6]) + generator.choice([2, 2, 4, 9]) * ours,
    ]
    if generator.random() < 0.3:
        scores = [np.round(values / STEP) * STEP for values in scores]
    rates = generator.choice([[0, 0], [0.1, 0.1], [0.05, 0.3], [0.1, 0.8]])
    sides = []
    for values, rate in zip(scores, rates, strict=True):
        failed = generator.random(values.shape) < rate
        lost = np.where(generator.random(values.shape) < 0.5, np.nan, 50.0)
        sides.append(Arm(np.where(failed, lost, values), failed, generator.normal(0.5, 0.1, values.shape)))
    sides[1].log_loss[:] += generator.choice([0, 0, 0.2])
    pairing = str(generator.choice(["auto", "auto", "auto", "welch", "moderated", "paired", "anchored"]))
    looks = [(5, 10, 15, 20), (5, 10, 15, 20), (10,), (3, 8, 20)][generator.integers(4)]
    policy = {"cells": int(generator.choice([1, 12])), "pairing": pairing, "looks": looks}
    return sides[1], sides[0], float(generator.choice([1.5, 3.0, 5.0])), shared, policy


@cache
def verdict_of(number):
    """Return what the project says of a store."""
    candidate, baseline, margin, shared, policy = store(number)
    return judge(rows_of(candidate, 0 if shared else 100), rows_of(baseline, 0), Policy(**policy), margin=margin)


def found_of(number, **changes):
    """Return what the rule in numpy says of it."""
    candidate, baseline, margin, shared, policy = store(number)
    return vectorised.judge(candidate, baseline, margin, replace(Rule(**policy), **changes), shared=shared)


def differences(numbers, **changes):
    """Return in words where the two say different things."""
    lines = []
    for number in numbers:
        theirs, ours = verdict_of(number), found_of(number, **changes)
        said = (
            str(theirs.status),
            theirs.runs,
            "" if theirs.status == "PASS" else PARTS.get(theirs.decided_by, theirs.decided_by),
        )
        found = (STATUSES[int(ours.status[0])], int(ours.runs[0]), str(ours.part[0]))
        bounds = (np.nan if theirs.lower_bound is None else theirs.lower_bound, float(ours.lower[0]))
        if said != found or not np.allclose(*bounds, rtol=0, atol=1e-9, equal_nan=True):
            lines.append(f"store {number}: judge {said} {bounds[0]}, numpy {found} {bounds[1]}")
    return lines


def test_both_say_the_same_of_200_stores():
    assert differences(range(STORES)) == []


def test_the_stores_reach_every_status_and_part():
    found = [found_of(number) for number in range(STORES)]
    assert {(int(one.status[0]), str(one.part[0])) for one in found} >= {
        (vectorised.PASS, ""),
        (vectorised.FAIL, "failed runs"),
        (vectorised.FAIL, "location"),
        (vectorised.FAIL, "spread"),
        (vectorised.INCONCLUSIVE, "location"),
        (vectorised.INCONCLUSIVE, "failure rate"),
        (vectorised.INCONCLUSIVE, "all runs"),
        (vectorised.INCONCLUSIVE, "log-loss"),
    }


@pytest.mark.parametrize(
    "change",
    [{"ratio": np.inf}, {"alpha": 0.06}, {"correlation": -1.0}, {"spread_alarm": 0.02}, {"guards": ("failure rate",)}],
    ids=str,
)
def test_another_rule_would_be_seen(change):
    assert differences(range(STORES // 2), **change) != []


def one(arm, session, first_seed):
    return rows_of(arm.where(np.array([session])), first_seed)


def test_both_pool_alike():
    generator, sessions, seen = stream("agreement", "pooled"), 6, set()
    for loss, more_failed in ((0.0, 0.0), (0.4, 0.0), (1.5, 0.0), (0.0, 0.25), (0.0, 0.6)):
        cells = [draw_cell(stored, sessions, 20, 0.0, generator) for stored in stored_cells()[:4]]
        for cell in cells:
            cell.candidate.scores[:] -= loss * cell.margin
            cell.candidate.failed[:] |= generator.random((sessions, 20)) < more_failed
        status, part = judge_pooled(cells, Rule(cells=4))
        for session in range(sessions):
            sides = [(one(cell.candidate, session, 100), one(cell.baseline, session, 0)) for cell in cells]
            comparisons = [Comparison(*rows, cell.margin) for rows, cell in zip(sides, cells, strict=True)]
            verdict = pool(comparisons, Policy(cells=4))
            found = (STATUSES[int(status[session])], str(part[session]))
            assert (str(verdict.status), verdict.decided_by) == found
            seen.add(found)
    assert seen >= {("PASS", "location"), ("FAIL", "location"), ("FAIL", "failed runs")}


def test_both_pass_at_the_same_run_at_any_time():
    generator = stream("agreement", "anytime")
    x, y = 80 + generator.standard_normal((12, 20)), 79.5 + generator.standard_normal((12, LAST))
    passed, seeds = seeds_to_pass(y, x, 1.5, 0.05)
    for place in range(len(y)):
        sides = [Arm(scores[[place]], np.zeros((1, 20), dtype=bool), np.full((1, 20), np.nan)) for scores in (y, x)]
        verdict = judge(rows_of(sides[0], 100), rows_of(sides[1], 0), Policy(anytime=True), margin=1.5)
        assert (str(verdict.status) == "PASS", verdict.runs) == (passed[place], seeds[place])
    assert set(passed) == {True, False}
