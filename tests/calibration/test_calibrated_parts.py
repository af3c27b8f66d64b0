import itertools

import numpy as np
import pytest
from scipy import stats

from stablebert.stats import collapse_line as collapse_line_of_the_project
from stablebert.stats import nominal_level, noninferiority
from tests.calibration.arms import Arm, collapse_line, moments, nan_median
from tests.calibration.failures import boschloo, stratified_p, upper_rate
from tests.calibration.levels import level
from tests.calibration.location import Estimate, anchored, moderated, skewness
from tests.calibration.ranks import pooled_rank_sum_p, rank_sum_p
from tests.calibration.rule import LOOKS
from tests.calibration.samples import POPULATIONS, SHAPES, draw, stream
from tests.calibration.spread import distances, pooled_spread_p, spread_p
from tests.calibration.tables import Limit


def samples(n, m, replicates=6, step=0.0):
    generator = stream("tests", n, m, step)
    sides = [generator.standard_normal((replicates, runs)) for runs in (n, m)]
    return [np.round(side / step) * step if step else side for side in sides]


@pytest.mark.parametrize("alpha", [0.05, 0.0015, 0.005 / 12])
@pytest.mark.parametrize("baseline_runs", [None, 20, 50])
def test_levels_are_the_projects(alpha, baseline_runs):
    assert level(alpha, LOOKS, baseline_runs) == pytest.approx(nominal_level(alpha, LOOKS, baseline_runs), rel=1e-7)


def test_a_level_keeps_alpha_over_the_looks_of_a_shared_baseline():
    y, x = samples(20, 20, 100_000)
    bound = stats.norm.isf(level(0.05, LOOKS, 20))
    crossed = [(y[:, :n].mean(1) - x.mean(1)) / np.sqrt(1 / n + 1 / 20) > bound for n in LOOKS]
    assert np.mean(np.any(crossed, axis=0)) == pytest.approx(0.05, abs=0.003)
    assert np.mean(crossed[0]) < 0.03


def test_a_median_skips_what_is_not_there():
    values = np.array([[3.0, np.nan, 1.0, 2.0], [4.0, 1.0, np.nan, np.nan], [np.nan] * 4])
    np.testing.assert_array_equal(nan_median(values), [2.0, 2.5, np.nan])


def test_lost_runs_are_those_that_failed_and_those_below_the_projects_line():
    scores = 80 + stream("tests", "line").standard_normal((5, 20))
    scores[:, 3], scores[0, 4] = 40, np.nan
    failed = np.zeros(scores.shape, dtype=bool)
    failed[0, 4] = True
    arm = Arm(scores, failed)
    line = collapse_line(arm)
    want = [collapse_line_of_the_project(row[np.isfinite(row)].tolist()) for row in scores]
    np.testing.assert_allclose(line, want, atol=1e-9)
    np.testing.assert_array_equal(arm.lost(line).sum(1), [2, 1, 1, 1, 1])
    np.testing.assert_array_equal(arm.collapsed(line), [1] * 5)
    np.testing.assert_array_equal(arm.at_least(line)[:, 3], line)
    assert np.isnan(arm.sound(line)[:, 3]).all()
    assert (collapse_line(arm.first(2)) == -np.inf).all()


def test_runs_that_a_cell_does_not_bring_are_no_runs():
    scores = np.arange(12.0).reshape(2, 6)
    short = Arm(scores, scores > 9).first(np.array([5, 2]))
    np.testing.assert_array_equal(short.runs, [5, 2])
    np.testing.assert_array_equal(short.lost(np.array([1.0, 7.0])).sum(1), [1, 1])
    np.testing.assert_array_equal((~np.isnan(short.every)).sum(1), [5, 2])
    np.testing.assert_array_equal(short.where(np.array([False, True])).first(4).runs, [2])


@pytest.mark.parametrize(("n", "m"), [(5, 20), (10, 50), (20, 20)])
def test_rank_sums_are_scipys(n, m):
    y, x = samples(n, m)
    theirs = stats.mannwhitneyu(y, x, alternative="less", method="exact", axis=1).pvalue
    np.testing.assert_allclose(rank_sum_p(y, x), theirs, rtol=1e-9)


@pytest.mark.parametrize("gap", [False, True])
def test_tied_rank_sums_are_those_of_all_choices(gap):
    y, x = samples(3, 6, step=0.8)
    if gap:
        y[:, 1] = x[:, 2] = np.nan
    for ours, theirs, found in zip(y, x, rank_sum_p(y, x), strict=True):
        ours, theirs = ours[~np.isnan(ours)], theirs[~np.isnan(theirs)]
        ranks = stats.rankdata([*ours, *theirs])
        sums = [sum(choice) for choice in itertools.combinations(ranks, len(ours))]
        assert found == pytest.approx(np.mean(np.array(sums) <= ranks[: len(ours)].sum()))


def test_one_stratum_is_a_rank_sum_and_two_are_more():
    y, x = samples(5, 20, step=0.5)
    np.testing.assert_allclose(pooled_rank_sum_p([(y - 2, x)]), rank_sum_p(y - 2, x), rtol=1e-9)
    one = np.tile([True, False], (len(y), 1))
    np.testing.assert_allclose(pooled_rank_sum_p([(y - 2, x), (y, x)], one), rank_sum_p(y - 2, x), rtol=1e-9)
    assert (pooled_rank_sum_p([(y - 2, x)] * 2) < rank_sum_p(y - 2, x)).all()


def test_boschloo_is_scipys():
    for failed, baseline_failed in [(1, 0), (2, 1), (3, 0), (5, 4)]:
        table = [[failed, baseline_failed], [5 - failed, 20 - baseline_failed]]
        theirs = stats.boschloo_exact(table, alternative="greater").pvalue
        assert boschloo(5, 20)[failed, baseline_failed] == pytest.approx(theirs, rel=1e-3)


def test_failure_bounds_and_strata_are_scipys():
    assert upper_rate(np.array([0, 2, 5]), 5) == pytest.approx(
        [stats.binomtest(k, 5, alternative="less").proportion_ci().high for k in (0, 2, 5)]
    )
    runs, baseline_runs = np.array([[5, 5]]), np.array([20, 20])
    one = stratified_p(np.array([[3]]), np.array([[1]]), runs[:, :1], baseline_runs[:1])
    assert one == pytest.approx(stats.fisher_exact([[3, 1], [2, 19]], alternative="greater").pvalue)
    assert stratified_p(np.array([[3, 0]]), np.array([[1, 0]]), runs, baseline_runs) == pytest.approx(one)
    # the other way round nothing is computed
    assert stratified_p(np.array([[0]]), np.array([[1]]), runs[:, :1], baseline_runs[:1]) == 1


def test_two_samples_are_scipys_welch_and_student():
    y, x = samples(5, 20)
    for ratio, equal in ((0.0, False), (np.inf, True)):
        theirs = stats.ttest_ind(y, x, axis=1, alternative="less", equal_var=equal).pvalue
        np.testing.assert_allclose(moderated(y, x, ratio).p_inferior(), theirs, rtol=1e-9)


def test_where_the_variances_differ_little_or_much_the_rest_is_the_projects_too():
    for scale in (1.0, 3.0):
        y, x = samples(6, 20)
        x = -np.exp(x)
        estimate = moderated(-scale * np.exp(y), x, 1.25, corrected=True)
        for place in range(len(y)):
            want = noninferiority(-scale * np.exp(y[place]), x[place], margin=1.0, alpha=0.02, pairing="moderated")
            assert estimate.lower(np.array(0.02))[place] == pytest.approx(want.lower_bound, abs=1e-9)


@pytest.mark.parametrize("skew", [-0.9, -0.3, -1e-12, 0.0])
def test_the_lower_bound_lies_where_halls_cubic_reaches_the_quantile(skew):
    level_, degrees = 0.02, 30.0
    quantile = stats.t.isf(level_, degrees)
    one = Estimate(*(np.array([value]) for value in (0.0, 1.0, degrees, skew)))
    t = -one.lower(np.array(level_))[0]
    cubic = t + skew * t**2 + skew**2 * t**3 / 3 + skew / 2
    assert min(t, cubic) == pytest.approx(quantile)
    assert t >= quantile


def test_only_left_skew_of_the_baseline_is_corrected_and_never_makes_a_pass_easier():
    y, x = samples(6, 20, 200)
    for shape, corrected in ((-np.exp(x), True), (np.exp(x), False)):
        found = moderated(y, shape, 1.25, corrected=True)
        assert (found.skew < 0).mean() > 0.8 if corrected else (found.skew < 0).mean() < 0.05
        plain = moderated(y, shape, 1.25)
        assert (found.lower(np.array(0.02)) <= plain.lower(np.array(0.02))).all()


def test_the_anchored_estimate_is_the_projects_also_with_failed_runs():
    y, x = samples(12, 20)
    y += x[:, :12]
    y[:, 4] = x[:, 7] = np.nan
    estimate, pairs, correlation = anchored(y, x)
    for place, (ours, theirs) in enumerate(zip(y, x, strict=True)):
        sides = [{seed: v for seed, v in enumerate(side) if not np.isnan(v)} for side in (ours, theirs)]
        want = noninferiority(*sides, margin=1.0, pairing="anchored")
        common = sorted(sides[0].keys() & sides[1].keys())
        assert (len(common), pairs[place]) == (10, 10)
        assert correlation[place] == pytest.approx(np.corrcoef(ours[common], theirs[common])[0, 1])
        assert estimate.lower(np.array(0.05))[place] == pytest.approx(want.lower_bound, abs=1e-9)


def test_moments_skewness_and_spread_are_scipys():
    y, x = samples(8, 20)
    y[:, 3] = np.nan
    count, mean, variance = moments(y)
    assert (count == 7).all()
    np.testing.assert_allclose(mean, np.nanmean(y, axis=1))
    np.testing.assert_allclose(variance, np.nanvar(y, axis=1, ddof=1))
    np.testing.assert_allclose(skewness(y), stats.skew(y, axis=1, nan_policy="omit"))
    y = np.delete(y, 3, axis=1)
    both_sides = [stats.levene(3 * ours, theirs, center="median").pvalue for ours, theirs in zip(y, x, strict=True)]
    one_sided = spread_p(3 * y, x)
    np.testing.assert_allclose(2 * np.minimum(one_sided, 1 - one_sided), both_sides, rtol=1e-9)
    wider, equal = ((distances(factor * y), distances(x)) for factor in (3, 1))
    alone = pooled_spread_p([wider], np.ones((len(y), 1), dtype=bool))
    np.testing.assert_allclose(alone, one_sided, rtol=1e-9)
    with_another = pooled_spread_p([wider, equal], np.tile([True, False], (len(y), 1)))
    np.testing.assert_allclose(with_another, one_sided, rtol=1e-9)
    three = pooled_spread_p([wider] * 3, np.ones((len(y), 3), dtype=bool))
    assert ((three < one_sided) == (one_sided < 0.5)).all()


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_standardised(name):
    values = SHAPES[name](stats.norm.ppf((np.arange(400_000) + 0.5) / 400_000))
    assert (values.mean(), values.std()) == pytest.approx((0, 1), abs=0.01)
    assert (np.diff(values) > 0).all()


def test_shared_seeds_correlate_and_the_others_do_not():
    drawn = draw(POPULATIONS[0], 20_000, 20, 10, 0.7, stream("tests", "correlation"))
    assert np.corrcoef(drawn.ours[:, 3], drawn.theirs[:, 3])[0, 1] == pytest.approx(0.7, abs=0.03)
    assert np.corrcoef(drawn.ours[:, 13], drawn.theirs[:, 3])[0, 1] == pytest.approx(0, abs=0.03)
    assert drawn.ours.std(0) == pytest.approx(np.ones(20), abs=0.03)


def test_a_limit_is_kept_up_to_its_value_and_never_by_what_is_no_number():
    assert not Limit("x", 6.5, 0.1, 6.5).broken(0)
    assert Limit("x", 6.6, 0.1, 6.5).broken(0)
    assert not Limit("x", 6.6, 0.1, 6.5).broken(3)
    assert Limit("x", float("nan"), 0.1, 6.5).broken(3)
    assert not Limit("x", 70.0, 0.1, 70.0, least=True).broken(0)
    assert Limit("x", 69.9, 0.1, 70.0, least=True).broken(0)
    assert "at least 70" in Limit("x", 69.9, 0.1, 70.0, least=True).line()
