"""Looking after every run: PASS and FAIL by e-values, at any number of seeds from 3 on."""

from dataclasses import replace

import pytest

from stablebert.gate import Policy, Status, judge
from stablebert.stats import failure_e_value, t_e_value, upper_failure_rate
from tests.synthetic import synthetic_rows

BASELINE = synthetic_rows(90.0, range(20))
ANYTIME = Policy(anytime=True)


def candidate(mean=90.0, runs=20, **options):
    return synthetic_rows(mean, range(100, 100 + runs), **options)


def part_of(verdict, name):
    return next(part for part in verdict.parts if part.name == name)


def test_a_clear_case_is_decided_before_the_first_look():
    passed = judge(candidate(), BASELINE, ANYTIME, margin=3.0)
    assert (passed.status, passed.runs) == (Status.PASS, 5)
    # after four runs the failure rate is still open: a PASS needs every part
    assert part_of(judge(candidate(), BASELINE, replace(ANYTIME, looks=(4,)), margin=3.0), "location").p < 0.05
    failed = judge(candidate(80.0), BASELINE, ANYTIME, margin=1.0)
    assert (failed.status, failed.decided_by) == (Status.FAIL, "location")


def test_the_p_value_is_the_inverse_of_the_largest_e_value_and_alpha_is_its_level():
    rows = candidate(89.3)
    verdict = judge(rows, BASELINE, replace(ANYTIME, looks=(7,)), margin=0.75)
    theirs = [row.test for row in BASELINE]
    values = [t_e_value([row.test for row in rows[:n]], theirs, null=-0.75) for n in range(3, verdict.runs + 1)]
    part = part_of(verdict, "location")
    assert part.p == pytest.approx(min(1.0, 1 / max(values)))
    assert part.level == 0.05
    assert (verdict.status is Status.PASS) == (part.p <= 0.05)


def test_the_bound_is_the_loss_that_would_just_be_ruled_out():
    rows = candidate(89.5, runs=8)
    verdict = judge(rows, BASELINE, replace(ANYTIME, looks=(8,)), margin=0.1)
    assert verdict.status is Status.INCONCLUSIVE
    loss = -verdict.lower_bound
    for margin, status in ((1.001 * loss, Status.PASS), (0.999 * loss, Status.INCONCLUSIVE)):
        assert judge(rows, BASELINE, replace(ANYTIME, looks=(8,)), margin=margin).status is status


def test_failed_runs_alarm_as_soon_as_they_are_evidence():
    verdict = judge(candidate(failed=frozenset(range(100, 120))), BASELINE, ANYTIME, margin=1.0)
    assert (verdict.status, verdict.decided_by) == (Status.FAIL, "failed runs")
    rate = upper_failure_rate(0, 20)
    assert failure_e_value(verdict.runs, verdict.runs, rate) >= 1 / 0.0015
    assert verdict.runs == 3 or failure_e_value(verdict.runs - 1, verdict.runs - 1, rate) < 1 / 0.0015


def test_what_was_once_shown_stays_shown():
    # shown after four runs and withheld by the cap on failures until the fifth, which is a poor one
    rows = [*candidate(runs=4), replace(candidate(runs=5)[4], test=82.0)]
    verdict = judge(rows, BASELINE, ANYTIME, margin=2.0)
    assert (verdict.status, verdict.runs) == (Status.PASS, 5)
    theirs, ours = ([row.test for row in side] for side in (BASELINE, rows))
    assert t_e_value(ours, theirs, null=-2.0) < 20 <= t_e_value(ours[:4], theirs, null=-2.0)


def test_a_larger_margin_never_turns_a_pass_into_another_verdict():
    for mean in (89.0, 89.5, 90.0):
        statuses = [judge(candidate(mean), BASELINE, ANYTIME, margin=margin).status for margin in (0.6, 0.9, 1.4, 2.0)]
        first = next((place for place, status in enumerate(statuses) if status is Status.PASS), len(statuses))
        assert all(status is Status.PASS for status in statuses[first:])


def test_without_a_margin_location_is_reported():
    verdict = judge(candidate(80.0), BASELINE, ANYTIME, margin=None)
    assert (verdict.status, verdict.runs) == (Status.INCONCLUSIVE, 20)
    assert verdict.difference == pytest.approx(-10, abs=0.6)
