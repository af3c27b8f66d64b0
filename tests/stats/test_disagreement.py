"""Disagreement between runs: against a count of all pairs, and what is refused."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.stats.disagreement import disagreement


@given(st.integers(2, 7), st.integers(1, 30), st.integers(1, 5), st.integers(0, 2**31))
def test_classes_are_compared_pair_by_pair(runs, examples, classes, seed):
    predictions = np.random.default_rng(seed).integers(0, classes, (runs, examples))
    pairs = [np.mean(one != other) for one, other in itertools.combinations(predictions, 2)]
    assert disagreement(predictions) == pytest.approx(np.mean(pairs))


def test_scores_are_compared_by_the_deviation_of_an_example():
    predictions = np.array([[1.0, 5.0], [3.0, 5.0], [2.0, 5.0]])
    assert disagreement(predictions) == pytest.approx(0.5)


@pytest.mark.parametrize("shape", [(1, 5), (3, 0), (6,)])
def test_what_cannot_disagree_is_refused(shape):
    with pytest.raises(ValueError, match="wanted"):
        disagreement(np.zeros(shape))
