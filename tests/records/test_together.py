"""Seeds side by side: the class says how many, a seed's number which, and a stack is made whole."""

from dataclasses import replace

import pytest

from stablebert.records import RunStore, StoreError, run_keys
from stablebert.records import obtain as obtaining
from stablebert.records.obtain import obtain
from stablebert.records.store import MARK
from stablebert.records.under_way import runs_under_way
from tests.records import fake_runs


@pytest.fixture
def specs(tmp_path, monkeypatch):
    spec = replace(fake_runs.set_up(tmp_path, monkeypatch), precision="fp32x4")
    return [spec.with_seed(seed) for seed in range(4)]


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


@pytest.fixture
def stacks(monkeypatch):
    """The seeds of each stack that was trained at once."""
    seen = []

    def together(specs, watches):
        assert len(watches) == len(specs)
        seen.append([spec.seed for spec in specs])
        return [fake_runs.train(spec) for spec in specs]

    monkeypatch.setattr(obtaining, "_train_together", together)
    return seen


def left(store):
    """Return what a session has left beside records, locks and the store's mark."""
    files = (path for path in store.folder.rglob("*") if path.is_file())
    return [path for path in files if path.suffix not in (".lock", ".json") and path.name != MARK]


def test_a_stack_is_trained_at_once_and_once_whichever_of_its_runs_is_asked_for(specs, store, stacks):
    found = obtain(specs[2], store)
    assert stacks == [[0, 1, 2, 3]]
    assert found.spec == specs[2]
    assert [obtain(spec, store).spec for spec in specs] == specs
    assert stacks == [[0, 1, 2, 3]]
    obtain(specs[0].with_seed(6), store)
    assert stacks[1:] == [[4, 5, 6, 7]]
    assert left(store) == []


def test_a_run_alone_is_another_run_and_so_is_one_of_a_stack_of_others(specs, store, stacks):
    keys = {run_keys(replace(specs[0], precision=one)).record for one in ("fp32", "fp32x2", "fp32x4", "bf16x4")}
    assert len(keys) == 4
    obtain(specs[0], store)
    alone = replace(specs[0], precision="fp32")
    # the control: of one class and seed it is found
    assert store.load(run_keys(alone).record) is None
    assert store.load(run_keys(specs[0]).record) is not None
    obtain(replace(specs[3], precision="fp32x2"), store)
    assert stacks == [[0, 1, 2, 3], [2, 3]]


def test_a_stack_that_lacks_a_record_is_made_whole_again_and_must_be_equal(specs, store, stacks, monkeypatch):
    obtain(specs[0], store)
    store.path(run_keys(specs[1]).record).unlink()
    assert obtain(specs[1], store).spec == specs[1]
    assert stacks == [[0, 1, 2, 3]] * 2
    # the control: a neighbour that comes out otherwise is said
    store.path(run_keys(specs[1]).record).unlink()
    train = fake_runs.train
    monkeypatch.setattr(fake_runs, "train", lambda spec: replace(train(spec), best_test=1.0))
    with pytest.raises(StoreError, match="a second run of the same key differs in best_test"):
        obtain(specs[1], RunStore(store.folder, "another session"))


def test_an_error_is_that_of_every_run_in_the_stack_and_remembered(specs, store):
    with pytest.raises(ValueError, match="seed 1 cannot be made"):
        obtain(specs[0], store, fake_runs.train_without_odd_seeds)
    for spec in specs:
        with pytest.raises(StoreError, match="seed 1 cannot be made"):
            obtain(spec, store, fake_runs.train)
    assert fake_runs.trained() == ["rte_debiased_3ep_custom-000000_fp32x4_s000"]


def test_an_interruption_leaves_nothing(specs, store, stacks, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(obtaining, "_train_together", interrupted)
        with pytest.raises(KeyboardInterrupt):
            obtain(specs[0], store)
    assert left(store) == []
    assert obtain(specs[0], store).spec == specs[0]


def test_all_are_under_way_while_they_train(specs, store, monkeypatch):
    noted = []

    def together(specs, watches):
        for place, watch in enumerate(watches):
            watch(place + 1, 9, 0.5)
        noted.extend(runs_under_way(store.folder, now=0.0))
        return [fake_runs.train(spec) for spec in specs]

    monkeypatch.setattr(obtaining, "_train_together", together)
    obtain(specs[3], store)
    assert sorted(one.run[-4:] for one in noted) == ["s000", "s001", "s002", "s003"]
    assert sorted(one.done for one in noted) == [1, 2, 3, 4]
    assert runs_under_way(store.folder, now=0.0) == []


def test_locks_are_taken_in_one_order_whichever_run_is_asked_for(specs, store, stacks, monkeypatch):
    taken, lock = [], RunStore.lock
    monkeypatch.setattr(RunStore, "lock", lambda self, key, **options: taken.append(key) or lock(self, key, **options))
    obtain(specs[3], store)
    assert taken == sorted(run_keys(spec).record for spec in specs)


def test_a_stack_made_while_its_locks_were_waited_for_is_not_made_again(specs, store, stacks, monkeypatch):
    lock = RunStore.lock

    def late(self, key, **options):
        monkeypatch.setattr(RunStore, "lock", lock)
        obtain(specs[0], self)
        return lock(self, key, **options)

    monkeypatch.setattr(RunStore, "lock", late)
    assert obtain(specs[1], store).spec == specs[1]
    assert stacks == [[0, 1, 2, 3]]


def test_a_stack_has_no_time_of_one_run(specs, store, stacks):
    timed = RunStore(store.folder, run_timeout=60.0)
    with pytest.raises(ValueError, match="run-timeout 60 s is of one run, and 4 seeds side by side end together"):
        obtain(specs[0], timed)
    assert stacks == []
    # the control: a run alone has one
    assert obtain(replace(specs[0], precision="fp32"), timed, fake_runs.train).spec.precision == "fp32"
