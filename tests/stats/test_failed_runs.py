import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import failure_difference, failure_p_value, pooled_failure_p_value, upper_failure_rate


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


@pytest.mark.parametrize("counts", [(1, 0), (0, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(counts):
    words = f"^{counts[0]} failed of {counts[1]} runs: wanted at least one run and no more failures than runs$"
    for ask in (
        lambda: upper_failure_rate(*counts),
        lambda: failure_p_value(*counts, 0, 5),
        lambda: failure_p_value(1, 5, *counts),
        lambda: pooled_failure_p_value([(1, 5, 0, 5), (*counts, 0, 5)]),
        lambda: pooled_failure_p_value([(1, 5, *counts)]),
        lambda: failure_difference([(*counts, 0, 5)]),
    ):
        with pytest.raises(ValueError, match=words):
            ask()


def test_all_runs_failed_are_bounded_by_1_and_one_that_has_not_by_nearly_as_much():
    assert upper_failure_rate(5, 5) == 1.0
    assert upper_failure_rate(0, 1) == pytest.approx(0.95)


@given(st.integers(1, 8), st.integers(1, 8), st.data())
def test_boschloos_test_is_scipys(runs, others, data):
    failed, other = data.draw(st.integers(0, runs)), data.draw(st.integers(0, others))
    found = failure_p_value(failed, runs, other, others)
    if failed / runs <= other / others:
        assert found == 1.0
    else:
        table = [[failed, other], [runs - failed, others - other]]
        assert found == pytest.approx(stats.boschloo_exact(table, alternative="greater").pvalue)
        # a little stronger than Fisher's
        assert found <= stats.fisher_exact(table, alternative="greater").pvalue + 1e-12


def test_the_chance_is_the_largest_of_all_rates_where_scipys_search_ends_at_another():
    found = failure_p_value(5, 20, 50, 1000)
    table = [[5, 50], [15, 950]]
    assert found > stats.boschloo_exact(table, alternative="greater").pvalue
    fisher = stats.fisher_exact(table, alternative="greater").pvalue
    ours = np.arange(21)
    most = [
        sum(stats.hypergeom.sf(mine - 1, 1020, mine + np.arange(1001), 20) <= fisher * (1 + 1e-9)) - 1 for mine in ours
    ]
    chances = [
        (stats.binom.pmf(ours, 20, rate) * stats.binom.cdf(most, 1000, rate)).sum() for rate in np.arange(1, 400) / 1000
    ]
    assert max(chances) <= found == pytest.approx(max(chances), rel=1e-3)


def test_the_worst_rate_may_lie_near_1():
    fisher = stats.fisher_exact([[3, 9], [0, 1]], alternative="greater").pvalue
    ours, theirs = np.arange(4), np.arange(11)
    most = [sum(stats.hypergeom.sf(mine - 1, 13, mine + theirs, 3) <= fisher * (1 + 1e-9)) - 1 for mine in ours]
    rates = np.arange(1, 2000) / 2000
    chances = [(stats.binom.pmf(ours, 3, rate) * stats.binom.cdf(most, 10, rate)).sum() for rate in rates]
    place = int(np.argmax(chances))
    assert rates[place] > 0.8
    assert failure_p_value(3, 3, 9, 10) == pytest.approx(chances[place], rel=1e-5)
    # the control: no rate up to 3/4 would do
    assert max(chances[:1500]) < 0.999 * chances[place]


def test_a_large_baseline_takes_fishers_test():
    table = [[4, 30], [16, 4970]]
    assert failure_p_value(4, 20, 30, 5000) == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)
    # 20,000 tables are not beyond, 20,020 are
    for runs, test in ((1000, stats.boschloo_exact), (1001, stats.fisher_exact)):
        table = [[4, 30], [16, runs - 30]]
        assert failure_p_value(4, 20, 30, runs) == pytest.approx(test(table, alternative="greater").pvalue, rel=1e-9)


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


def limits(failed, runs, confidence):
    """Return scipy's exact limits of a rate, each one-sided at the confidence."""
    found = stats.binomtest(failed, runs).proportion_ci(2 * confidence - 1, method="exact")
    return found.low, found.high


@given(st.lists(counts(), min_size=1, max_size=3), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_bounds_of_a_difference_add_the_limits_of_the_rates_in_squares(strata, confidence):
    value, lower, upper = failure_difference(strata, confidence)
    below = above = 0.0
    for failed, runs, other, other_runs in strata:
        (low, high), (other_low, other_high) = limits(failed, runs, confidence), limits(other, other_runs, confidence)
        rate, other_rate = failed / runs, other / other_runs
        below += (rate - low) ** 2 + (other_high - other_rate) ** 2
        above += (high - rate) ** 2 + (other_rate - other_low) ** 2
    share = 1 / len(strata)
    assert lower == pytest.approx(max(-1.0, value - share * below**0.5), abs=1e-9)
    assert upper == pytest.approx(min(1.0, value + share * above**0.5), abs=1e-9)
    if confidence == 0.95:
        assert failure_difference(strata) == (value, lower, upper)


def test_a_bound_of_a_rate_is_one_sided_at_the_confidence_given():
    for confidence in (0.5, 0.9, 0.99):
        assert upper_failure_rate(2, 9, confidence) == pytest.approx(stats.beta.ppf(confidence, 3, 7))


@pytest.mark.parametrize("strata", [[], [(1, 0, 0, 1)], [(0, 1, 2, 1)], [(-1, 5, 0, 5)]])
def test_a_difference_of_impossible_counts_is_refused(strata):
    with pytest.raises(ValueError, match="failed of|^failed runs need at least one stratum$"):
        failure_difference(strata)
