"""The driver on a cluster in threads: what is stored, what is sent again, what an interruption leaves."""

import threading
import time
from dataclasses import replace

import pytest

from stablebert.records import RunStore, StoreError, load_run
from stablebert.runs import Record
from stablebert.workers.driver import Driver, LostError, make_all
from stablebert.workers.node import RunError
from tests.records import fake_runs
from tests.workers.fake_cluster import FakeCluster, train_diverged


@pytest.fixture
def specs(tmp_path, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    return [spec.with_seed(seed) for seed in range(4)]


def made_by(cluster, specs, folder, report=lambda *_: None, **options):
    with Driver(cluster, RunStore(folder), **options) as driver:
        return make_all(specs, driver, report)


def stored_in(folder, specs):
    return [load_run(spec, RunStore(folder)) for spec in specs]


def test_records_come_into_the_one_store_and_an_error_stops_no_other(specs, tmp_path):
    cluster = FakeCluster(fake_runs.train_without_odd_seeds)
    reported = []
    results = made_by(cluster, specs, tmp_path / "runs", lambda spec, outcome: reported.append((spec, outcome)))
    assert [type(result) for result in results] == [type(None), RunError, type(None), RunError]
    assert "seed 1 cannot be made" in str(results[1])
    told = dict(reported)
    assert len(reported) == len(told) == 4
    assert [told[spec] for spec in specs[1::2]] == results[1::2]
    assert [told[spec] for spec in specs[::2]] == stored_in(tmp_path / "runs", specs[::2])
    assert sorted(record.spec.seed for record in RunStore(tmp_path / "runs").records()) == [0, 2]
    # an error is one at once
    assert sorted(cluster.sent) == [0, 1, 2, 3]
    assert cluster.is_closed


def test_what_is_stored_is_what_this_machine_would_have_stored(specs, tmp_path):
    from stablebert.workers import run_all

    nothing = [None] * len(specs)
    assert made_by(FakeCluster(), specs, tmp_path / "there") == nothing
    assert run_all(specs, tmp_path / "here", jobs=1, report=lambda *_: None, train=fake_runs.train) == nothing
    there, here = (stored_in(tmp_path / name, specs) for name in ("there", "here"))
    assert [record.spec for record in there] == specs
    assert there == here
    # the control: another record is not equal
    assert there[0] != replace(here[0], best_test=0.0)


def test_a_second_call_sends_nothing(specs, tmp_path):
    made_by(FakeCluster(), specs[:3], tmp_path / "runs")
    again = FakeCluster()
    assert made_by(again, specs, tmp_path / "runs") == [None] * 4
    assert all(isinstance(record, Record) for record in stored_in(tmp_path / "runs", specs))
    assert again.sent == [3]


def test_what_is_lost_is_sent_again_and_what_has_diverged_is_not(specs, tmp_path):
    lossy = FakeCluster(lose={2: 2})
    assert made_by(lossy, specs, tmp_path / "lossy") == [None] * 4
    assert all(isinstance(record, Record) for record in stored_in(tmp_path / "lossy", specs))
    assert lossy.sent.count(2) == 3
    diverged = FakeCluster(train_diverged)
    assert made_by(diverged, specs, tmp_path / "diverged") == [None] * 4
    assert all(record.failed for record in stored_in(tmp_path / "diverged", specs))
    assert sorted(diverged.sent) == [0, 1, 2, 3]


def test_what_is_lost_too_often_is_an_error_that_names_the_run(specs, tmp_path):
    cluster = FakeCluster(lose={2: 9})
    results = made_by(cluster, specs, tmp_path / "runs", retries=1)
    assert [type(result) for result in results] == [type(None), type(None), LostError, type(None)]
    assert [record is None for record in stored_in(tmp_path / "runs", specs)] == [False, False, True, False]
    assert "s002: was lost 2 times on the cluster, at last by ConnectionError: the machine is gone" in str(results[2])
    assert cluster.sent.count(2) == 2


def test_a_machine_with_other_code_is_refused(specs, tmp_path):
    def changed(made):
        return replace(made, key="0" * 64)

    results = made_by(FakeCluster(change=changed), specs, tmp_path / "runs")
    assert all("has other code, data, weights or libraries than this one" in str(result) for result in results)
    assert not list(RunStore(tmp_path / "runs").records())


def test_no_more_runs_are_sent_than_is_asked_for(specs, tmp_path):
    few = FakeCluster(fake_runs.train_slowly)
    made_by(few, specs, tmp_path / "few", at_once=2)
    many = FakeCluster(fake_runs.train_slowly)
    made_by(many, specs, tmp_path / "many", at_once=4)
    assert (few.most, many.most) == (2, 4)


def test_an_interruption_leaves_what_has_ended_and_counts_no_attempt(specs, tmp_path):
    stopped = threading.Event()

    def train(spec):
        while spec.seed and not stopped.wait(0.01):
            pass
        return fake_runs.train(spec)

    def interrupt(*_):
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        made_by(FakeCluster(train), specs, tmp_path / "runs", interrupt)
    stopped.set()
    assert time.monotonic() - began < 10
    store = RunStore(tmp_path / "runs")
    assert [record.spec.seed for record in store.records()] == [0]
    assert not list(store.folder.glob("??/*.attempts/*"))
    # resumed, it goes on in the same session too
    rest = FakeCluster()
    assert made_by(rest, specs, store.folder) == [None] * 4
    assert all(isinstance(record, Record) for record in stored_in(store.folder, specs))
    assert sorted(rest.sent) == [1, 2, 3]


def test_a_run_that_has_failed_is_not_begun_again_in_its_session(specs, tmp_path):
    made_by(FakeCluster(fake_runs.train_without_odd_seeds), specs, tmp_path / "runs")
    again = FakeCluster(fake_runs.train_without_odd_seeds)
    results = made_by(again, specs, tmp_path / "runs")
    assert again.sent == []
    assert isinstance(results[1], StoreError)


def test_two_drivers_on_one_store_make_each_run_once(specs, tmp_path):
    clusters = FakeCluster(fake_runs.train_slowly), FakeCluster(fake_runs.train_slowly)
    drivers = [Driver(cluster, RunStore(tmp_path / "runs")) for cluster in clusters]
    futures = [driver.submit(spec) for spec in specs for driver in drivers]
    for future in futures:
        future.result()
    for driver in drivers:
        driver.close()
    assert sorted(clusters[0].sent + clusters[1].sent) == [0, 1, 2, 3]


def test_a_run_under_way_is_one_and_one_that_has_ended_comes_from_the_store(specs, tmp_path):
    go = threading.Event()

    def train(spec):
        assert go.wait(10)
        return fake_runs.train_without_odd_seeds(spec)

    cluster = FakeCluster(train)
    with Driver(cluster, RunStore(tmp_path / "runs")) as driver:
        under_way = [driver.submit(spec) for spec in specs[:2]]
        assert [driver.submit(spec) for spec in specs[:2]] == under_way
        go.set()
        record, error = under_way[0].result(), under_way[1].exception()
        wait_until(lambda: driver.submit(specs[0]) is not under_way[0])
        assert driver.submit(specs[0]).result() == record
        wait_until(lambda: driver.submit(specs[1]) is not under_way[1])
        again = driver.submit(specs[1]).exception()
    assert (type(error), type(again)) == (RunError, StoreError)
    assert str(again) == str(error)
    assert sorted(cluster.sent) == [0, 1]


def wait_until(condition):
    # a future is done a moment before its thread has said so to whoever asked to be told
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.01)
