"""Rank sums: scipy where it has the same test, every choice where it has not."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import pooled_rank_sum_p_value, rank_sum_p_value

tied = st.lists(st.integers(0, 4).map(float), min_size=1, max_size=4)


def by_every_choice(strata):
    """Return the p-value by listing every choice of the samples among the pooled values."""
    sums = [0.0]
    observed = 0.0
    for sample, other in strata:
        ranks = stats.rankdata([*sample, *other])
        observed += ranks[: len(sample)].sum()
        choices = [sum(choice) for choice in itertools.combinations(ranks, len(sample))]
        sums = [former + choice for former in sums for choice in choices]
    return np.mean(np.array(sums) <= observed + 1e-9)


@given(tied, tied)
def test_one_stratum_with_ties_is_the_share_of_choices(sample, other):
    assert rank_sum_p_value(sample, other) == pytest.approx(by_every_choice([(sample, other)]))


@given(st.lists(st.tuples(tied, tied.map(lambda values: values[:3])), min_size=2, max_size=3))
def test_several_strata_are_the_share_of_joint_choices(strata):
    total = math.prod(math.comb(len(sample) + len(other), len(sample)) for sample, other in strata)
    if total <= 20_000:
        assert pooled_rank_sum_p_value(strata) == pytest.approx(by_every_choice(strata))


@pytest.mark.parametrize(("n", "m"), [(5, 20), (20, 50), (3, 3)])
def test_without_ties_it_is_scipys_exact_test(n, m):
    generator = np.random.default_rng(n)
    sample, other = generator.normal(-1, 1, n), generator.normal(size=m)
    for one, two in ((sample, other), (other, sample)):
        expected = stats.mannwhitneyu(one, two, alternative="less", method="exact").pvalue
        assert rank_sum_p_value(one, two) == pytest.approx(expected)


def test_large_samples_are_scipys_approximation_with_ties():
    generator = np.random.default_rng(0)
    sample, other = np.round(generator.normal(-0.2, 1, 80), 1), np.round(generator.normal(size=90), 1)
    expected = stats.mannwhitneyu(sample, other, alternative="less", method="asymptotic").pvalue
    assert rank_sum_p_value(sample, other) == pytest.approx(expected)
    assert rank_sum_p_value([1.0] * 80, [1.0] * 90) == 1.0


def test_the_smallest_p_value_keeps_its_digits():
    assert rank_sum_p_value(range(20), range(20, 70)) == pytest.approx(1 / math.comb(70, 20), rel=1e-9)


def test_only_the_order_counts():
    generator = np.random.default_rng(1)
    sample, other = generator.normal(size=6), generator.normal(size=9)
    assert rank_sum_p_value(np.exp(sample), np.exp(other)) == rank_sum_p_value(sample, other)


@pytest.mark.parametrize(("sample", "other"), [([], [1.0]), ([1.0], []), ([math.nan], [1.0])])
def test_what_has_no_rank_is_refused(sample, other):
    with pytest.raises(ValueError, match="rank sum"):
        rank_sum_p_value(sample, other)
    with pytest.raises(ValueError, match="^a rank sum needs at least one stratum$"):
        pooled_rank_sum_p_value([])
