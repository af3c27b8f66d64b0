"""The time left, on tables worked out by hand."""

import pytest

from stablebert.analysis import time_left


@pytest.mark.parametrize(
    ("seconds", "under_way", "waiting", "workers", "left"),
    [
        ([], [], 0, 1, 0.0),
        ([], [], 5, 2, None),
        # nothing is known before the first update
        ([], [(None, 0.0)], 5, 2, None),
        ([100.0], [], 5, 2, 300.0),
        ([80.0, 120.0], [], 4, 2, 200.0),
        # one process is free now, the other in 25 s
        ([100.0], [(90.0, 0.75)], 1, 2, 100.0),
        ([100.0], [(75.0, 0.75)], 2, 2, 125.0),
        ([100.0], [(75.0, 0.75), (50.0, 0.5)], 3, 2, 225.0),
        # without a run that is made, the pace of those under way
        ([], [(120.0, 0.25)], 1, 1, 210.0),
        ([], [(120.0, 0.25), (None, 0.0)], 0, 2, 120.0),
        # what trains longer than the others did is about to end
        ([100.0], [(500.0, 1.0)], 0, 1, 0.0),
        # more under way than processes here: those of another session
        ([100.0], [(50.0, 0.5)] * 3, 0, 2, 50.0),
    ],
)
def test_the_rest_is_shared_out(seconds, under_way, waiting, workers, left):
    assert time_left(seconds, under_way, waiting, workers) == (None if left is None else pytest.approx(left))


def test_more_processes_never_take_longer():
    left = [time_left([60.0, 70.0], [(50.0, 0.2)], 9, workers) for workers in range(1, 12)]
    assert left == sorted(left, reverse=True)
    assert left[0] > left[-1]


@pytest.mark.parametrize(("waiting", "workers"), [(-1, 1), (1, 0)])
def test_what_cannot_be_is_refused(waiting, workers):
    with pytest.raises(ValueError, match=f"{workers} workers and {waiting} waiting"):
        time_left([1.0], [], waiting, workers)
