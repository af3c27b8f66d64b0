"""When a control variate on shared seeds is to be used."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import anchor_helps, correlation


def sides(*, rho=0.9, skewed=False, seeds=20):
    """Return a candidate and a baseline that correlate on their seeds."""
    generator = np.random.default_rng(3)
    shared = generator.exponential(size=seeds) if skewed else stats.norm.ppf((np.arange(seeds) + 0.5) / seeds)
    own = rho * shared + np.sqrt(1 - rho**2) * generator.normal(size=seeds)
    return ({f"s{seed}": float(value) for seed, value in enumerate(values)} for values in (own, shared))


def test_it_helps_where_ten_seeds_correlate_and_the_baseline_is_symmetric():
    candidate, baseline = sides()
    assert anchor_helps(candidate, baseline)
    assert anchor_helps(dict(list(candidate.items())[:10]), baseline)
    assert not anchor_helps(dict(list(candidate.items())[:9]), baseline)


def test_it_does_not_where_seeds_say_little_or_scores_are_skewed():
    assert not anchor_helps(*sides(rho=0.2))
    assert not anchor_helps(*sides(rho=-0.9))
    candidate, baseline = sides(skewed=True)
    assert abs(stats.skew(list(baseline.values()))) > 0.8
    assert correlation(candidate, baseline) > 0.5
    assert not anchor_helps(candidate, baseline)


@given(st.floats(1e-160, 1e100))
def test_the_unit_of_the_scores_changes_nothing(scale):
    candidate, baseline = ({seed: scale * value for seed, value in side.items()} for side in sides())
    assert anchor_helps(candidate, baseline)


def test_the_correlation_is_pearsons_on_the_common_seeds():
    candidate, baseline = sides(rho=0.6)
    some = {seed: candidate[seed] for seed in list(candidate)[4:]}
    expected = stats.pearsonr(list(some.values()), [baseline[seed] for seed in some]).statistic
    assert correlation(some, baseline) == pytest.approx(expected)


def test_where_nothing_varies_there_is_no_correlation():
    candidate, baseline = sides()
    assert correlation(dict.fromkeys(candidate, 1.0), baseline) is None
    assert correlation({}, baseline) is None
    assert not anchor_helps(candidate, dict.fromkeys(baseline, 1.0))
    assert not anchor_helps(dict.fromkeys(candidate, 1.0), baseline)


def test_two_seeds_correlate_and_one_does_not():
    assert correlation({"a": 1.0, "b": 2.0}, {"a": 5.0, "b": 9.0, "c": 1.0}) == 1.0
    assert correlation({"a": 1.0, "b": 2.0}, {"b": 5.0, "a": 9.0}) == -1.0
    assert correlation({"a": 1.0, "b": 2.0}, {"a": 5.0, "c": 9.0}) is None


def test_a_correlation_is_never_beyond_1():
    # rounded, the quotient of these is 1 + 2e-16
    one = dict(enumerate([2.0, 0.19, -0.63, -0.38, -1.09, -1.28, 0.63]))
    other = dict(enumerate([0.86, 0.0817, -0.2709, -0.1634, -0.4687, -0.5504, 0.2709]))
    assert correlation(one, other) == 1.0
    assert correlation(one, {seed: -score for seed, score in other.items()}) == -1.0


def test_a_correlation_of_a_half_is_too_little():
    ours, theirs = (dict(enumerate(pattern * 4)) for pattern in ([1.0, -1.0, 0.0], [0.0, -1.0, 1.0]))
    assert correlation(ours, theirs) == 0.5
    assert not anchor_helps(ours, theirs)
    assert anchor_helps({**ours, 0: 1.01, 2: 0.01}, theirs)
