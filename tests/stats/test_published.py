import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import Sample, highlighted, prediction_interval, sample_of, spread_ratio, standardised_difference


@given(st.floats(0.1, 20), st.integers(2, 60))
def test_the_prediction_interval_has_its_known_ends(sd, runs):
    theirs = Sample(70.0, sd, runs)
    of_the_mean = stats.t.interval(0.95, runs - 1, 70.0, sd / np.sqrt(runs))
    assert prediction_interval(theirs, 10**12) == pytest.approx(of_the_mean)
    of_one_run = stats.t.interval(0.95, runs - 1, 70.0, sd * np.sqrt(1 + 1 / runs))
    assert prediction_interval(theirs, 1) == pytest.approx(of_one_run)


def test_our_mean_lies_in_its_prediction_interval_as_often_as_promised():
    generator = np.random.default_rng(11)
    inside = []
    for _ in range(3000):
        low, high = prediction_interval(sample_of(generator.normal(70, 2.5, 20).tolist()), 10)
        inside.append(low < generator.normal(70, 2.5, 10).mean() < high)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.014)


@given(st.floats(0.05, 20), st.floats(0.05, 20), st.integers(2, 40), st.integers(2, 40))
def test_the_bounds_of_a_ratio_are_those_of_the_f_test(ours, theirs, n, m):
    ratio, lower, upper = spread_ratio(Sample(0.0, ours, n), Sample(0.0, theirs, m))
    assert ratio == pytest.approx(ours / theirs)
    # a ratio of a bound is what the F test at .05 just rejects
    assert stats.f.sf((ratio / lower) ** 2, n - 1, m - 1) == pytest.approx(0.05)
    assert stats.f.cdf((ratio / upper) ** 2, n - 1, m - 1) == pytest.approx(0.05)
    # and of the arms in the other order
    assert spread_ratio(Sample(0.0, theirs, m), Sample(0.0, ours, n))[1] == pytest.approx(1 / upper)


def test_the_papers_rule_is_students_test_against_the_best():
    generator = np.random.default_rng(2)
    for _ in range(20):
        runs = [generator.normal(90 + shift, 1.0, 20) for shift in generator.normal(0, 0.7, 4)]
        best = max(runs, key=np.mean)
        expected = tuple(run is best or stats.ttest_ind(best, run, alternative="greater").pvalue > 0.05 for run in runs)
        assert highlighted([sample_of(run.tolist()) for run in runs]) == expected


def test_cells_that_do_not_vary():
    still = [Sample(1.0, 0.0, 5), Sample(2.0, 0.0, 5), Sample(2.0, 0.0, 5)]
    assert highlighted(still) == (False, True, True)
    assert spread_ratio(Sample(0.0, 0.0, 5), Sample(0.0, 1.0, 5)) == (0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="no ratio"):
        spread_ratio(Sample(0.0, 1.0, 5), Sample(0.0, 0.0, 5))
    with pytest.raises(ValueError, match="0 runs"):
        prediction_interval(Sample(0.0, 1.0, 5), 0)


def test_the_standardised_difference_is_in_the_root_mean_of_both_variances():
    assert standardised_difference(Sample(71.0, 3.0, 20), Sample(69.0, 4.0, 5)) == pytest.approx(2 / 12.5**0.5)
    assert standardised_difference(Sample(69.0, 1.0, 20), Sample(71.0, 1.0, 20)) == -2
    assert standardised_difference(Sample(70.0, 0.0, 20), Sample(69.0, 0.0, 20)) is None
