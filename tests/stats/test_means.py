"""Tests of a mean: scipy where it has the same test, Hall's correction by its formula, levels by simulation."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import noninferiority

scores = st.lists(st.floats(-100, 100).map(lambda value: round(value, 3)), min_size=4, max_size=12).filter(
    lambda values: np.std(values) > 1e-3
)


@given(scores, scores, st.floats(0.1, 10))
def test_welch_agrees_with_scipy(candidate, baseline, margin):
    ours = noninferiority(candidate, baseline, margin=margin)
    theirs = stats.ttest_ind(np.array(candidate) + margin, baseline, equal_var=False, alternative="greater")
    assert ours.p_value == pytest.approx(theirs.pvalue, abs=1e-9)
    assert ours.degrees == pytest.approx(theirs.df)
    assert ours.noninferior == (theirs.pvalue < 0.05)
    worse = stats.ttest_ind(candidate, baseline, equal_var=False, alternative="less")
    assert ours.p_inferior == pytest.approx(worse.pvalue, abs=1e-9)


def pools(candidate, baseline):
    return np.var(candidate, ddof=1) <= 1.25 * np.var(baseline, ddof=1)


def skew_of_the_difference(candidate, baseline):
    """Return a third of the skewness of the difference of means: third cumulants by weights, over the error cubed."""
    n, m = len(candidate), len(baseline)
    # the baseline's own, larger than its sample's by what simulation asks
    shape = stats.skew(baseline) * min(3.0, 1 + 8000 / m**3)
    variances = [np.var(side, ddof=1) for side in (candidate, baseline)]
    if pools(candidate, baseline):
        variances = [np.average(variances, weights=[n - 1, m - 1])] * 2
    third = [shape * variance**1.5 / runs**2 for variance, runs in zip(variances, (n, m), strict=True)]
    error = np.sqrt(variances[0] / n + variances[1] / m)
    return min(0.0, (third[0] - third[1]) / error**3 / 3)


def corrected(t, a):
    """Return Hall's monotone transformation, as it stands in the paper."""
    return t + a * t**2 + a**2 * t**3 / 3 + a / 2


@given(scores, scores, st.floats(0.1, 10))
def test_moderated_pools_unless_the_candidate_scatters_more_and_corrects_for_left_skew(candidate, baseline, margin):
    ours = noninferiority(candidate, baseline, margin=margin, pairing="moderated")
    theirs = stats.ttest_ind(
        np.array(candidate) + margin, baseline, equal_var=pools(candidate, baseline), alternative="greater"
    )
    a = skew_of_the_difference(candidate, baseline)
    assert ours.p_value == pytest.approx(stats.t.sf(corrected(theirs.statistic, a), theirs.df), abs=1e-9)
    assert ours.degrees == pytest.approx(theirs.df)
    # a PASS only ever becomes harder, and an alarm is not touched
    assert ours.p_value >= theirs.pvalue - 1e-12 or theirs.statistic < 0
    worse = stats.ttest_ind(candidate, baseline, equal_var=pools(candidate, baseline), alternative="less")
    assert ours.p_inferior == pytest.approx(worse.pvalue, abs=1e-9)


@given(scores, scores, st.sampled_from([0.001, 0.02, 0.05, 0.3]))
def test_the_bound_is_the_margin_that_is_just_not_ruled_out(candidate, baseline, alpha):
    found = noninferiority(candidate, baseline, margin=1.0, alpha=alpha, pairing="moderated")
    loss = -found.lower_bound
    assume(loss > 1e-3)
    on = noninferiority(candidate, baseline, margin=loss, alpha=alpha, pairing="moderated")
    assert on.p_value == pytest.approx(alpha, rel=1e-6)
    for factor in (0.999, 1.001):
        near = noninferiority(candidate, baseline, margin=factor * loss, alpha=alpha, pairing="moderated")
        assert near.noninferior == (factor > 1) == (near.p_value < alpha)


SKEWED = [-np.log(1 - (place + 0.5) / 20) for place in range(20)]


def test_left_skew_alone_is_corrected_and_only_where_the_candidate_has_fewer_runs():
    ours = [0.5, 1.0, 0.2, 1.7, 0.9, 1.1]
    right, left = np.array(SKEWED), -np.array(SKEWED)
    for candidate, baseline, changes in ((ours, right, False), (-np.array(ours), left, True)):
        found = noninferiority(candidate, baseline, margin=1.0, pairing="moderated")
        plain = stats.ttest_ind(np.array(candidate) + 1.0, baseline, alternative="greater").pvalue
        assert (found.p_value > plain * (1 + 1e-9)) == changes
        assert changes or found.p_value == pytest.approx(plain)
        welch = noninferiority(candidate, baseline, margin=1.0)
        student = stats.ttest_ind(np.array(candidate) + 1.0, baseline, equal_var=False, alternative="greater")
        assert welch.p_value == pytest.approx(student.pvalue)
    # as many runs of the same spread: both sides are skewed alike, and the difference is not
    same = noninferiority(left - 0.3, left, margin=1.0, pairing="moderated")
    assert same.p_value == pytest.approx(stats.ttest_ind(left + 0.7, left, alternative="greater").pvalue)


def test_the_correction_follows_the_candidates_spread_where_it_is_the_larger():
    left = -np.array(SKEWED)
    wide = 3 * (left[::3] - left.mean())
    found = noninferiority(wide, left, margin=1.0, pairing="moderated")
    t = stats.ttest_ind(wide + 1.0, left, equal_var=False, alternative="greater")
    a = skew_of_the_difference(wide, left)
    assert a < -0.05
    assert found.p_value == pytest.approx(stats.t.sf(corrected(t.statistic, a), t.df))


@pytest.mark.parametrize("runs", [3, 15, 16, 20, 50])
def test_a_small_baseline_is_taken_to_be_more_skewed_than_its_runs_show(runs):
    left = np.log1p(-(np.arange(runs) + 0.5) / runs)
    ours = left.mean() + np.array([0.3, -0.2, 0.1, -0.4, 0.2])
    found = noninferiority(ours, left, margin=1.0, pairing="moderated")
    t = stats.ttest_ind(ours + 1.0, left, alternative="greater")
    factor = min(3.0, 1 + 8000 / runs**3)
    assert factor == {3: 3.0, 15: 3.0}.get(runs, 1 + (20 / runs) ** 3)
    pooled = np.average([ours.var(ddof=1), left.var(ddof=1)], weights=[4, runs - 1])
    error = np.sqrt(pooled * (1 / 5 + 1 / runs))
    a = factor * stats.skew(left) * pooled**1.5 * (1 / 25 - 1 / runs**2) / error**3 / 3
    expected = stats.t.sf(corrected(t.statistic, min(0.0, a)), t.df)
    assert found.p_value == pytest.approx(expected)


def test_a_correction_that_is_almost_none_loses_no_digits():
    generator = np.random.default_rng(3)
    ours, theirs = generator.normal(size=6), np.linspace(-1, 1, 21)
    for bend in (0.0, 1e-12, 1e-9, 1e-6):
        side = theirs - bend * theirs**2
        found = noninferiority(ours, side, margin=3.0, pairing="moderated")
        plain = noninferiority(ours, side, margin=3.0, pairing="welch" if not pools(ours, side) else "moderated")
        assert found.lower_bound == pytest.approx(plain.lower_bound, rel=1e-5)
        on = noninferiority(ours, side, margin=-found.lower_bound, pairing="moderated")
        assert on.p_value == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize("pairing", ["welch", "moderated", "paired", "anchored"])
def test_a_tiny_unit_of_the_scores_changes_nothing(pairing):
    generator = np.random.default_rng(2)
    sides = [dict(enumerate(generator.normal(size=8))) for _ in range(2)]
    plain = noninferiority(*sides, margin=1.0, pairing=pairing)
    # variances near 1e-200, whose squares are 0
    small = noninferiority(
        *({seed: 1e-100 * score for seed, score in side.items()} for side in sides), margin=1e-100, pairing=pairing
    )
    assert (small.p_value, small.degrees) == pytest.approx((plain.p_value, plain.degrees))
    assert small.lower_bound == pytest.approx(1e-100 * plain.lower_bound)


@pytest.mark.parametrize("pairing", ["welch", "moderated", "paired", "anchored"])
@pytest.mark.parametrize("scale", [1e-140, 1e-20, 1e100])
def test_no_unit_of_the_scores_overflows(pairing, scale):
    generator = np.random.default_rng(2)
    sides = [dict(enumerate(scale * -generator.exponential(size=8))) for _ in range(2)]
    # a margin far beyond the scatter, and one far within
    for margin, p_value in ((1.0 * max(1.0, scale) * 1e6, 0.0), (scale * 1e-6, None)):
        found = noninferiority(*sides, margin=margin, pairing=pairing)
        assert found.p_value == pytest.approx(p_value, abs=1e-9) if p_value is not None else 0 < found.p_value < 1


@given(scores, scores, st.floats(0.1, 10), st.integers(0, 5))
def test_the_order_of_the_runs_changes_nothing(candidate, baseline, margin, seed):
    shuffled = [np.random.default_rng(seed).permutation(side) for side in (candidate, baseline)]
    for pairing in ("welch", "moderated"):
        one = noninferiority(candidate, baseline, margin=margin, pairing=pairing)
        other = noninferiority(*shuffled, margin=margin, pairing=pairing)
        assert other.p_value == pytest.approx(one.p_value, rel=1e-6, abs=1e-12)


@given(scores, st.floats(0.1, 10), st.integers(0, 5))
def test_paired_agrees_with_scipy(candidate, margin, seed):
    baseline = np.array(candidate) + np.random.default_rng(seed).normal(size=len(candidate))
    ours = noninferiority(
        dict(enumerate(candidate)), dict(enumerate(baseline.tolist())), margin=margin, pairing="paired"
    )
    theirs = stats.ttest_rel(np.array(candidate) + margin, baseline, alternative="greater")
    assert ours.p_value == pytest.approx(theirs.pvalue, abs=1e-9)


def test_anchored_on_the_whole_baseline_is_close_to_paired_and_sharper_than_welch_where_seeds_correlate():
    generator = np.random.default_rng(0)
    seed_effect = generator.normal(size=50)
    baseline = {seed: 80 + value for seed, value in enumerate(seed_effect + 0.3 * generator.normal(size=50))}
    candidate = {seed: 80 + seed_effect[seed] + 0.3 * generator.normal() for seed in range(10)}
    errors = {
        pairing: noninferiority(candidate, baseline, margin=1.0, pairing=pairing).standard_error
        for pairing in ("welch", "paired", "anchored")
    }
    assert errors["anchored"] < errors["welch"] / 1.5
    assert errors["anchored"] < 1.2 * errors["paired"]


@given(scores, scores, st.floats(-50, 50), st.floats(0.1, 20), st.sampled_from(["welch", "moderated"]))
def test_shift_and_scale(candidate, baseline, shift, scale, pairing):
    assume(not 1.2 < np.var(candidate, ddof=1) / np.var(baseline, ddof=1) < 1.3)
    plain = noninferiority(candidate, baseline, margin=1.0, pairing=pairing)
    moved = noninferiority(
        [scale * value + shift for value in candidate],
        [scale * value + shift for value in baseline],
        margin=scale,
        pairing=pairing,
    )
    assert moved.p_value == pytest.approx(plain.p_value, rel=1e-4, abs=1e-9)
    assert moved.lower_bound == pytest.approx(scale * plain.lower_bound, rel=1e-4, abs=1e-5)


@given(scores, scores)
def test_swapping_the_sides_mirrors_the_difference(candidate, baseline):
    one, other = noninferiority(candidate, baseline, margin=1.0), noninferiority(baseline, candidate, margin=1.0)
    assert one.difference == pytest.approx(-other.difference)
    assert one.p_inferior == pytest.approx(1 - other.p_inferior)


def test_scores_that_do_not_vary_are_compared_as_they_are():
    assert noninferiority([5.0, 5.0], [5.5, 5.5], margin=1.0).noninferior
    assert not noninferiority([4.0, 4.0], [5.5, 5.5], margin=1.0).noninferior


def rejection_rate(test, *, n, m, draws=4000):
    """Return how often a test calls a candidate non-inferior that lies exactly at the margin."""
    generator = np.random.default_rng(1)
    hits = 0
    for _ in range(draws):
        hits += test(generator.normal(-1, 2, n), generator.normal(0, 1, m))
    return hits / draws


@pytest.mark.parametrize(("n", "m"), [(5, 20), (10, 20)])
def test_the_size_at_the_margin_is_the_level(n, m):
    rate = rejection_rate(lambda y, x: noninferiority(y, x, margin=1.0).noninferior, n=n, m=m, draws=2500)
    assert 0.038 < rate < 0.064


def test_the_size_check_catches_a_pooled_variance():
    pooled = rejection_rate(
        lambda y, x: stats.ttest_ind(y + 1, x, alternative="greater").pvalue < 0.05, n=5, m=20, draws=1500
    )
    assert pooled > 0.1


@pytest.mark.parametrize("runs", [6, 12])
def test_moderated_keeps_the_level_of_left_skewed_scores_where_students_test_does_not(runs):
    def left_skewed(generator, mean, runs):
        return mean + 1 - generator.exponential(size=runs)

    generator = np.random.default_rng(4)
    plain = hits = 0
    for _ in range(1500):
        candidate, baseline = left_skewed(generator, -1.5, runs), left_skewed(generator, 0, 20)
        hits += noninferiority(candidate, baseline, margin=1.5, pairing="moderated").noninferior
        plain += (
            stats.ttest_ind(
                candidate + 1.5, baseline, equal_var=pools(candidate, baseline), alternative="greater"
            ).pvalue
            < 0.05
        )
    assert hits / 1500 < 0.07
    assert hits < plain - 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"margin": 0.0}, "margin"),
        ({"margin": float("inf")}, "margin"),
        ({"margin": 1.0, "alpha": 1.0}, "alpha"),
        ({"margin": 1.0, "pairing": "both"}, "pairing"),
        ({"margin": 1.0, "pairing": "paired"}, "seed"),
    ],
)
def test_arguments_outside_their_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        noninferiority([1.0, 2.0], [1.0, 2.0], **arguments)


def test_scores_that_are_not_finite_or_too_few_are_refused():
    with pytest.raises(ValueError, match="not finite"):
        noninferiority([1.0, float("nan")], [1.0, 2.0], margin=1.0)
    with pytest.raises(ValueError, match="at least 2"):
        noninferiority([1.0], [1.0, 2.0], margin=1.0)
    with pytest.raises(ValueError, match="common seeds"):
        noninferiority({1: 1.0, 2: 2.0}, {3: 1.0, 4: 2.0}, margin=1.0, pairing="paired")
