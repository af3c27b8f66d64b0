"""Spread: scipy's tests in one cell, an independent sum of their statistics in several, a bound by inversion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import (
    pooled_rank_sum_p_value,
    pooled_spread_p_value,
    spread_p_value,
    spread_rank_p_value,
    upper_spread_ratio,
)

STILL = [80.0] * 4


def draws(seed=0, *, wide=1.0, n=12, m=20):
    generator = np.random.default_rng(seed)
    return (90 + wide * generator.normal(size=n)).tolist(), (90 + generator.normal(size=m)).tolist()


def distances(side):
    return abs(np.array(side) - np.median(side))


def of_cells(sides):
    """Return the p-value of cells of which each has a baseline of its own."""
    return pooled_spread_p_value([([ours], theirs) for ours, theirs in sides])


def test_spread_is_the_one_sided_half_of_brown_and_forsythe():
    generator = np.random.default_rng(0)
    wide, narrow = generator.normal(0, 3, 12), generator.normal(0, 1, 20)
    both = stats.levene(wide, narrow, center="median").pvalue
    assert spread_p_value(wide, narrow) == pytest.approx(both / 2)
    assert spread_p_value(narrow, wide) == pytest.approx(1 - both / 2)


def test_scores_that_do_not_vary_scatter_no_more_and_those_that_do_scatter_more():
    assert spread_p_value(STILL, STILL) == 1.0
    # distances that are all equal: nothing is left to chance
    assert spread_p_value([79.0, 81.0] * 2, STILL) == 0.0
    assert spread_p_value(STILL, [79.0, 81.0] * 2) == 1.0


def test_the_rank_form_of_spread_asks_the_distances_from_the_medians():
    generator = np.random.default_rng(1)
    wide, narrow = generator.normal(0, 5, 12), generator.normal(0, 1, 20)
    expected = stats.mannwhitneyu(distances(wide), distances(narrow), alternative="greater", method="exact").pvalue
    assert spread_rank_p_value(wide, narrow) == pytest.approx(expected)
    # one far run carries the means, not the ranks
    outlier = [*narrow[:4], 60.0]
    assert spread_p_value(outlier, narrow) < 0.05 < spread_rank_p_value(outlier, narrow)


@pytest.mark.parametrize("few", [([1.0, 2.0], [1.0, 2.0, 3.0]), ([1.0, 2.0, 3.0], [1.0, 2.0])])
def test_two_runs_do_not_scatter(few):
    counts = f"^spread: {len(few[0])} and {len(few[1])} runs; at least 3 a side are needed$"
    for test in (
        spread_p_value,
        spread_rank_p_value,
        upper_spread_ratio,
        lambda ours, theirs: pooled_spread_p_value([([ours], theirs)]),
    ):
        with pytest.raises(ValueError, match=counts):
            test(*few)
    assert spread_p_value([1.0, 2.0, 3.0], [1.0, 2.5, 3.0]) > 0


def by_scipy(strata):
    """Return the p-value of the summed differences of mean distances, from scipy's t of each stratum."""
    more = variance = weight = 0.0
    for sides in strata:
        far, near = map(distances, sides)
        unit = near.mean() or 1.0
        found = stats.ttest_ind(far / unit, near / unit)
        own = (far.mean() - near.mean()) / unit
        more, square = more + own, (own / found.statistic) ** 2
        variance, weight = variance + square, weight + square**2 / found.df
    return stats.t.sf(more / np.sqrt(variance), variance**2 / weight)


@pytest.mark.parametrize("wide", [1.0, 1.6])
def test_several_cells_are_the_larger_of_the_sum_of_differences_and_the_stratified_ranks(wide):
    strata = [draws(seed, wide=wide, n=6 + seed) for seed in range(4)]
    # the unit of a cell says nothing: each is in its baseline's mean distance
    strata[0] = tuple([10 * score for score in side] for side in strata[0])
    ranked = 0.0
    sums = np.zeros(1)
    for ours, theirs in strata:
        ranks = stats.rankdata(np.concatenate([distances(ours), distances(theirs)]))
        ranked += ranks[: len(ours)].sum()
        moments = np.array([len(ours) * ranks.mean(), len(ours) * len(theirs) / len(ranks) * ranks.var(ddof=1)])
        sums = sums + moments if sums.size == 2 else moments
    by_ranks = stats.norm.sf((ranked - 0.5 - sums[0]) / np.sqrt(sums[1]))
    means = by_scipy(strata)
    found = of_cells(strata)
    assert found == pytest.approx(max(means, by_ranks), rel=0.03)
    assert found >= means * (1 - 1e-9)


def test_each_of_the_two_can_decide():
    # one far run: the means see it, the ranks do not
    far = [([90.0, 90.2, 89.9, 90.1, 60.0], [90.0, 90.3, 89.8, 90.1, 89.7, 90.2])] * 2
    assert of_cells(far) > 0.5 > by_scipy(far)
    # all a little farther beside two far ones: the ranks see it, the means do not
    near = [([*np.linspace(0, 1, 9).tolist(), 9.0], [*np.linspace(0, 0.5, 9).tolist(), 9.0])] * 6
    assert of_cells(near) == pytest.approx(by_scipy(near))


def test_a_baseline_that_does_not_vary_counts_in_points():
    strata = [(draws(0, wide=2.0)[0], STILL * 5), draws(1, wide=0.8), draws(2, wide=0.8)]
    assert 0.01 < by_scipy(strata) < 0.99
    ranks = pooled_rank_sum_p_value([(distances(theirs), distances(ours)) for ours, theirs in strata])
    assert of_cells(strata) == pytest.approx(max(by_scipy(strata), ranks))
    assert by_scipy(strata) > ranks


def test_one_cell_is_brown_and_forsythe_beside_the_ranks():
    sides = draws(3, wide=2.0)
    expected = max(spread_p_value(*sides), spread_rank_p_value(*sides))
    assert of_cells([sides]) == pytest.approx(expected)


def test_a_doubled_spread_is_seen_in_six_cells_where_one_says_little():
    strata = [draws(seed, wide=2.0) for seed in range(6)]
    assert of_cells(strata) < 1e-4 < min(spread_rank_p_value(*sides) for sides in strata)
    assert of_cells([draws(seed) for seed in range(6)]) > 0.05


def test_equal_cells_are_found_to_scatter_more_at_most_as_often_as_promised():
    found = [of_cells([draws(10 * seed + cell) for cell in range(3)]) for seed in range(300)]
    assert 0 < np.mean(np.array(found) <= 0.05) < 0.06


def test_candidates_of_one_baseline_are_one_stratum():
    theirs = draws(0)[1]
    candidates = [draws(seed, wide=1.4)[0] for seed in range(1, 7)]
    far = np.concatenate([distances(ours) for ours in candidates])
    means = stats.ttest_ind(far, distances(theirs), alternative="greater").pvalue
    ranks = stats.mannwhitneyu(far, distances(theirs), alternative="greater", method="exact").pvalue
    # scipy's exact distribution has no ties, and medians of even numbers of runs make some
    assert pooled_spread_p_value([(candidates, theirs)]) == pytest.approx(max(means, ranks), rel=0.01)


def test_six_equal_candidates_of_one_baseline_are_found_to_scatter_more_as_often_as_promised():
    def found(seed, strata):
        sides = [draws(10 * seed + cell) for cell in range(6)]
        return pooled_spread_p_value(strata([ours for ours, _ in sides], sides[0][1])) <= 0.05

    together = np.mean([found(seed, lambda ours, theirs: [(ours, theirs)]) for seed in range(400)])
    # the control: as strata of their own
    alone = np.mean([found(seed, lambda ours, theirs: [([one], theirs) for one in ours]) for seed in range(400)])
    assert together < 0.06 < 0.09 < alone


def test_cells_that_do_not_vary_are_compared_as_they_are():
    assert of_cells([(STILL, STILL)] * 3) == 1.0
    assert of_cells([([79.0, 81.0] * 4, STILL * 2)] * 3) < 1e-6
    # distances that are all alike leave nothing to chance: the ranks alone speak
    alike = [([78.5, 81.5] * 4, [79.0, 81.0] * 4)] * 3
    assert of_cells(alike) < 1e-6
    # so they do of a baseline that is one tenth nearer, which is more than nothing
    close = [([78.9, 81.1] * 4, [79.0, 81.0] * 4)] * 3
    assert of_cells(close) < 1e-6
    with pytest.raises(ValueError, match="^spread needs at least one stratum$"):
        pooled_spread_p_value([])


@given(st.integers(0, 30), st.floats(0.2, 4), st.sampled_from([0.9, 0.95]))
def test_the_upper_bound_of_the_ratio_inverts_brown_and_forsythes_test(seed, wide, confidence):
    ours, theirs = draws(seed, wide=wide)
    bound = upper_spread_ratio(ours, theirs, confidence)
    both = stats.levene(bound * np.array(theirs), ours, center="median").pvalue
    assert both / 2 == pytest.approx(1 - confidence, rel=0.02)
    assert distances(ours).mean() < bound * distances(theirs).mean()


@given(st.integers(0, 30), st.floats(0.1, 8), st.floats(-50, 50))
def test_the_bound_scales_with_the_candidate_and_knows_no_shift(seed, scale, shift):
    ours, theirs = draws(seed)
    plain = upper_spread_ratio(ours, theirs)
    assert upper_spread_ratio([scale * score + shift for score in ours], theirs) == pytest.approx(
        scale * plain, rel=1e-3, abs=1e-3
    )


@pytest.mark.parametrize("wide", [1.0, 2.0])
def test_the_bound_holds_about_as_often_as_promised(wide):
    covered = np.mean([upper_spread_ratio(*draws(seed, wide=wide)) >= wide for seed in range(400)])
    assert 0.92 < covered <= 0.985


def test_a_bound_that_no_ratio_or_any_ratio_reaches():
    # distances that all equal their mean are sure
    assert upper_spread_ratio(STILL, [79.0, 81.0, 79.0, 81.0]) == 1e-3
    assert upper_spread_ratio([79.0, 81.0, 79.0, 82.0], STILL) is None
    assert upper_spread_ratio([1e-3 * score for score in draws()[0]], draws()[1]) < 0.01
    assert upper_spread_ratio([1e4 * score for score in draws()[0]], draws()[1]) is None
