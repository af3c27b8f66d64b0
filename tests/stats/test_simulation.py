from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from stablebert.gate import Policy
from stablebert.stats import LOOKS
from stablebert.stats.simulation import Levels, simulate_sessions

LEVEL = 0.0193
NO_ALARM = Levels(passing=LEVEL, location=0.0, surely=0.5, failures=0.0, room=1.0)


def passes_of_scipy(looks, margin, runs, sessions=1500):
    """The share of sessions that scipy's tests pass at one of the looks: pooled, or Welch where the candidate's
    variance is the larger by a quarter."""
    generator = np.random.default_rng(7)
    theirs, ours = generator.normal(0, 1, (sessions, runs)), generator.normal(0, 1, (sessions, looks[-1]))

    def shown(look):
        own = ours[:, :look] + margin
        pooled, welch = (
            ttest_ind(own, theirs, axis=1, equal_var=equal, alternative="greater").pvalue for equal in (True, False)
        )
        even = own.var(axis=1, ddof=1) <= 1.25 * theirs.var(axis=1, ddof=1)
        return np.where(even, pooled, welch) <= LEVEL

    passed = [shown(look) for look in looks]
    return [float(np.any(passed[: place + 1], axis=0).mean()) for place in range(len(looks))]


def test_sessions_pass_as_scipys_tests_do():
    ours = simulate_sessions(1.0, 20, 1.1, LOOKS, NO_ALARM)
    # two simulations: four standard errors of their difference
    assert list(ours.passed.values()) == pytest.approx(passes_of_scipy(LOOKS, 1.1, 20), abs=0.06)


def test_a_session_at_the_margin_passes_at_alpha_and_one_beyond_is_called_worse():
    policy = Policy()
    levels = Levels(policy.level(policy.alpha, 20), policy.level(policy.location_share, 20), 0.5, 0.0, 1.0)
    at_margin = simulate_sessions(1.0, 20, 1.5, LOOKS, levels, difference=-1.5)
    assert at_margin.passed[20] < 0.05 + 0.015
    # at each look half of the estimates of a loss at the margin lie beyond it, and most of these show some loss
    any_loss = replace(levels, surely=0.0)
    assert 0.5 < simulate_sessions(1.0, 20, 1.5, LOOKS, any_loss, difference=-1.5).failed < 0.8
    # of more than half of it fewer, and where half of it is lost next to none
    assert 0.2 < at_margin.failed < 0.4
    half, some = (simulate_sessions(1.0, 20, 1.5, LOOKS, of, difference=-0.75).failed for of in (levels, any_loss))
    assert half < 0.008 < 0.02 < some
    far = simulate_sessions(1.0, 20, 1.5, LOOKS, levels, difference=-6.0)
    assert (far.passed[20], far.failed) == (0.0, 1.0)
    assert far.mean_seeds == LOOKS[0]


@settings(max_examples=20)
@given(st.floats(0.5, 4.0))
def test_a_wider_margin_and_a_larger_baseline_pass_no_later(margin):
    # the same draws, so that this holds for each session
    narrow, wide = (simulate_sessions(1.0, 20, m, LOOKS, NO_ALARM, sessions=200) for m in (margin, 1.5 * margin))
    assert all(narrow.passed[look] <= wide.passed[look] for look in LOOKS)
    assert wide.mean_seeds <= narrow.mean_seeds


def test_failed_runs_delay_a_pass():
    none, some = (simulate_sessions(1.0, 20, 1.5, LOOKS, NO_ALARM, baseline_failed=failed) for failed in (0, 6))
    assert some.passed[6] < none.passed[6]


def test_scores_are_scale_free_and_the_draw_is_the_same_each_time():
    one = simulate_sessions(1.0, 20, 1.5, LOOKS, NO_ALARM, sessions=300)
    assert one == simulate_sessions(10.0, 20, 15.0, LOOKS, NO_ALARM, sessions=300)
    assert one != simulate_sessions(1.0, 20, 1.5, LOOKS, NO_ALARM, sessions=300, seed=1)


@pytest.mark.parametrize(("sd", "runs", "failed"), [(0.0, 20, 0), (1.0, 2, 0), (1.0, 20, 18)])
def test_what_cannot_be_simulated_is_refused(sd, runs, failed):
    with pytest.raises(ValueError, match="at least 3"):
        simulate_sessions(sd, runs, 1.0, LOOKS, NO_ALARM, baseline_failed=failed)
