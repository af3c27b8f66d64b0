"""A record is in memory until it has been reported and no longer, whoever makes the runs; an error holds none either."""

import threading
import time
import traceback
import weakref
from dataclasses import replace

import pytest

from stablebert.records import RunStore
from stablebert.runs import Record
from stablebert.workers import run_all
from stablebert.workers.driver import Driver, make_all
from stablebert.workers.ended import end_run
from stablebert.workers.node import RunError
from tests.records import fake_runs
from tests.workers import fake_cluster
from tests.workers.fake_cluster import FakeCluster

RUNS, AT_ONCE = 30, 2


class Reported:
    """Counts the records that were reported and are alive; as a control it keeps them."""

    def __init__(self, keeps):
        self._keeps, self._kept = keeps, []
        self._seen, self.most = [], 0

    def __call__(self, spec, outcome):
        assert isinstance(outcome, Record)
        self.most = max(self.most, self.alive)
        self._seen.append(weakref.ref(outcome))
        if self._keeps:
            self._kept.append(outcome)

    @property
    def number(self):
        return len(self._seen)

    @property
    def alive(self):
        return sum(seen() is not None for seen in self._seen)


def here(specs, folder, report, train=fake_runs.train):
    return run_all(specs, folder, jobs=1, report=report, train=train)


def in_processes(specs, folder, report, train=fake_runs.train):
    return run_all(specs, folder, jobs=AT_ONCE, report=report, train=train)


def on_a_cluster(specs, folder, report, train=fake_runs.train):
    with Driver(FakeCluster(train), RunStore(folder), at_once=AT_ONCE) as driver:
        return make_all(specs, driver, report)


@pytest.fixture
def specs(tmp_path, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    return [spec.with_seed(seed) for seed in range(RUNS)]


@pytest.mark.parametrize("keeps", [False, True], ids=["", "control"])
@pytest.mark.parametrize("make", [here, in_processes, on_a_cluster])
def test_no_record_outlives_its_report(make, keeps, specs, tmp_path):
    reported = Reported(keeps)
    assert make(specs, tmp_path / "runs", reported) == [None] * RUNS
    assert reported.alive == (RUNS if keeps else 0)
    # a thread that has handed a record over may hold it until it takes the next
    assert reported.most == RUNS - 1 if keeps else reported.most <= AT_ONCE
    # from the store they come and go in the same way
    again = Reported(keeps)
    assert make(specs, tmp_path / "runs", again) == [None] * RUNS
    assert again.alive == (RUNS if keeps else 0)


@pytest.mark.parametrize("keeps", [False, True], ids=["", "control"])
@pytest.mark.parametrize("make", [here, in_processes, on_a_cluster])
def test_a_record_is_gone_while_the_next_is_waited_for(make, keeps, specs, tmp_path):
    reported, gone = Reported(keeps), []

    def watch():
        until(lambda: reported.number, 60)
        gone.append(until(lambda: not reported.alive, 1 if keeps else 30))
        (tmp_path / "go").touch()

    watcher = threading.Thread(target=watch)
    watcher.start()
    # seed 0 ends at once, and seed 1 when it is told to
    assert make(specs[:2], tmp_path / "runs", reported, fake_cluster.train_until_told) == [None, None]
    watcher.join()
    assert gone == [not keeps]


def until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_no_more_records_wait_for_their_report_than_runs_are_sent_at_a_time(specs, tmp_path):
    held, before = [], []

    class Counted(Driver):
        def submit(self, spec):
            held.append(spec)
            return super().submit(spec)

    def report(spec, outcome):
        before.append(len(held) - len(before))

    with Counted(FakeCluster(), RunStore(tmp_path / "runs"), at_once=AT_ONCE) as driver:
        make_all(specs, driver, report)
    assert len(held) == RUNS
    assert max(before) <= AT_ONCE + 1


@pytest.mark.parametrize("keeps", [False, True], ids=["", "control"])
def test_an_error_does_not_hold_what_came_back(keeps, specs, tmp_path):
    came, kept = [], []

    def changed(made):
        other = replace(made, key="0" * 64)
        came.append(weakref.ref(other))
        return other

    def report(spec, error):
        # whoever is told gets the whole error
        assert "record_of" in "".join(traceback.format_exception(error))
        if keeps:
            kept.append(error.__traceback__)

    with Driver(FakeCluster(change=changed), RunStore(tmp_path / "runs"), at_once=AT_ONCE) as driver:
        errors = make_all(specs, driver, report)
    assert {type(error) for error in errors} == {RunError}
    assert all("has other code" in str(error) for error in errors)
    assert sum(one() is not None for one in came) == (RUNS if keeps else 0)


def test_an_error_keeps_its_words_and_not_its_causes(specs):
    told = []
    try:
        try:
            raise OSError("the disk is full")
        except OSError as cause:
            raise ValueError("cannot be written") from cause
    except ValueError as raised:
        error = raised
    kept = end_run(specs[0], error, lambda spec, outcome: told.append((spec, str(outcome.__cause__))))
    assert told == [(specs[0], "the disk is full")]
    assert kept is error
    assert str(kept) == "cannot be written"
    assert (kept.__cause__, kept.__context__, kept.__traceback__) == (None, None, None)
