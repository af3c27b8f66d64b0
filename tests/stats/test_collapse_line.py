"""The collapse line: where it lies, what moves it, and what never does."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from stablebert.stats import collapse_line

SCORES = st.lists(st.floats(0, 100).map(lambda value: round(value, 3)), min_size=3, max_size=30)


@given(SCORES)
def test_it_lies_eight_robust_deviations_below_the_median_and_a_point_at_least(scores):
    far = 8 * 1.4826 * float(median_abs_deviation(scores))
    assert collapse_line(scores) == pytest.approx(np.median(scores) - max(far, 1.0), abs=1e-9)
    assert collapse_line(scores) <= np.median(scores) - 1 + 1e-9


@given(SCORES, st.floats(-100, 100))
def test_a_shift_of_the_scores_shifts_it(scores, shift):
    moved = collapse_line([score + shift for score in scores])
    assert moved == pytest.approx(collapse_line(scores) + shift, abs=1e-6)


@given(SCORES, st.floats(1, 50))
def test_a_unit_of_the_scores_scales_what_lies_beyond_the_least_distance(scores, scale):
    near, far = (np.median(side) - collapse_line(side) for side in (scores, [scale * score for score in scores]))
    assert far == pytest.approx(max(1.0, scale * 8 * spread(scores)), abs=1e-6)
    assert near == pytest.approx(max(1.0, 8 * spread(scores)), abs=1e-6)


def spread(scores):
    return 1.4826 * float(median_abs_deviation(scores))


@given(SCORES, st.randoms(use_true_random=False))
def test_the_order_of_the_runs_says_nothing(scores, random):
    shuffled = list(scores)
    random.shuffle(shuffled)
    assert collapse_line(shuffled) == collapse_line(scores)


def sound(runs=20, seed=0):
    return np.random.default_rng(seed).normal(86, 0.5, runs).tolist()


@given(st.integers(0, 4), st.floats(-1e6, 40), st.floats(-1e6, 40))
def test_how_far_a_minority_of_far_runs_lies_says_nothing(count, far, farther):
    scores = sound()[count:]
    assert collapse_line([*scores, *[far] * count]) == collapse_line([*scores, *[farther] * count])


@given(st.integers(0, 4), st.floats(-1e6, 40), st.integers(0, 200))
def test_a_minority_of_far_runs_moves_it_by_little_and_it_still_parts_them(count, far, seed):
    clean = sound(seed=seed)
    dirty = [*clean[count:], *[far] * count]
    # in the distance from median to line, and not in that of the far runs
    assert abs(collapse_line(clean) - collapse_line(dirty)) <= count * (np.median(clean) - collapse_line(clean))
    assert [score < collapse_line(dirty) for score in dirty] == [False] * (20 - count) + [True] * count


def test_a_mean_and_a_deviation_would_let_far_runs_hide():
    dirty = [*sound()[4:], 40.0, 41.0, 42.0, 43.0]
    assert min(dirty) > np.mean(dirty) - 8 * np.std(dirty, ddof=1)
    assert sum(score < collapse_line(dirty) for score in dirty) == 4


def test_where_nothing_varies_a_point_is_far():
    # a run on the line is none below it
    assert collapse_line([80.0] * 5) == 79.0


def test_without_a_least_distance_the_unit_says_nothing_and_nothing_is_far_where_nothing_varies():
    losses = [2.31, 2.32, 2.3, 2.33, 2.9]
    line = collapse_line([-loss for loss in losses], least=0.0)
    assert collapse_line([-1000 * loss for loss in losses], least=0.0) == pytest.approx(1000 * line)
    assert -2.9 < line < -2.33
    assert collapse_line([-loss for loss in losses]) < -2.9
    assert collapse_line([80.0] * 5, least=0.0) == -math.inf


def test_fewer_than_three_runs_draw_no_line():
    assert collapse_line([]) == collapse_line([80.0]) == collapse_line([80.0, 20.0]) == -math.inf
    assert collapse_line([80.0, 80.0, 20.0]) == 79.0


@pytest.mark.parametrize(("draw", "most"), [("normal", 0.0), ("exponential", 0.005)])
def test_a_run_of_a_usual_distribution_is_hardly_ever_there(draw, most):
    generator = np.random.default_rng(4)
    collapsed = 0
    for _ in range(1000):
        # the long tail of the exponential one is that of low scores
        scores = 90 - 2 * (getattr(generator, draw)(size=50))
        collapsed += sum(scores < collapse_line(scores.tolist()))
    assert collapsed / 50_000 <= most
