import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.stats import expected_test


def brute_force(validation, test, n, replacement):
    """Return mean and sd over every equally likely draw, ties shared."""
    runs = range(len(test))
    draws = list(itertools.product(runs, repeat=n) if replacement else itertools.combinations(runs, n))
    outcomes, weights = [], []
    for draw in draws:
        top = max(validation[index] for index in draw)
        ties = [index for index in runs if validation[index] == top]
        outcomes += [test[index] for index in ties]
        weights += [1 / len(ties) / len(draws)] * len(ties)
    mean = np.dot(weights, outcomes)
    return mean, np.sqrt(np.dot(weights, np.square(np.subtract(outcomes, mean))))


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=3, max_size=4),
    st.integers(1, 3),
    st.booleans(),
)
def test_expected_test_is_the_mean_over_every_draw(pairs, n, replacement):
    validation, test = ([float(pair[side]) for pair in pairs] for side in (0, 1))
    mean, deviation = expected_test(validation, test, [n], replacement=replacement)
    expected_mean, expected_deviation = brute_force(validation, test, n, replacement)
    assert mean[0] == pytest.approx(expected_mean)
    assert deviation[0] == pytest.approx(expected_deviation, abs=1e-7)


def test_expected_test_refuses_more_trials_than_runs_without_replacement():
    with pytest.raises(ValueError, match="trials"):
        expected_test([1.0, 2.0], [1.0, 2.0], [3], replacement=False)


@pytest.mark.parametrize("scores", [([1.0, float("nan")], [1.0, 2.0]), ([1.0, 2.0], [float("inf"), 2.0]), ([], [])])
def test_expected_test_refuses_what_is_no_score(scores):
    with pytest.raises(ValueError, match="not finite|at least one"):
        expected_test(*scores, [1])


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_shift_and_scale_go_with_the_test_scores_and_order_says_nothing(seed, replacement):
    generator = np.random.default_rng(seed)
    validation, test = generator.integers(0, 5, 12).astype(float), generator.normal(0, 1, 12)
    mean, deviation = expected_test(validation, test, [1, 4, 12], replacement=replacement)
    order = generator.permutation(12)
    other = expected_test(3 * validation[order] - 7, 2 * test[order] + 90, [1, 4, 12], replacement=replacement)
    assert other[0] == pytest.approx(2 * mean + 90)
    assert other[1] == pytest.approx(2 * deviation, abs=1e-9)


def test_one_trial_is_the_mean_and_all_without_replacement_the_best():
    validation, test = [1.0, 5.0, 3.0], [10.0, 20.0, 90.0]
    assert expected_test(validation, test, [1])[0] == pytest.approx([40.0])
    mean, deviation = expected_test(validation, test, [3], replacement=False)
    assert (mean[0], deviation[0]) == (20.0, 0.0)


def test_many_runs_do_not_overflow():
    scores = np.arange(5000.0)
    mean, _ = expected_test(scores, scores, [2500], replacement=False)
    # the expected maximum of n of 0 .. N - 1 is n (N + 1) / (n + 1) - 1
    assert mean[0] == pytest.approx(2500 * 5001 / 2501 - 1)


def test_without_replacement_it_is_unbiased_and_with_replacement_too_low():
    generator = np.random.default_rng(5)
    of_ten = generator.normal(0, 1, (4000, 10))
    truth = generator.normal(0, 1, (200_000, 5)).max(axis=1).mean()
    unbiased = np.mean([expected_test(row, row, [5], replacement=False)[0][0] for row in of_ten])
    biased = np.mean([expected_test(row, row, [5])[0][0] for row in of_ten])
    assert unbiased == pytest.approx(truth, abs=0.03)
    assert biased < truth - 0.1


def bootstrap(validation, test, n, draws, generator):
    """Return mean and sd of the paper's draws: n runs with replacement, the best by validation, its test score."""
    drawn = generator.integers(0, len(test), (draws, n))
    chosen = drawn[np.arange(draws), np.argmax(validation[drawn], axis=1)]
    return test[chosen].mean(), test[chosen].std()


def test_the_papers_bootstrap_of_a_thousand_draws_lies_within_its_monte_carlo_error():
    generator = np.random.default_rng(7)
    validation = generator.normal(70, 3, 50)
    test = validation + generator.normal(0, 1, 50)
    trials = [1, 5, 10, 25, 50]
    means, deviations = expected_test(validation, test, trials)
    for n, mean, deviation in zip(trials, means, deviations, strict=True):
        drawn_mean, drawn_deviation = bootstrap(validation, test, n, 1000, generator)
        assert abs(drawn_mean - mean) < 4 * deviation / np.sqrt(1000)
        assert drawn_deviation == pytest.approx(deviation, rel=0.25)
    # the control: the bootstrap of another number of trials is noticed
    drawn_mean, _ = bootstrap(validation, test, 2, 1000, generator)
    assert abs(drawn_mean - means[1]) > 4 * deviations[1] / np.sqrt(1000)
