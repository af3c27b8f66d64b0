"""The released code's draws: halves of a validation set, and smaller training sets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.tasks import TaskError, downsample, half_split

labels = st.lists(st.integers(0, 2), min_size=6, max_size=60)


@given(labels)
def test_half_split_is_a_partition_that_halves_every_label(values):
    validation, test = half_split(values)
    assert sorted(validation + test) == list(range(len(values)))
    for label in set(values):
        assert sum(values[index] == label for index in validation) == values.count(label) // 2


@given(labels, st.integers(1, 2))
def test_downsample_is_balanced_and_the_same_each_time(values, share):
    classes = len(set(values))
    size = classes * share
    drawn = downsample(values, size)
    assert drawn == downsample(values, size)
    assert len(set(drawn)) == len(drawn)
    for label in set(values):
        assert sum(values[index] == label for index in drawn) == min(share, values.count(label))


def test_half_split_shuffles_each_label_with_a_fresh_generator():
    group = np.array([0, 2, 4, 6])
    np.random.RandomState(1).shuffle(group)
    assert half_split([7, 8] * 4)[0][:2] == group[:2].tolist()


def test_downsample_refuses_more_than_there_is():
    with pytest.raises(TaskError, match="cannot draw 4 examples from 3"):
        downsample([0, 1, 0], 4)
