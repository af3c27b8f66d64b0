import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.weightstats import ttost_ind, ttost_paired

from stablebert.stats.equivalence import equivalence
from stablebert.stats.sample_size import equivalence_runs

SCORES = st.lists(st.floats(-50, 50).map(lambda x: round(x, 3)), min_size=4, max_size=12, unique=True)


@given(SCORES, SCORES, st.floats(0.1, 30))
def test_unpaired_agrees_with_statsmodels(other, one, limit):
    p_value, _, _ = ttost_ind(np.array(other), np.array(one), -limit, limit, usevar="unequal")
    assert equivalence(other, one, limit=limit).p_value == pytest.approx(p_value, abs=1e-9)


@given(SCORES, st.data(), st.floats(0.1, 30))
def test_paired_agrees_with_statsmodels(one, data, limit):
    shifts = data.draw(st.lists(st.floats(-5, 5), min_size=len(one), max_size=len(one), unique=True))
    other = [score + shift for score, shift in zip(one, shifts, strict=True)]
    if np.std(np.subtract(other, one)) < 1e-6:
        return
    p_value, _, _ = ttost_paired(np.array(other), np.array(one), -limit, limit)
    paired = equivalence(dict(enumerate(other)), dict(enumerate(one)), limit=limit, pairing="paired")
    assert paired.p_value == pytest.approx(p_value, abs=1e-9)


@given(SCORES, SCORES, st.floats(0.1, 30))
def test_swapping_the_sides_mirrors_the_interval(other, one, limit):
    there, back = equivalence(other, one, limit=limit), equivalence(one, other, limit=limit)
    assert (there.lower_bound, there.upper_bound) == (-back.upper_bound, -back.lower_bound)
    assert there.equivalent == back.equivalent == (max(-there.lower_bound, there.upper_bound) < limit)


def test_equal_means_far_apart_scores_are_not_equivalent():
    # a difference that is not seen is not a difference ruled out
    assert not equivalence([0.0, 10.0, 5.0], [5.0, 1.0, 9.0], limit=1.0).equivalent


def test_a_pairing_that_is_not_symmetric_is_refused():
    with pytest.raises(ValueError, match="pairing is 'anchored'"):
        equivalence({1: 1.0}, {1: 1.0}, limit=1.0, pairing="anchored")


@pytest.mark.parametrize(("deviations", "pairing"), [([1.2], "paired"), ([1.0, 0.6], "welch")])
def test_the_planned_runs_have_the_power_they_promise_and_fewer_have_not(deviations, pairing):
    runs = equivalence_runs(deviations, 0.8)
    generator = np.random.default_rng(0)

    def power(n):
        shown = 0
        for _ in range(400):
            one = generator.normal(0, deviations[0], n)
            other = generator.normal(0, deviations[1], n) if pairing == "welch" else np.zeros(n)
            sides = (dict(enumerate(scores)) for scores in (other, one))
            shown += equivalence(*sides, limit=0.8, pairing=pairing).equivalent
        return shown / 400

    assert power(runs) > 0.75
    assert power(runs // 2) < 0.7


def test_no_spread_needs_the_fewest_and_too_much_the_most():
    assert equivalence_runs([0.0], 0.5) == 3
    assert equivalence_runs([90.0], 0.5) == 1000
    with pytest.raises(ValueError, match="3 standard deviations"):
        equivalence_runs([1.0, 1.0, 1.0], 0.5)
