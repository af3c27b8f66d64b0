import math

import pytest

from stablebert.training.failure import failure_reason

BALANCED = [0, 1] * 50
LEARNED = [0.7] * 90 + [0.1] * 10


def test_a_run_that_learned_has_not_failed():
    assert failure_reason(LEARNED, BALANCED, BALANCED) is None


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_fails(bad):
    assert failure_reason([0.7, bad], BALANCED, BALANCED) == "loss not finite after 2 updates"


@pytest.mark.parametrize(("zeros", "failed"), [(99, True), (98, False)])
def test_one_class_fails_at_99_percent(zeros, failed):
    predictions = [0] * zeros + [1] * (100 - zeros)
    assert (failure_reason(LEARNED, predictions, BALANCED) is not None) is failed


@pytest.mark.parametrize(("factor", "failed"), [(0.951, True), (0.949, False)])
def test_a_loss_near_the_entropy_of_the_labels_fails(factor, failed):
    losses = [1.0] * 90 + [factor * math.log(2)] * 10
    assert (failure_reason(losses, BALANCED, BALANCED) is not None) is failed


def test_the_entropy_is_that_of_the_training_labels():
    skewed = [0] * 9 + [1]
    entropy = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert failure_reason([0.96 * entropy], BALANCED, skewed) is not None
    assert failure_reason([0.96 * entropy], BALANCED, BALANCED) is None


@pytest.mark.parametrize(("factor", "failed"), [(0.951, True), (0.949, False)])
def test_regression_is_measured_against_the_variance(factor, failed):
    labels = [0.0, 2.0, 4.0]
    variance = 8 / 3
    assert (failure_reason([factor * variance], None, labels) is not None) is failed


def test_only_the_last_tenth_of_the_losses_counts():
    assert failure_reason([0.1] * 90 + [0.69] * 10, BALANCED, BALANCED) is not None
    assert failure_reason([0.69] * 90 + [0.1] * 10, BALANCED, BALANCED) is None
