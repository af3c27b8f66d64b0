import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import (
    detectable_margin,
    failure_p_value,
    noninferiority,
    seeds_needed,
    spread_p_value,
    spread_rank_p_value,
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


def test_spread_is_the_one_sided_half_of_brown_and_forsythe():
    generator = np.random.default_rng(0)
    wide, narrow = generator.normal(0, 3, 12), generator.normal(0, 1, 20)
    both = stats.levene(wide, narrow, center="median").pvalue
    assert spread_p_value(wide, narrow) == pytest.approx(both / 2)
    assert spread_p_value(narrow, wide) == pytest.approx(1 - both / 2)
    assert spread_p_value([1.0, 1.0, 1.0], [2.0, 2.0, 2.0]) == 1.0
    with pytest.raises(ValueError, match="at least 3"):
        spread_p_value([1.0, 2.0], [1.0, 2.0, 3.0])


def test_the_rank_form_of_spread_asks_the_distances_from_the_medians():
    generator = np.random.default_rng(1)
    wide, narrow = generator.normal(0, 5, 12), generator.normal(0, 1, 20)
    far, near = (abs(side - np.median(side)) for side in (wide, narrow))
    expected = stats.mannwhitneyu(far, near, alternative="greater", method="exact").pvalue
    assert spread_rank_p_value(wide, narrow) == pytest.approx(expected)
    # one far run carries the means, not the ranks
    outlier = [*narrow[:4], 60.0]
    assert spread_p_value(outlier, narrow) < 0.05 < spread_rank_p_value(outlier, narrow)


def test_a_large_baseline_takes_fishers_test():
    table = [[4, 30], [16, 4970]]
    assert failure_p_value(4, 20, 30, 5000) == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)


@pytest.mark.parametrize(("sd", "margin"), [(1.0, 1.0), (1.0, 1.5), (0.3, 1.0)])
def test_the_seeds_needed_have_the_power_promised(sd, margin):
    n = seeds_needed(sd, 1.0, 20, margin, alpha=0.05)
    generator = np.random.default_rng(2)
    passes = [
        noninferiority(generator.normal(0, sd, n), generator.normal(0, 1, 20), margin=margin).noninferior
        for _ in range(1500)
    ]
    assert 0.76 < np.mean(passes) < 0.95


def test_a_detectable_margin_is_found_in_four_of_five_cases():
    generator = np.random.default_rng(4)
    margin = detectable_margin(np.sqrt(2 / 50), 98, alpha=0.05)
    passes = [
        noninferiority(generator.normal(0, 1, 50), generator.normal(0, 1, 50), margin=margin).noninferior
        for _ in range(1500)
    ]
    assert np.mean(passes) == pytest.approx(0.8, abs=0.035)
