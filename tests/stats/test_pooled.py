"""Several cells: means added, failures given their strata."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from stablebert.stats import noninferiority, pooled_failure_p_value, pooled_noninferiority

stratum = st.tuples(st.integers(1, 5), st.integers(1, 6)).flatmap(
    lambda runs: st.tuples(st.integers(0, runs[0]), st.just(runs[0]), st.integers(0, runs[1]), st.just(runs[1]))
)


def by_every_choice(strata):
    """Return the share of the ways to hand out each stratum's failures that give the candidate as many or more."""
    counts = [0]
    for failed, runs, baseline_failed, baseline_runs in strata:
        marks = [1] * (failed + baseline_failed) + [0] * (runs + baseline_runs - failed - baseline_failed)
        choices = [sum(choice) for choice in itertools.combinations(marks, runs)]
        counts = [former + choice for former in counts for choice in choices]
    return np.mean(np.array(counts) >= sum(one[0] for one in strata))


@given(st.lists(stratum, min_size=1, max_size=2))
def test_failures_are_the_share_of_joint_choices(strata):
    assert pooled_failure_p_value(strata) == pytest.approx(by_every_choice(strata))


@given(stratum)
def test_one_stratum_is_fishers_test(one):
    failed, runs, baseline_failed, baseline_runs = one
    table = [[failed, baseline_failed], [runs - failed, baseline_runs - baseline_failed]]
    assert pooled_failure_p_value([one]) == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)


def test_no_chance_is_more_than_1():
    # sums of chances that are rounded up
    assert max(pooled_failure_p_value([(0, runs, failed, 20)]) for runs in range(1, 21) for failed in range(21)) == 1.0


def test_many_runs_are_near_mantel_and_haenszel():
    strata = [(30, 100, 20, 100), (12, 80, 9, 80), (40, 90, 35, 90)]
    tables = [np.array([[a, n - a], [b, m - b]]) for a, n, b, m in strata]
    both = StratifiedTable(tables).test_null_odds(correction=True).pvalue
    assert pooled_failure_p_value(strata) == pytest.approx(both / 2, rel=0.05)


def test_strata_keep_a_difference_between_cells_apart_from_one_between_sides():
    # the candidate has more runs where everybody fails: crude counts would blame it
    strata = [(18, 20, 9, 10), (0, 10, 0, 20)]
    crude = tuple(sum(numbers) for numbers in zip(*strata, strict=True))
    assert pooled_failure_p_value([crude]) < 0.05 < pooled_failure_p_value(strata)


def test_no_stratum_or_an_impossible_one_is_refused():
    with pytest.raises(ValueError, match="^failed runs need at least one stratum$"):
        pooled_failure_p_value([])
    with pytest.raises(ValueError, match="failed of"):
        pooled_failure_p_value([(6, 5, 0, 5)])


def draws(seed):
    generator = np.random.default_rng(seed)
    return generator.normal(-0.3, 1, 6), generator.normal(size=20)


def test_one_cell_is_its_own_test():
    alone = noninferiority(*draws(0), margin=1.0)
    pooled = pooled_noninferiority([alone], [2.0], margin=0.5)
    assert (pooled.p_value, pooled.degrees) == pytest.approx((alone.p_value, alone.degrees))
    assert pooled.lower_bound == pytest.approx(alone.lower_bound / 2)
    assert pooled.pairing == "pooled"


def test_equal_cells_have_the_error_of_one_over_the_root_of_their_number():
    alone = noninferiority(*draws(1), margin=1.0)
    pooled = pooled_noninferiority([alone] * 4, [1.0] * 4, margin=0.5)
    assert pooled.difference == pytest.approx(alone.difference)
    assert pooled.standard_error == pytest.approx(alone.standard_error / 2)
    assert pooled.degrees == pytest.approx(4 * alone.degrees)


def test_the_level_is_kept_over_cells_of_different_noise():
    generator = np.random.default_rng(5)
    hits = 0
    for _ in range(1500):
        tests = [
            noninferiority(generator.normal(-sd / 2, sd, 5), generator.normal(0, sd, 20), margin=sd) for sd in (1, 3, 9)
        ]
        hits += pooled_noninferiority(tests, [1, 3, 9], margin=0.5).noninferior
    assert hits / 1500 == pytest.approx(0.05, abs=0.015)


def test_what_estimates_have_in_common_comes_on_top():
    tests = [noninferiority(*draws(seed), margin=1.0) for seed in (1, 2)]
    apart = pooled_noninferiority(tests, [1.0, 2.0], margin=0.5)
    found = pooled_noninferiority(tests, [1.0, 2.0], margin=0.5, common=[(0.3, 19.0)])
    squares = [(test.standard_error * share) ** 2 for test, share in zip(tests, (0.5, 0.25), strict=True)]
    variance = sum(squares) + 0.3
    degrees = variance**2 / (sum(s**2 / t.degrees for s, t in zip(squares, tests, strict=True)) + 0.3**2 / 19)
    assert (found.standard_error, found.degrees) == pytest.approx((variance**0.5, degrees))
    assert found.difference == apart.difference
    assert found.lower_bound < apart.lower_bound


@pytest.mark.parametrize("units", [[], [1.0, 1.0], [0.0]])
def test_units_must_fit(units):
    with pytest.raises(ValueError, match="unit"):
        pooled_noninferiority([noninferiority(*draws(0), margin=1.0)], units, margin=0.5)
