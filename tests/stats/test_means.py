"""Tests of a mean: scipy where it has the same test, levels by simulation."""

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


@given(scores, scores, st.floats(0.1, 10))
def test_moderated_pools_unless_the_candidate_scatters_more(candidate, baseline, margin):
    ours = noninferiority(candidate, baseline, margin=margin, pairing="moderated", skewed=False)
    equal = pools(candidate, baseline)
    theirs = stats.ttest_ind(np.array(candidate) + margin, baseline, equal_var=equal, alternative="greater")
    assert ours.p_value == pytest.approx(theirs.pvalue, abs=1e-9)
    assert ours.degrees == pytest.approx(theirs.df)
    worse = stats.ttest_ind(candidate, baseline, equal_var=equal, alternative="less")
    assert ours.p_inferior == pytest.approx(worse.pvalue, abs=1e-9)
    # corrected for left skew it passes no more often, and calls no more means lower
    skewed = noninferiority(candidate, baseline, margin=margin, pairing="moderated")
    assert skewed.p_value >= ours.p_value
    assert skewed.lower_bound <= ours.lower_bound
    assert (skewed.p_inferior, skewed.difference, skewed.standard_error, skewed.degrees) == (
        ours.p_inferior,
        ours.difference,
        ours.standard_error,
        ours.degrees,
    )


@given(scores, scores, st.sampled_from([0.001, 0.02, 0.05, 0.3]), st.booleans())
def test_the_bound_is_the_margin_that_is_just_not_ruled_out(candidate, baseline, alpha, skewed):
    asked = {"alpha": alpha, "pairing": "moderated", "skewed": skewed}
    loss = -noninferiority(candidate, baseline, margin=1.0, **asked).lower_bound
    assume(loss > 1e-3)
    on = noninferiority(candidate, baseline, margin=loss, **asked)
    assert on.p_value == pytest.approx(alpha, rel=1e-6)
    for factor in (0.999, 1.001):
        near = noninferiority(candidate, baseline, margin=factor * loss, **asked)
        assert near.noninferior == (factor > 1) == (near.p_value < alpha)


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
    # without an error a p-value is 0 or 1
    for ours, p_value, p_inferior in ((5.0, 0.0, 0.0), (4.0, 1.0, 0.0), (5.5, 0.0, 1.0), (5.9, 0.0, 1.0)):
        found = noninferiority([ours] * 2, [5.5, 5.5], margin=1.0)
        assert (found.p_value, found.p_inferior, found.lower_bound) == (p_value, p_inferior, ours - 5.5)


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
    sides = [1.0, float("nan")], [1.0, 2.0]
    for name, scores in (("candidate", sides), ("baseline", sides[::-1])):
        with pytest.raises(ValueError, match=f"^{name}: a score is not finite; count failed runs apart"):
            noninferiority(*scores, margin=1.0)
    with pytest.raises(ValueError, match="^pairing is 'none'; it must be one of welch, moderated, paired, anchored$"):
        noninferiority([1.0, 2.0], [1.0, 2.0], margin=1.0, pairing="none")
    with pytest.raises(ValueError, match="at least 2"):
        noninferiority([1.0], [1.0, 2.0], margin=1.0)
    with pytest.raises(ValueError, match="common seeds"):
        noninferiority({1: 1.0, 2: 2.0}, {3: 1.0, 4: 2.0}, margin=1.0, pairing="paired")
