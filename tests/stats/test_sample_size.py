import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stablebert.stats import (
    detectable_margin,
    noninferiority,
    seeds_needed,
)
from stablebert.stats.sample_size import balanced_runs, baseline_needed, upper_deviation

LEVEL = 0.0193


def test_the_upper_limit_covers_the_true_deviation_four_times_in_five():
    samples = np.random.default_rng(0).normal(0.0, 2.0, (4000, 8))
    limits = [upper_deviation(float(sd), 8) for sd in samples.std(axis=1, ddof=1)]
    assert np.mean(np.array(limits) >= 2.0) == pytest.approx(0.8, abs=0.02)
    # the control: the estimate itself lies below the truth more often than not
    assert np.mean(samples.std(axis=1, ddof=1) >= 2.0) < 0.5


@given(st.floats(0.01, 50), st.integers(3, 200))
def test_the_upper_limit_falls_to_the_estimate(sd, runs):
    assert sd < upper_deviation(sd, runs) < upper_deviation(sd, runs - 1)
    assert upper_deviation(3 * sd, runs) == pytest.approx(3 * upper_deviation(sd, runs))


def test_one_run_has_no_deviation():
    with pytest.raises(ValueError, match="at least 2"):
        upper_deviation(1.0, 1)


def test_twenty_against_twenty_decide_down_to_1_1_deviations_and_fifty_below():
    def least(runs):
        margins = [step / 100 for step in range(50, 200)]
        return next(
            margin
            for margin in margins
            if (needed := baseline_needed(1.0, margin, 20, alpha=LEVEL, power=0.9)) and needed <= runs
        )

    assert (least(20), least(50)) == (1.1, 0.92)


@settings(max_examples=20)
@given(st.floats(0.3, 3.0))
def test_what_is_needed_is_just_enough(margin):
    wanted = {"alpha": LEVEL, "power": 0.9}
    runs = baseline_needed(1.0, margin, 20, **wanted)
    if runs is None:
        assert (seeds_needed(1.0, 1.0, 1000, margin, **wanted) or math.inf) > 20
    else:
        assert seeds_needed(1.0, 1.0, runs, margin, **wanted) <= 20
        assert runs == 3 or (seeds_needed(1.0, 1.0, runs - 1, margin, **wanted) or math.inf) > 20
    both = balanced_runs(1.0, margin, **wanted)
    assert seeds_needed(1.0, 1.0, both, margin, **wanted) <= both


def test_a_margin_out_of_reach_has_no_number():
    assert balanced_runs(1.0, 0.01, alpha=LEVEL, power=0.9) is None


def test_the_seeds_needed_do_not_depend_on_the_unit():
    needed = [seeds_needed(1.0 * unit, 2.0 * unit, 20, 2.0 * unit, alpha=0.02) for unit in (1e-120, 1.0)]
    assert needed[0] == needed[1] > 2


@pytest.mark.parametrize(("sd", "margin"), [(1.0, 1.0), (1.0, 1.5), (0.3, 1.0)])
def test_the_seeds_needed_have_the_power_promised(sd, margin):
    n = seeds_needed(sd, 1.0, 20, margin, alpha=0.05)
    generator = np.random.default_rng(2)
    passes = [
        noninferiority(generator.normal(0, sd, n), generator.normal(0, 1, 20), margin=margin).noninferior
        for _ in range(1500)
    ]
    assert 0.76 < np.mean(passes) < 0.95


def test_a_detectable_margin_is_found_in_four_of_five_cases():
    generator = np.random.default_rng(4)
    margin = detectable_margin(np.sqrt(2 / 50), 98, alpha=0.05)
    passes = [
        noninferiority(generator.normal(0, 1, 50), generator.normal(0, 1, 50), margin=margin).noninferior
        for _ in range(1500)
    ]
    assert np.mean(passes) == pytest.approx(0.8, abs=0.035)
