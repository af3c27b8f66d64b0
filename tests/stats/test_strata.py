import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import Counts, failure_difference, stratified_failure_p_value


@st.composite
def counts(draw, most=25):
    runs, other_runs = draw(st.integers(1, most)), draw(st.integers(1, most))
    return Counts(draw(st.integers(0, runs)), runs, draw(st.integers(0, other_runs)), other_runs)


@given(counts())
def test_one_data_set_is_fishers_test(one):
    table = [[one.failed, one.other_failed], [one.runs - one.failed, one.other_runs - one.other_failed]]
    oracle = stats.fisher_exact(table, alternative="greater").pvalue
    assert stratified_failure_p_value([one]) == pytest.approx(oracle, abs=1e-12)


def by_enumeration(strata):
    """Return the p-value over every way in which the failed runs of each data set can fall on the two arms."""
    seen = sum(one.failed for one in strata)
    ways = []
    for one in strata:
        runs = range(one.runs + one.other_runs)
        chosen = itertools.combinations(runs, one.failed + one.other_failed)
        ways.append([sum(run < one.runs for run in failed) for failed in chosen])
    totals = [sum(way) for way in itertools.product(*ways)]
    return sum(total >= seen for total in totals) / len(totals)


@given(st.lists(counts(most=3), min_size=1, max_size=3))
def test_several_data_sets_are_what_enumeration_says(strata):
    assert stratified_failure_p_value(strata) == pytest.approx(by_enumeration(strata))


@given(st.lists(counts(), min_size=1, max_size=4))
def test_a_swap_of_the_arms_turns_the_difference_round(strata):
    value, lower, upper = failure_difference(strata)
    swapped = failure_difference([one.swapped for one in strata])
    assert swapped == pytest.approx((-value, -upper, -lower), abs=1e-12)
    assert -1 <= lower <= value <= upper <= 1
    plain = sum(one.failed / one.runs - one.other_failed / one.other_runs for one in strata) / len(strata)
    assert value == pytest.approx(plain, abs=1e-12)


@pytest.mark.parametrize(("one", "other"), [(0.0, 0.0), (0.05, 0.3), (0.5, 0.5)])
def test_the_bound_of_a_difference_holds_as_often_as_promised(one, other):
    covered = sum(
        stats.binom.pmf(failed, 20, one) * stats.binom.pmf(other_failed, 20, other)
        for failed, other_failed in itertools.product(range(21), repeat=2)
        if failure_difference([Counts(failed, 20, other_failed, 20)])[2] >= one - other
    )
    assert covered >= 0.95


def test_impossible_counts_are_refused():
    for wrong in ((1, 0, 0, 1), (0, 1, 2, 1), (-1, 5, 0, 5)):
        with pytest.raises(ValueError, match="wanted 1 run or more"):
            Counts(*wrong)
