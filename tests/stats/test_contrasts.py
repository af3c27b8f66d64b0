import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import Estimate, Sample, contrast, noninferiority, sample_of

summaries = st.builds(Sample, st.floats(-100, 100), st.floats(0.01, 20), st.integers(2, 60))


@given(summaries, summaries, st.floats(-3, 3))
def test_two_means_are_welchs_test(ours, theirs, threshold):
    found = contrast([(1, ours), (-1, theirs)])
    for alternative, p_value in (("greater", found.p_above(threshold)), ("less", found.p_below(threshold))):
        oracle = stats.ttest_ind_from_stats(
            ours.mean - threshold,
            ours.sd,
            ours.runs,
            theirs.mean,
            theirs.sd,
            theirs.runs,
            equal_var=False,
            alternative=alternative,
        )
        assert p_value == pytest.approx(oracle.pvalue, abs=1e-12)


@example([0.0, 0.0], [0.0, 5e-125])
@given(st.lists(st.floats(-50, 50), min_size=2, max_size=9), st.lists(st.floats(-50, 50), min_size=2, max_size=9))
def test_raw_runs_give_what_the_gates_welch_gives(ours, theirs):
    oracle = noninferiority(ours, theirs, margin=1.0)
    found = contrast([(1, sample_of(ours)), (-1, sample_of(theirs))])
    assert found.value == pytest.approx(oracle.difference, abs=1e-9)
    assert found.standard_error == pytest.approx(oracle.standard_error, rel=1e-6, abs=1e-9)


@given(st.lists(st.tuples(st.floats(0.1, 3), summaries), min_size=1, max_size=6), st.floats(0.5, 0.99))
def test_bounds_and_p_values_agree_and_a_sign_turns_all_round(terms, confidence):
    found, turned = contrast(terms), contrast([(-weight, one) for weight, one in terms])
    lower, upper = found.bounds(confidence)
    assert (-upper, -lower) == pytest.approx(turned.bounds(confidence))
    assert found.p_above(lower) == pytest.approx(1 - confidence, abs=1e-6)
    assert found.p_below(upper) == pytest.approx(1 - confidence, abs=1e-6)


def test_a_mean_of_four_has_the_variance_that_its_draws_have():
    generator = np.random.default_rng(1)
    sizes, scales = (5, 8, 12, 20), (1.0, 3.0, 0.5, 2.0)
    weights = (0.5, -0.5, -0.5, 0.5)
    means = [generator.normal(0, scale, (20_000, size)).mean(axis=1) for size, scale in zip(sizes, scales, strict=True)]
    drawn = sum(weight * mean for weight, mean in zip(weights, means, strict=True))
    terms = [(weight, Sample(0.0, scale, size)) for weight, scale, size in zip(weights, scales, sizes, strict=True)]
    assert contrast(terms).standard_error == pytest.approx(drawn.std(), rel=0.02)


def test_the_degrees_do_not_depend_on_the_unit():
    small, large = (
        contrast([(1, Sample(0.0, 1.0 * unit, 5)), (-1, Sample(0.0, 3.0 * unit, 9))]) for unit in (1e-120, 1.0)
    )
    assert small.degrees == pytest.approx(large.degrees)


def test_where_nothing_varies_the_estimate_is_the_truth():
    found = Estimate(1.0, 0.0, 4.0)
    assert (found.p_above(0), found.p_above(1), found.p_below(0), found.p_below(2)) == (0.0, 1.0, 1.0, 0.0)
    assert found.bounds() == (1.0, 1.0)


def test_what_is_no_sample_is_refused():
    with pytest.raises(ValueError, match="at least 2 runs"):
        Sample(1.0, 0.0, 1)
    for mean, sd in ((float("nan"), 1.0), (1.0, -1.0), (1.0, float("inf"))):
        with pytest.raises(ValueError, match="must be finite"):
            Sample(mean, sd, 5)
    for values in ([1.0], [1.0, float("nan")]):
        with pytest.raises(ValueError, match="at least 2 finite"):
            sample_of(values)
    for terms in ([], [(0, Sample(1.0, 1.0, 5))]):
        with pytest.raises(ValueError, match="other than 0"):
            contrast(terms)
