import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import failure_difference


@st.composite
def counts(draw):
    runs, other_runs = draw(st.integers(1, 25)), draw(st.integers(1, 25))
    return draw(st.integers(0, runs)), runs, draw(st.integers(0, other_runs)), other_runs


@given(st.lists(counts(), min_size=1, max_size=4))
def test_a_swap_of_the_arms_turns_the_difference_round(strata):
    value, lower, upper = failure_difference(strata)
    swapped = failure_difference([(*one[2:], *one[:2]) for one in strata])
    assert swapped == pytest.approx((-value, -upper, -lower), abs=1e-12)
    assert -1 <= lower <= value <= upper <= 1
    plain = sum(failed / runs - other / other_runs for failed, runs, other, other_runs in strata) / len(strata)
    assert value == pytest.approx(plain, abs=1e-12)


@pytest.mark.parametrize(("one", "other"), [(0.0, 0.0), (0.05, 0.3), (0.5, 0.5)])
def test_the_bound_of_a_difference_holds_as_often_as_promised(one, other):
    covered = sum(
        stats.binom.pmf(failed, 20, one) * stats.binom.pmf(other_failed, 20, other)
        for failed, other_failed in itertools.product(range(21), repeat=2)
        if failure_difference([(failed, 20, other_failed, 20)])[2] >= one - other
    )
    assert covered >= 0.95


@pytest.mark.parametrize("strata", [[], [(1, 0, 0, 1)], [(0, 1, 2, 1)], [(-1, 5, 0, 5)]])
def test_impossible_counts_are_refused(strata):
    with pytest.raises(ValueError, match="failed|stratum"):
        failure_difference(strata)
