import numpy as np
import pytest
from scipy import stats

from stablebert.stats import LOOKS, nominal_level, noninferiority


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
