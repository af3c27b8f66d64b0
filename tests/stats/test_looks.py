"""Looks: the level that they keep together; e-values: scipy's densities, and what a test martingale promises."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import LOOKS, failure_e_value, nominal_level, noninferiority, t_e_value


def false_pass_rate(level, *, sessions=1500):
    """Return how often a candidate at the margin passes at any look, against one stored baseline of 20 a session."""
    generator = np.random.default_rng(3)
    passes = 0
    for _ in range(sessions):
        baseline, candidate = generator.normal(0, 1, 20), generator.normal(-1, 1, LOOKS[-1])
        passes += any(noninferiority(candidate[:n], baseline, margin=1.0, alpha=level).noninferior for n in LOOKS)
    return passes / sessions


def test_four_looks_keep_the_level():
    assert false_pass_rate(nominal_level(0.05)) < 0.062


def test_four_uncorrected_looks_do_not():
    assert false_pass_rate(0.05) > 0.075


@pytest.mark.parametrize(("runs", "level"), [(None, 0.0193), (20, 0.0221), (50, 0.0206)])
def test_a_shared_baseline_leaves_more_to_each_look(runs, level):
    assert nominal_level(0.05, baseline_runs=runs) == pytest.approx(level, abs=5e-5)


def test_against_a_shared_baseline_normal_statistics_cross_as_often_as_promised():
    generator = np.random.default_rng(6)
    baseline = generator.normal(size=200_000) / np.sqrt(20)
    sums = np.cumsum(generator.normal(size=(200_000, 20)), axis=1)
    bound = stats.norm.isf(nominal_level(0.05, baseline_runs=20))
    crossed = [(sums[:, n - 1] / n - baseline) / np.sqrt(1 / n + 1 / 20) > bound for n in LOOKS]
    assert np.any(crossed, axis=0).mean() == pytest.approx(0.05, abs=0.002)


def test_a_small_error_keeps_its_digits():
    level = nominal_level(1e-9)
    assert 1e-9 / len(LOOKS) < level < 1e-9


def test_the_level_is_that_of_independent_normal_increments():
    generator = np.random.default_rng(5)
    sums = np.cumsum(generator.normal(size=(200_000, 20)), axis=1)
    bound = stats.norm.isf(nominal_level(0.05))
    crossed = np.any([sums[:, n - 1] / np.sqrt(n) > bound for n in LOOKS], axis=0).mean()
    assert crossed == pytest.approx(0.05, abs=0.002)


def test_one_look_needs_no_correction_and_more_looks_need_more():
    assert nominal_level(0.05, [10]) == pytest.approx(0.05, rel=1e-3)
    levels = [nominal_level(0.05, LOOKS[:count]) for count in (1, 2, 3, 4)]
    assert levels == sorted(set(levels), reverse=True)
    assert nominal_level(0.005) < nominal_level(0.05)


@pytest.mark.parametrize(("alpha", "looks"), [(0.0, LOOKS), (1.0, LOOKS), (0.05, ()), (0.05, (10, 5)), (0.05, (1, 5))])
def test_other_arguments_are_refused(alpha, looks):
    with pytest.raises(ValueError, match="must"):
        nominal_level(alpha, looks)


def test_a_baseline_without_runs_is_refused():
    with pytest.raises(ValueError, match="baseline_runs"):
        nominal_level(0.05, baseline_runs=0)


@given(st.integers(2, 12), st.integers(3, 30), st.floats(-2, 2), st.sampled_from([1.0, -1.0, 0.5]))
def test_it_is_the_ratio_of_noncentral_to_central_t(n, m, shift, effect):
    generator = np.random.default_rng(n * m)
    candidate, baseline = generator.normal(shift, 1, n), generator.normal(size=m)
    t = stats.ttest_ind(candidate - 0.3, baseline).statistic
    delta = effect * math.sqrt(n * m / (n + m))
    # scipy's noncentral density is for statistics on the side of its centre: mirror the other
    sign = 1 if delta > 0 else -1
    expected = stats.nct.pdf(sign * t, n + m - 2, abs(delta)) / stats.t.pdf(t, n + m - 2)
    ours = t_e_value(candidate, baseline, null=0.3, effect=effect)
    assert ours == pytest.approx(expected, rel=1e-5, abs=1e-9)


@given(st.floats(-50, 50), st.floats(0.1, 20))
def test_shift_and_scale_change_nothing(shift, scale):
    generator = np.random.default_rng(0)
    candidate, baseline = generator.normal(size=6), generator.normal(size=20)
    moved = t_e_value(scale * candidate + shift, scale * baseline + shift, null=-scale)
    assert moved == pytest.approx(t_e_value(candidate, baseline, null=-1.0), rel=1e-6)


def test_a_smaller_null_is_never_less_evidence():
    generator = np.random.default_rng(2)
    candidate, baseline = generator.normal(size=6), generator.normal(size=20)
    values = [t_e_value(candidate, baseline, null=null) for null in np.linspace(-3, 3, 25)]
    assert values == sorted(values, reverse=True)


def ever_rejects(difference, *, null=-1.0, alpha=0.05, sessions=1500):
    """Return how often the running maximum over runs 3 to 20 reaches 1 / alpha, each session with its baseline."""
    generator = np.random.default_rng(7)
    hits = 0
    for _ in range(sessions):
        baseline, candidate = generator.normal(size=20), generator.normal(difference, 1, 20)
        hits += any(t_e_value(candidate[:n], baseline, null=null) >= 1 / alpha for n in range(3, 21))
    return hits / sessions


def test_looking_after_every_run_keeps_alpha_at_the_margin_and_has_power_inside_it():
    assert ever_rejects(-1.0) <= 0.05
    assert ever_rejects(0.5) > 0.8


def test_scores_that_do_not_vary_are_compared_as_they_are():
    same = [80.0] * 20
    assert t_e_value(same[:5], same, null=-1.0) > 20
    assert t_e_value(same[:5], same, null=1.0) < 1
    assert t_e_value(same[:5], same, null=0.0) < 1


@given(st.integers(1, 9), st.floats(0.01, 0.99))
def test_failures_expect_no_gain_where_the_hypothesis_is_true(runs, rate):
    expected = sum(stats.binom.pmf(k, runs, rate) * failure_e_value(k, runs, rate) for k in range(runs + 1))
    assert expected == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: t_e_value([], [1.0, 2.0], null=0.0), "at least 1 and 2"),
        (lambda: t_e_value([1.0], [1.0], null=0.0), "at least 1 and 2"),
        (lambda: failure_e_value(1, 2, 1.0), "rate"),
        (lambda: failure_e_value(3, 2, 0.5), "failed of"),
    ],
)
def test_what_is_no_evidence_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
