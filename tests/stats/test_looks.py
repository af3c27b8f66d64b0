"""Looks: the level that they keep together, for the looks of the rule and for one after every run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from stablebert.stats import LOOKS, nominal_level, noninferiority
from stablebert.stats.looks import _level, check_looks

EVERY = tuple(range(LOOKS[0], LOOKS[-1] + 1))


@pytest.fixture(autouse=True)
def computed_anew():
    """Levels are kept once they are known; here each test computes its own."""
    _level.cache_clear()


def test_the_looks_are_those_of_the_rule():
    assert LOOKS == (6, 9, 12, 20)


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


@pytest.mark.parametrize(("runs", "level"), [(None, 0.020027), (20, 0.022811), (50, 0.021269)])
def test_a_shared_baseline_leaves_more_to_each_look(runs, level):
    assert nominal_level(0.05, baseline_runs=runs) == pytest.approx(level, abs=5e-7)


@pytest.mark.parametrize("moments", [LOOKS, EVERY])
@pytest.mark.parametrize("runs", [None, 20])
def test_normal_statistics_cross_as_often_as_promised(moments, runs):
    generator = np.random.default_rng(6)
    baseline = generator.normal(size=100_000) / np.sqrt(runs) if runs else 0.0
    sums = np.cumsum(generator.normal(size=(100_000, 20)), axis=1)
    bound = stats.norm.isf(nominal_level(0.05, moments, runs))
    error = 1 / runs if runs else 0.0
    crossed = [(sums[:, n - 1] / n - baseline) / np.sqrt(1 / n + error) > bound for n in moments]
    assert np.any(crossed, axis=0).mean() == pytest.approx(0.05, abs=0.0027)


@pytest.mark.parametrize(("looks", "runs"), [((6, 9), None), ((6, 20), 20), ((3, 4), 50)])
def test_two_looks_are_the_plane_of_two_correlated_normals(looks, runs):
    def information(n):
        return 1 / (1 / n + (1 / runs if runs else 0))

    together = np.sqrt(information(looks[0]) / information(looks[1]))
    for alpha in (0.05, 0.0015):
        bound = stats.norm.isf(nominal_level(alpha, looks, runs))

        # 1 - P(neither crosses), by one integral over the first statistic
        def density(z, bound=bound):
            return stats.norm.pdf(z) * stats.norm.cdf((bound - together * z) / np.sqrt(1 - together**2))

        inside, _ = integrate.quad(density, -12, bound, epsabs=1e-13)
        assert 1 - inside == pytest.approx(alpha, rel=1e-6)


def test_a_small_error_keeps_its_digits():
    level = nominal_level(1e-9)
    assert 1e-9 / len(LOOKS) < level < 1e-9


def test_looking_after_every_run_costs_level_and_never_as_much_as_so_many_tests():
    one, every = nominal_level(0.05, LOOKS, 20), nominal_level(0.05, EVERY, 20)
    assert 0.05 / len(EVERY) < every < one < 0.05


def test_one_look_needs_no_correction_and_more_looks_need_more():
    assert nominal_level(0.05, [10]) == 0.05
    levels = [nominal_level(0.05, LOOKS[:count]) for count in (1, 2, 3, 4)]
    assert levels == sorted(set(levels), reverse=True)
    assert nominal_level(0.005) < nominal_level(0.05)


@given(st.floats(1e-5, 0.3), st.integers(1, 60))
def test_a_level_lies_between_that_of_as_many_tests_and_that_of_one_and_falls_with_the_baseline(alpha, runs):
    level = nominal_level(alpha, baseline_runs=runs)
    assert alpha / len(LOOKS) < nominal_level(alpha) < nominal_level(alpha, baseline_runs=runs + 1) < level < alpha


@pytest.mark.parametrize(("alpha", "looks"), [(0.0, LOOKS), (1.0, LOOKS), (0.05, ()), (0.05, (10, 5)), (0.05, (1, 5))])
def test_other_arguments_are_refused(alpha, looks):
    for check in (nominal_level, check_looks):
        with pytest.raises(ValueError, match="must"):
            check(alpha, looks)


def test_what_is_refused_is_named():
    with pytest.raises(ValueError, match=r"^alpha is 1.5; it must be in \(0, 1\)$"):
        check_looks(1.5, LOOKS)
    for looks in ((5, 5), (9, 6), (1, 6)):
        with pytest.raises(ValueError, match=r"^looks are \(\d, \d\); they must ascend from 2 or more$"):
            check_looks(0.05, looks)
    with pytest.raises(ValueError, match=r"^looks are \(6, 1000001\); the last must be at most [\d,]+ seeds$"):
        check_looks(0.05, (6, 1_000_001))
    assert check_looks(0.05, (2, 3)) is None


def test_a_baseline_without_runs_is_refused_and_one_of_one_run_is_not():
    with pytest.raises(ValueError, match="^baseline_runs is 0; it must be >= 1$"):
        nominal_level(0.05, baseline_runs=0)
    assert nominal_level(0.05, baseline_runs=1) < 0.05
