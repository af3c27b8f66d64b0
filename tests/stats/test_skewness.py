"""The correction for left skew: by the formula that was decided, against scipy's skewness, and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from stablebert.stats import noninferiority
from stablebert.stats.skewness import corrected, skewness_of_difference, uncorrected

SKEWS = st.floats(-3, 0)


def left_skewed(runs, depth=1.0):
    """Return scores at the quantiles of an exponential distribution below a ceiling."""
    return 90 + depth * np.log1p(-(np.arange(runs) + 0.5) / runs)


def by_the_formula(candidate, baseline, error):
    """Return k: the baseline's skewness, more than its sample shows and less one standard error, in both variances."""
    n, m = len(candidate), len(baseline)
    grown = min(7.0, 1 + (36 / m) ** 3) * (stats.skew(baseline) + np.sqrt(6 / m))
    shape = np.clip(grown, -3.0, 0.0)
    theirs = np.std(baseline, ddof=1)
    ours = max(np.std(candidate, ddof=1), theirs)
    return min(0.0, shape * (ours**3 / n**2 - theirs**3 / m**2) / error**3)


@given(st.integers(2, 30), st.integers(3, 120), st.floats(0.2, 3), st.integers(0, 50), st.sampled_from([-1, 1]))
def test_it_is_the_baselines_skewness_in_the_error_of_the_difference(n, m, wide, seed, side):
    generator = np.random.default_rng(seed)
    baseline, candidate = side * -generator.exponential(size=m), wide * generator.normal(size=n)
    error = float(np.sqrt(np.var(candidate, ddof=1) / n + np.var(baseline, ddof=1) / m))
    found = skewness_of_difference(candidate, baseline, error)
    assert found == pytest.approx(by_the_formula(candidate, baseline, error), rel=1e-6, abs=1e-12)
    assert found <= 0


@pytest.mark.parametrize("runs", [12, 18, 19, 20, 36, 50, 200])
def test_a_small_baseline_is_taken_to_be_more_skewed_than_its_runs_show(runs):
    baseline = left_skewed(runs, 0.1) + np.linspace(0, 1, runs)
    ours = np.array([0.3, -0.2, 0.1, -0.4, 0.2])
    assert skewness_of_difference(ours, baseline, 0.5) == pytest.approx(by_the_formula(ours, baseline, 0.5), abs=1e-12)


def test_neither_symmetric_nor_right_skewed_baselines_are_corrected():
    ours = np.array([0.3, -0.2, 0.1, -0.4, 0.2])
    for baseline in (np.linspace(-1, 1, 20), -left_skewed(20), left_skewed(20)):
        found = skewness_of_difference(ours, baseline, 0.5)
        assert (found < 0) == (stats.skew(baseline) < -np.sqrt(6 / 20))
        assert found <= 0
    # as many runs with the same spread: what is skewed alike on both sides is not skewed in the difference
    assert skewness_of_difference(left_skewed(20), left_skewed(20), 0.5) == 0.0
    # many candidates against few runs would be skewed to the right: nothing is corrected upwards
    assert skewness_of_difference(np.tile(left_skewed(20), 4), left_skewed(20), 0.5) == 0.0


def test_a_candidate_that_looks_narrow_is_not_believed_and_a_wide_one_is():
    baseline = left_skewed(20)
    narrow, same, wide = (
        skewness_of_difference(scale * (left_skewed(6) - 90), baseline, 0.5) for scale in (0.1, 0.5, 3.0)
    )
    assert narrow == same
    assert wide < same < 0


def test_one_far_run_is_believed_no_more_than_three():
    far = np.array([*np.linspace(-1, 1, 19), -30.0])
    ours = np.linspace(-1, 1, 6)
    limit = 3.0 * (far.std(ddof=1) ** 3 / 36 - far.std(ddof=1) ** 3 / 400) / 2.0**3
    assert skewness_of_difference(ours, far, 2.0) == pytest.approx(-limit)


def test_where_nothing_varies_nothing_is_skewed():
    still, ours = np.full(20, 90.0), np.array([1.0, 2.0, 3.0])
    assert skewness_of_difference(ours, still, 0.5) == 0.0
    assert skewness_of_difference(still[:5], still, 0.0) == 0.0
    assert skewness_of_difference(ours, left_skewed(20), 0.0) == 0.0


@given(st.floats(-8, 8), SKEWS)
def test_a_statistic_is_corrected_by_halls_cubic_and_never_upwards(t, skewness):
    a = skewness / 3
    assert corrected(t, skewness) == pytest.approx(min(t, t + a * t**2 + a**2 * t**3 / 3 + a / 2), abs=1e-12)
    assert corrected(t, 0.0) == t


@given(st.floats(0, 6), SKEWS)
def test_the_inverse_is_the_least_statistic_that_is_corrected_to_a_value(value, skewness):
    found = uncorrected(value, skewness)
    assert found >= value
    assert corrected(found, skewness) == pytest.approx(value, abs=1e-6)
    # by the root of the cubic, where that lies above the value
    a = skewness / 3
    root = optimize.brentq(lambda t: t + a * t**2 + a**2 * t**3 / 3 + a / 2 - value, -100, 1e6)
    assert found == pytest.approx(max(value, root), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("skewness", [0.0, -1e-15, -1e-9, -1e-6])
def test_a_correction_that_is_almost_none_loses_no_digits(skewness):
    for value in (0.5, 2.0, 5.0):
        assert uncorrected(value, skewness) == pytest.approx(value, rel=1e-5)
        assert corrected(uncorrected(value, skewness), skewness) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("t", [1e110, 1e200, -1e200])
def test_a_statistic_without_bound_does_not_overflow(t):
    assert corrected(t, 0.0) == t
    assert corrected(t, -0.5) <= t


def test_moderated_compares_the_corrected_statistic_with_t():
    baseline, ours = left_skewed(20), left_skewed(6, 2.0) - 0.3
    found = noninferiority(ours, baseline, margin=1.5, alpha=0.02, pairing="moderated")
    plain = stats.ttest_ind(ours + 1.5, baseline, equal_var=False, alternative="greater")
    k = by_the_formula(ours, baseline, found.standard_error)
    assert k < -0.1
    assert found.p_value == pytest.approx(stats.t.sf(corrected(plain.statistic, k), plain.df))
    quantile = stats.t.isf(0.02, plain.df)
    assert found.lower_bound == pytest.approx(found.difference - found.standard_error * uncorrected(quantile, k))
    # only `moderated` is, and only if it is asked for
    for options in ({"pairing": "welch"}, {"pairing": "moderated", "skewed": False}):
        assert noninferiority(ours, baseline, margin=1.5, **options).p_value == pytest.approx(plain.pvalue)


def false_passes(wide, *, skewed, runs=6, sessions=1500):
    """Return how often scores below a ceiling pass at the margin, the candidate's scattering so many times more."""
    generator, hits = np.random.default_rng(4), 0
    for _ in range(sessions):
        candidate = -1.5 + wide * (1 - generator.exponential(size=runs))
        baseline = 1 - generator.exponential(size=20)
        test = noninferiority(candidate, baseline, margin=1.5, alpha=0.05, pairing="moderated", skewed=skewed)
        hits += test.noninferior
    return hits / sessions


@pytest.mark.parametrize("wide", [1.0, 2.0])
def test_left_skewed_scores_keep_the_level_that_they_do_not_keep_without(wide):
    assert false_passes(wide, skewed=True) < 0.085
    assert false_passes(wide, skewed=True) < false_passes(wide, skewed=False) - 0.01


def test_a_candidate_that_scatters_twice_as_much_would_pass_far_too_often():
    assert false_passes(2.0, skewed=False) > 0.1
