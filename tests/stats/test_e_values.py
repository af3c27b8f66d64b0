"""E-values: the ratio of scipy's densities, and what a test martingale promises."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import failure_e_value, t_e_value


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
def test_other_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
