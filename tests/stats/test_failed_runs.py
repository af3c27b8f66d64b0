import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import (
    failure_difference,
    failure_p_value,
    upper_failure_rate,
)


@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_the_failure_test_keeps_its_level_exactly(rate):
    size = sum(
        stats.binom.pmf(ours, 5, rate) * stats.binom.pmf(theirs, 20, rate)
        for ours, theirs in itertools.product(range(6), range(21))
        if failure_p_value(ours, 5, theirs, 20) <= 0.05
    )
    assert size <= 0.05


def test_the_failure_test_sees_what_it_should():
    assert failure_p_value(5, 5, 0, 20) < 1e-4
    assert failure_p_value(0, 5, 0, 20) == 1.0
    assert failure_p_value(1, 5, 4, 20) == 1.0


def test_more_failures_are_never_less_evidence():
    values = [failure_p_value(failed, 10, 1, 20) for failed in range(11)]
    assert values == sorted(values, reverse=True)


@given(st.integers(1, 60), st.data())
def test_the_upper_bound_is_clopper_and_pearsons(runs, data):
    failed = data.draw(st.integers(0, runs))
    expected = stats.binomtest(failed, runs, alternative="less").proportion_ci(0.95, method="exact").high
    assert upper_failure_rate(failed, runs) == pytest.approx(expected)


@pytest.mark.parametrize("counts", [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(ValueError, match="failed of"):
        upper_failure_rate(*counts)


def test_a_large_baseline_takes_fishers_test():
    table = [[4, 30], [16, 4970]]
    assert failure_p_value(4, 20, 30, 5000) == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)


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
def test_a_difference_of_impossible_counts_is_refused(strata):
    with pytest.raises(ValueError, match="failed|stratum"):
        failure_difference(strata)
