"""A session of very many runs: none is trained twice or lost, and what would be is seen."""

from collections import Counter

import pytest

from perf import load
from perf.bounds import broken_line

SOUND = load.Session(
    100, Counter(f"run {number}" for number in range(100)), 9.0, ((25, 1.0, 70.0), (90, 2.0, 70.5), (100, 3.0, 75.0)), 8
)


def test_no_run_of_a_session_of_many_is_trained_twice_or_lost():
    session = load.session_of(cells=12, seeds=6, workers=3)
    assert session.asked == 72
    twice, lost, _, processor = session.bounds
    assert (twice.value, lost.value) == (0, 0)
    assert set(session.trained.values()) == {1}
    assert len(session.trained) == 72
    assert processor.value > 0


def test_a_store_that_forgets_would_be_seen(monkeypatch):
    kept, forgotten = "return store.publish(key, train(spec))", "return train(spec) and train(spec)"
    assert kept in load.CONFTEST
    monkeypatch.setattr(load, "CONFTEST", load.CONFTEST.replace(kept, forgotten))
    twice = load.session_of(cells=2, seeds=2, workers=2).bounds[0]
    assert twice.value == 4
    assert not twice.holds


@pytest.mark.parametrize(
    ("trained", "trace", "said"),
    [
        (SOUND.trained, SOUND.trace, None),
        (SOUND.trained + Counter(["run 7"]), SOUND.trace, "broken: runs trained twice: 1.00 of 100 (at most 0)"),
        (SOUND.trained - Counter(["run 7"]), SOUND.trace, "broken: runs not trained: 1.00 of 100 (at most 0)"),
        (
            SOUND.trained,
            ((25, 1.0, 70.0), (90, 2.0, 73.0), (100, 3.0, 75.0)),
            "broken: memory of the controller a run: 47 KiB (at most 8)",
        ),
        (
            SOUND.trained,
            ((25, 1.0, 70.0), (90, 2.0, 70.0), (100, 30.0, 75.0)),
            "broken: processor of the controller: 4.00 % of a core (at most 1)",
        ),
    ],
    ids=["sound", "twice", "lost", "memory", "processor"],
)
def test_each_bound_of_the_load_is_seen_when_it_is_broken(trained, trace, said):
    session = load.Session(100, trained, 9.0, trace, 8)
    assert broken_line(session.bounds) == said
