"""The plan of a cell, and what sessions of the gate make of it."""

from collections import Counter

import numpy as np
import pytest

from stablebert.analysis import Side, all_pass, plan_cell
from stablebert.gate import Policy, Status, judge
from stablebert.runs import RunRow
from tests.synthetic import synthetic_rows

POLICY = Policy(cells=6)


def baseline(runs=20, sd=0.5, failed=()):
    return Side("cell", synthetic_rows(90.0, range(runs), sd=sd, failed=frozenset(failed)))


def normal_rows(generator, mean, runs, first):
    base = synthetic_rows(mean, range(first, first + runs))
    return [
        RunRow(**{**vars(row), "test": float(score)})
        for row, score in zip(base, generator.normal(mean, 0.5, runs), strict=True)
    ]


def test_sessions_of_the_gate_end_as_planned():
    """The plan's own deviation is known here, so that only the rule is compared."""
    generator = np.random.default_rng(3)
    ends = Counter()
    sessions = 150
    for _ in range(sessions):
        verdict = judge(normal_rows(generator, 90.0, 20, 100), normal_rows(generator, 90.0, 20, 0), POLICY, margin=0.6)
        ends[verdict.runs if verdict.status is Status.PASS else 0] += 1
    known = baseline()
    planned = plan_cell(known, 0.6 * plan_cell(known, 1.0, POLICY).sd_upper / 0.5, POLICY)
    passed = [sum(ends[look] for look in POLICY.looks if look <= last) / sessions for last in POLICY.looks]
    # four standard errors of 150 sessions at the most
    assert list(planned.passed.values()) == pytest.approx(passed, abs=4 * 0.5 / sessions**0.5)
    assert passed[0] < 0.9 < passed[-1] + 0.1


def test_a_wide_margin_is_decided_at_the_first_look_and_a_narrow_one_never():
    wide, narrow, out = (plan_cell(baseline(), margin, POLICY, alone=False) for margin in (5.0, 0.4, 0.01))
    assert wide.decidable
    assert wide.passed[6] > 0.99
    assert wide.mean_seeds == pytest.approx(6.0, abs=0.1)
    assert not narrow.decidable
    assert narrow.passed[20] < narrow.power
    assert narrow.baseline_needed is None or narrow.baseline_needed > 20
    assert (out.baseline_needed, out.balanced_needed) == (None, None)


def test_what_a_larger_baseline_would_decide_it_does_decide():
    small = plan_cell(baseline(), 0.42, POLICY)
    assert not small.decidable
    larger = Side("cell", normal_rows(np.random.default_rng(0), 90.0, 400, 0))
    assert plan_cell(larger, 0.42 * larger.summary.sd / baseline().summary.sd, POLICY).decidable


def test_the_smallest_margin_is_where_decidable_begins():
    least = plan_cell(baseline(), 1.0, POLICY).smallest
    assert plan_cell(baseline(), 1.02 * least, POLICY).decidable
    assert not plan_cell(baseline(), 0.98 * least, POLICY).decidable


def test_hours_and_all_cells():
    plans = [plan_cell(baseline(), 5.0, POLICY, seconds=360.0), plan_cell(baseline(), 0.5, POLICY)]
    assert plans[0].hours == pytest.approx(plans[0].mean_seeds * 0.1)
    assert plans[1].hours is None
    assert all_pass(plans) == pytest.approx(plans[0].passed[20] * plans[1].passed[20])
    assert all_pass([*plans, plan_cell(baseline(), None, POLICY)]) is None


def test_without_a_margin_what_can_be_seen_is_still_said():
    plan = plan_cell(baseline(), None, POLICY, seeds=5)
    assert (plan.passed, plan.mean_seeds, plan.decidable) == ({}, None, False)
    assert plan.shown > plan_cell(baseline(), None, POLICY, seeds=20).shown
    # without a margin the mean never FAILs, and with one no loss within it
    assert plan.caught is None
    assert plan_cell(baseline(), 1.0, POLICY).caught > 1.0


def test_a_cell_alone_needs_more_runs_than_one_among_several():
    alone, among = (plan_cell(baseline(), 5.0, POLICY, alone=alone) for alone in (True, False))
    assert (alone.passed[9], among.passed[6]) == (0.0, pytest.approx(1.0, abs=0.01))
    assert alone.mean_seeds == pytest.approx(12.0, abs=0.1)


def test_failed_runs_are_no_runs_to_plan_by():
    assert plan_cell(baseline(failed=[1, 2]), 1.0, POLICY).smallest > plan_cell(baseline(), 1.0, POLICY).smallest
    with pytest.raises(ValueError, match="nothing to plan by"):
        plan_cell(baseline(failed=range(18)), 1.0, POLICY)


@pytest.mark.parametrize("wrong", [{"power": 1.0}, {"seeds": 1}, {"margin": -1.0}])
def test_values_outside_their_range_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        plan_cell(baseline(), **{"margin": 1.0, "policy": POLICY, **wrong})


def test_plain_data_spells_the_baseline_out():
    side = baseline(failed=[1, 2])
    data = plan_cell(side, 1.0, POLICY, seconds=1.0).to_dict()
    assert [*data][:5] == ["cell", "runs", "failed", "sd", "sd_upper"]
    assert [*data][-1] == "hours"
    assert (data["runs"], data["failed"], data["sd"]) == (20, 2, side.summary.sd)
