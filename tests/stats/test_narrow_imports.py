"""What is computed from `scipy.special` and the standard library is what `scipy.stats` has, whose import takes a second.

Each test would fail at the first argument that is in the other place, or of the other tail.
"""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from stablebert.stats import (
    Estimate,
    Sample,
    expected_test,
    pooled_failure_p_value,
    prediction_interval,
    satterthwaite,
    spread_ratio,
)
from stablebert.stats.published import _student, detectable_loss, detectable_ratio
from stablebert.stats.rank_sum import _doubled_ranks
from stablebert.stats.sample_size import _power, upper_deviation

RUNS = st.integers(2, 60)
SDS = st.floats(0.05, 20)
LEVELS = st.floats(0.6, 0.9999)


def same(value):
    return pytest.approx(value, rel=1e-12, abs=1e-300)


@given(st.floats(-30, 30), SDS, st.floats(0.5, 200), st.floats(-30, 30), LEVELS)
def test_an_estimate_has_the_t_distribution(value, error, degrees, threshold, confidence):
    found, there = Estimate(value, error, degrees), stats.t(degrees, value, error)
    assert found.p_above(threshold) == same(stats.t.sf((value - threshold) / error, degrees))
    assert found.p_below(threshold) == same(stats.t.cdf((value - threshold) / error, degrees))
    half = error * stats.t.ppf(confidence, degrees)
    assert found.bounds(confidence) == (same(value - half), same(value + half))
    assert there.cdf(found.bounds(confidence)[1]) == pytest.approx(confidence)


@given(SDS, SDS, RUNS, RUNS, LEVELS)
def test_published_cells_have_the_t_and_f_distributions(ours, theirs, n, m, confidence):
    mine, printed = Sample(70.0, ours, n), Sample(70.5, theirs, m)
    f, t = stats.f(n - 1, m - 1), stats.t(n + m - 2)
    ratio = ours / theirs
    bounds = (same(ratio / math.sqrt(f.ppf(level))) for level in (confidence, 1 - confidence))
    assert spread_ratio(mine, printed, confidence) == (same(ratio), *bounds)
    assert detectable_ratio(printed, n, confidence) == same(math.sqrt(f.ppf(confidence) / f.ppf(1 - confidence)))
    error = theirs * math.sqrt(1 / n + 1 / m)
    assert detectable_loss(printed, n, confidence) == same(2 * t.ppf(confidence) * error)
    half = stats.t.ppf((1 + confidence) / 2, m - 1) * error
    assert prediction_interval(printed, n, confidence) == (same(70.5 - half), same(70.5 + half))
    pooled = stats.ttest_ind_from_stats(70.5, theirs, m, 70.0, ours, n, alternative="greater")
    assert _student(printed, mine) == pytest.approx(pooled.pvalue, rel=1e-10)


@given(SDS, RUNS, LEVELS)
def test_a_deviation_has_the_chi_square_distribution(sd, runs, confidence):
    limit = sd * math.sqrt((runs - 1) / stats.chi2.ppf(1 - confidence, runs - 1))
    assert upper_deviation(sd, runs, confidence) == same(limit)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_failures_of_one_stratum_are_hypergeometric(runs, others, data):
    failed, theirs = data.draw(st.integers(0, runs)), data.draw(st.integers(0, others))
    there = stats.hypergeom(runs + others, failed + theirs, runs)
    assert pooled_failure_p_value([(failed, runs, theirs, others)]) == pytest.approx(there.sf(failed - 1), rel=1e-9)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_ties_share_their_mean_rank(sample, other):
    ranks, size = _doubled_ranks(sample, other)
    assert (size, ranks.tolist()) == (len(sample), (2 * stats.rankdata([*sample, *other])).tolist())


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-100, 100)), min_size=1, max_size=30), st.booleans(), st.data())
def test_runs_that_tie_share_their_place(runs, replacement, data):
    trials = data.draw(st.integers(1, len(runs)))
    mean, sd = expected_test(*zip(*runs, strict=True), [trials], replacement=replacement)
    best = {value: [test for validation, test in runs if validation == value] for value in {one for one, _ in runs}}
    if replacement:
        below = {value: sum(one <= value for one, _ in runs) / len(runs) for value in best}
        chances = {value: share**trials for value, share in below.items()}
    else:
        ways = math.comb(len(runs), trials)
        chances = {value: math.comb(sum(one <= value for one, _ in runs), trials) / ways for value in best}
    lower = dict(zip(sorted(best)[1:], sorted(best), strict=False))
    weights = {value: chances[value] - (chances[lower[value]] if value in lower else 0.0) for value in best}
    expected = sum(weights[value] * np.mean(best[value]) for value in best)
    square = sum(weights[value] * np.mean(np.square(np.array(best[value]) - expected)) for value in best)
    assert (mean[0], sd[0]) == (pytest.approx(expected, abs=1e-10), pytest.approx(math.sqrt(square), abs=1e-5))


def test_none_of_it_imports_scipy_stats():
    code = (
        "import sys; from stablebert.stats import *;"
        "Estimate(1.0, 1.0, 3.0).bounds(); Estimate(1.0, 1.0, 3.0).p_above(0.0);"
        "pooled_failure_p_value([(1, 5, 0, 20)]); rank_sum_p_value([1.0], [2.0]);"
        "spread_ratio(Sample(1.0, 1.0, 3), Sample(1.0, 1.0, 3)); prediction_interval(Sample(1.0, 1.0, 3), 3);"
        "print('scipy.special' in sys.modules, 'scipy.stats' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True", "False"]


# a margin of 38 standard errors: what is missed is too small for scipy.special, which says NaN
@example(8, 30, 0.125, 0.3125, 2.75, 0.0625)
@given(st.integers(3, 60), st.integers(3, 60), SDS, SDS, st.floats(0.01, 3.0), st.floats(0.001, 0.2))
def test_power_has_the_noncentral_t_distribution(n, m, mine, theirs, margin, alpha):
    error, degrees = satterthwaite([(mine**2 / n, n - 1), (theirs**2 / m, m - 1)])
    power = stats.nct.sf(stats.t.ppf(1 - alpha, degrees), degrees, margin / error)
    assert _power(n, mine, theirs, m, margin, alpha) == pytest.approx(power, abs=1e-10)
