"""What must not change a verdict, and what must mirror it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stablebert.gate import Comparison, Policy, Status, judge, pool
from tests.gate.arms import BASELINE, at, candidate, failing, moved

FEW = settings(max_examples=30)
PLACES = st.sets(st.integers(0, 19), max_size=4)


def _swapped(rows):
    return (rows, BASELINE), (BASELINE, rows)


@FEW
@given(st.floats(-2, 2), st.floats(0.1, 3), st.floats(1.05, 3), st.integers(0, 4), st.booleans())
def test_a_larger_margin_never_turns_pass_into_another_verdict(shift, margin, factor, failures, alone):
    rows = candidate(90 + shift, **failing(*range(failures)))
    small, large = (judge(rows, BASELINE, margin=value, alone=alone) for value in (margin, margin * factor))
    if small.status is Status.PASS:
        assert large.status is Status.PASS


@FEW
@given(st.floats(-2.5, 1), st.floats(-40, 5), PLACES, st.sampled_from([None, 1.0]))
def test_shifting_all_scores_changes_nothing(loss, shift, collapsed, margin):
    rows = at(candidate(90 + loss), dict.fromkeys(collapsed, 60.0))
    one = judge(rows, BASELINE, margin=margin)
    other = judge(moved(rows, shift), moved(BASELINE, shift), margin=margin)
    assert (one.status, one.runs, one.decided_by) == (other.status, other.runs, other.decided_by)
    assert (one.collapsed, one.baseline_collapsed) == (other.collapsed, other.baseline_collapsed)
    for name in ("difference", "lower_bound", "p_value", "p_inferior"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-6)


@FEW
@given(st.floats(-2.5, 1), PLACES, st.sampled_from(["judge", "pool"]), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(loss, collapsed, asked, random):
    rows, baseline = at(candidate(90 + loss), dict.fromkeys(collapsed, 60.0)), list(BASELINE)

    def ask():
        if asked == "judge":
            return judge(rows, baseline, margin=1.0)
        return pool([Comparison(candidate(90 + loss), baseline, 1.0)] * 2, Policy(cells=2))

    in_order = ask()
    random.shuffle(rows)
    random.shuffle(baseline)
    found = ask()
    assert (found.status, found.runs, found.reason) == (in_order.status, in_order.runs, in_order.reason)
    assert found.lower_bound == pytest.approx(in_order.lower_bound) or asked == "pool"
    if asked == "judge":
        assert found == in_order


@FEW
@given(st.floats(-2.5, 1.5), PLACES, PLACES, st.floats(0.3, 2), st.booleans())
def test_runs_behind_the_look_that_decided_change_nothing(loss, collapsed, failed, margin, anytime):
    policy = Policy(anytime=anytime)
    rows = at(candidate(90 + loss, **failing(*failed)), dict.fromkeys(collapsed, 60.0))
    verdict = judge(rows, BASELINE, policy, margin=margin)
    if verdict.status in (Status.PASS, Status.FAIL):
        behind = moved(candidate(**failing(19))[verdict.runs :], 3.0)
        for other in (rows[: verdict.runs], [*rows[: verdict.runs], *behind]):
            assert judge(other, BASELINE, policy, margin=margin) == verdict


@FEW
@given(st.floats(-2.5, 1), st.floats(3, 10), PLACES)
def test_the_unit_of_the_scores_changes_nothing(loss, scale, collapsed):
    # from a unit in which the line lies 8 deviations below; a point is the least in any unit
    rows = at(candidate(90 + loss), dict.fromkeys(collapsed, 60.0))
    one = judge(rows, BASELINE, margin=1.0)
    other = judge(moved(rows, scale=scale), moved(BASELINE, scale=scale), margin=scale)
    assert (one.status, one.runs, one.collapsed) == (other.status, other.runs, other.collapsed)
    if one.lower_bound is not None:
        assert other.lower_bound == pytest.approx(scale * one.lower_bound, rel=1e-6)


@FEW
@given(st.floats(-2, 2))
def test_swapping_the_sides_mirrors_the_difference(loss):
    policy = Policy(looks=(20,), pairing="welch")
    one, other = (judge(*sides, policy, margin=1.0) for sides in _swapped(candidate(90 + loss)))
    if not one.failed:
        assert one.difference == pytest.approx(-other.difference)
        assert one.p_inferior == pytest.approx(1 - other.p_inferior)


@FEW
@given(st.floats(-2, 1), st.integers(0, 19), st.floats(0, 80))
def test_a_run_that_collapses_never_helps(loss, place, score):
    policy = Policy(looks=(20,))
    rows = candidate(90 + loss)
    one, other = (judge(side, BASELINE, policy, margin=1.0) for side in (rows, at(rows, {place: score})))
    if one.status is not Status.PASS:
        assert other.status is not Status.PASS
    assert other.failed >= one.failed


@given(st.floats(-2, 1), st.floats(0.3, 3), st.sampled_from(["pass", "fail"]))
@FEW
def test_what_a_pass_with_a_shown_loss_is_changes_nothing_else(loss, margin, shown):
    one, other = (judge(candidate(90 + loss), BASELINE, Policy(shown=kind), margin=margin) for kind in ("pass", shown))
    if one.loss_shown is None or one.status is not Status.PASS:
        assert replace(other, policy=one.policy) == one
    else:
        assert other.status is (Status.PASS if shown == "pass" else Status.FAIL)
