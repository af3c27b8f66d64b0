"""What must not change a verdict, and what must mirror it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.gate import Policy, Status, judge
from tests.gate.arms import BASELINE, candidate


def _swapped(rows):
    return (rows, BASELINE), (BASELINE, rows)


@given(st.floats(-5, 2), st.floats(0.1, 3), st.floats(1.05, 3), st.integers(0, 4))
def test_a_larger_margin_never_turns_pass_into_another_verdict(shift, margin, factor, failures):
    rows = candidate(90 + shift, failed=frozenset(range(100, 100 + failures)))
    small, large = (judge(rows, BASELINE, margin=value) for value in (margin, margin * factor))
    if small.status is Status.PASS:
        assert large.status is Status.PASS


@given(st.floats(-3, 1), st.floats(-40, 5))
def test_shifting_all_scores_changes_nothing(loss, shift):
    rows = candidate(90 + loss)
    one = judge(rows, BASELINE, margin=1.0)
    other = judge(
        [replace(row, test=row.test + shift) for row in rows],
        [replace(row, test=row.test + shift) for row in BASELINE],
        margin=1.0,
    )
    assert (one.status, one.runs) == (other.status, other.runs)
    assert one.difference == pytest.approx(other.difference, abs=1e-9)


@given(st.floats(-3, 1), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(loss, random):
    rows, baseline = candidate(90 + loss), list(BASELINE)
    sorted_verdict = judge(rows, baseline, margin=1.0)
    random.shuffle(rows)
    random.shuffle(baseline)
    assert judge(rows, baseline, margin=1.0) == sorted_verdict


@given(st.floats(-3, 1), st.floats(0.1, 10))
def test_the_unit_of_the_scores_changes_nothing(loss, scale):
    def in_unit(rows):
        return [replace(row, test=row.test * scale) for row in rows]

    one = judge(candidate(90 + loss), BASELINE, margin=1.0)
    other = judge(in_unit(candidate(90 + loss)), in_unit(BASELINE), margin=scale)
    assert (one.status, one.runs) == (other.status, other.runs)
    assert other.lower_bound == pytest.approx(scale * one.lower_bound, rel=1e-6)


@given(st.floats(-3, 3))
def test_swapping_the_sides_mirrors_the_difference(loss):
    policy = Policy(looks=(20,), pairing="welch")
    one, other = (judge(*sides, policy, margin=1.0) for sides in _swapped(candidate(90 + loss)))
    assert one.difference == pytest.approx(-other.difference)
    assert one.p_inferior == pytest.approx(1 - other.p_inferior)
