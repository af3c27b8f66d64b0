"""Notes of runs under way: written as updates go on, read by others, gone with the run."""

import json

import pytest

from stablebert.records import RunStore, run_keys
from stablebert.records.obtain import obtain
from stablebert.records.under_way import noted, runs_under_way
from stablebert.training.watching import tell, watched
from tests.records import fake_runs
from tests.synthetic import synthetic_record


class Clock:
    """Seconds that a test moves."""

    now = 1000.0

    def __call__(self):
        return self.now


def test_a_note_goes_with_the_updates_and_with_the_run(tmp_path):
    clock = Clock()
    with noted("trec_s003", tmp_path, "key", clock) as watch:
        (first,) = runs_under_way(tmp_path, clock.now)
        assert (first.run, first.key, first.started, first.done, first.loss, first.share) == (
            *("trec_s003", "key", 1000.0, 0, None, 0.0),
        )
        # data and encoder are loaded
        clock.now += 30
        watch(1, 97, 0.7)
        (loaded,) = runs_under_way(tmp_path, clock.now)
        assert (loaded.done, loaded.first, loaded.whole) == (1, 1030.0, None)
        # not at every update: each is a file
        clock.now += 1
        watch(2, 97, 0.6)
        assert runs_under_way(tmp_path, clock.now) == [loaded]
        clock.now += 11
        watch(25, 97, 0.5)
        (then,) = runs_under_way(tmp_path, clock.now)
        assert (then.done, then.steps, then.loss, then.seen) == (25, 97, 0.5, 1042.0)
        # 24 updates in 12 s after the first, and 30 s before it
        assert (then.whole, then.share) == (30 + 48, 25 / 97)
    assert runs_under_way(tmp_path, clock.now) == []


def test_what_nobody_writes_any_more_and_what_is_none_is_left_out(tmp_path):
    clock = Clock()
    with noted("trec_s003", tmp_path, "key", clock), noted("trec_s004", tmp_path, "other", clock):
        (tmp_path / "under-way" / "cut.json").write_text('{"run": "x"')
        (tmp_path / "under-way" / "newer.json").write_text(json.dumps({"run": "x", "colour": "blue"}))
        assert [one.run for one in runs_under_way(tmp_path, clock.now)] == ["trec_s003", "trec_s004"]
        assert runs_under_way(tmp_path, clock.now + 3600) == []


def test_a_note_that_cannot_be_written_costs_no_run(tmp_path):
    (tmp_path / "under-way").write_text("a file in the folder's place")
    with noted("trec_s003", tmp_path, "key", Clock()) as watch:
        watch(1, 96, 0.7)
    assert (tmp_path / "under-way").is_file()


def test_whoever_watches_is_told_and_nobody_else():
    told = []
    with watched(lambda *seen: told.append(seen)):
        tell(3, 96, 0.5)
    tell(4, 96, 0.4)
    assert told == [(3, 96, 0.5)]


@pytest.mark.parametrize("fails", [False, True])
def test_a_run_that_is_made_has_a_note_and_no_record_is_mistaken_for_one(tmp_path, monkeypatch, fails):
    spec, store = fake_runs.set_up(tmp_path, monkeypatch), RunStore(tmp_path / "runs")
    seen = []

    def train(spec):
        tell(1, 3, 0.5)
        seen.extend(one.key for one in runs_under_way(store.folder, 0.0))
        if fails:
            raise ValueError("broken")
        return synthetic_record(spec, 90.0)

    if fails:
        with pytest.raises(ValueError, match="broken"):
            obtain(spec, store, train)
    else:
        obtain(spec, store, train)
    assert seen == [run_keys(spec).record]
    assert runs_under_way(store.folder, 0.0) == []
    assert len(list(store.records())) == (not fails)
