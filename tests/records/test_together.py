import pytest

from stablebert.records import RunStore, StoreError, run_keys
from stablebert.records.obtain import obtain
from stablebert.records.store import MARK
from stablebert.records.together import obtain_together
from stablebert.records.under_way import runs_under_way
from stablebert.runs import Record
from stablebert.training.watching import tell, watched
from tests.records import fake_runs


@pytest.fixture
def specs(tmp_path, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    return [spec.with_seed(seed) for seed in range(4)]


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


def trainer(seen, train=fake_runs.train):
    """Return a training of several at once that notes which seeds it was given."""

    def together(specs, watches):
        seen.append([spec.seed for spec in specs])
        assert len(watches) == len(specs)
        return [train(spec) for spec in specs]

    return together


def left(store):
    """Return what a session has left beside records, locks and the store's mark."""
    files = (path for path in store.folder.rglob("*") if path.is_file())
    return [path for path in files if path.suffix not in (".lock", ".json") and path.name != MARK]


def test_what_the_store_lacks_is_trained_at_once_and_once(specs, store):
    kept, seen = obtain(specs[2], store, fake_runs.train), []
    found = obtain_together(specs, store, trainer(seen))
    assert seen == [[0, 1, 3]]
    assert [record.spec for record in found] == specs
    assert found[2] == kept
    assert obtain_together(specs, store, trainer(seen)) == found
    assert seen == [[0, 1, 3]]
    assert sorted(fake_runs.trained()) == sorted(set(fake_runs.trained()))
    assert [obtain(spec, store) for spec in specs] == found


def test_a_record_made_beside_others_is_found_and_signed_as_one_made_alone(specs, store):
    (record, _) = obtain_together(specs[:2], store, trainer([]))
    assert store.load(run_keys(specs[0]).record) == record


def test_an_error_is_that_of_every_run_in_the_training(specs, store):
    found = obtain_together(specs[:2], store, trainer([], fake_runs.train_without_odd_seeds))
    assert [str(error) for error in found] == ["seed 1 cannot be made"] * 2
    # and is known to whoever asks next in this session
    with pytest.raises(StoreError, match="seed 1 cannot be made"):
        obtain(specs[0], store, fake_runs.train)


def test_a_damaged_record_holds_nobody_else_up(specs, store):
    obtain(specs[1], store, fake_runs.train)
    store.path(run_keys(specs[1]).record).write_text("{")
    found = obtain_together(specs, store, trainer([]))
    assert [type(one) for one in found] == [Record, StoreError, Record, Record]


def test_a_run_given_up_is_left_out(specs, store):
    with pytest.raises(ValueError, match="seed 3"):
        obtain(specs[3], store, fake_runs.train_without_odd_seeds)
    seen = []
    found = obtain_together(specs, store, trainer(seen))
    assert seen == [[0, 1, 2]]
    assert [type(one) for one in found] == [Record, Record, Record, StoreError]


def test_an_interruption_leaves_nothing(specs, store):
    def interrupted(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        obtain_together(specs, store, interrupted)
    assert left(store) == []
    assert [type(one) for one in obtain_together(specs, store, trainer([]))] == [Record] * 4


def test_all_are_under_way_while_they_train(specs, store):
    noted = []

    def together(specs, watches):
        for place, watch in enumerate(watches):
            with watched(watch):
                tell(place + 1, 9, 0.5)
        noted.extend(runs_under_way(store.folder, now=0.0))
        return [fake_runs.train(spec) for spec in specs]

    obtain_together(specs[:3], store, together)
    assert sorted(one.run[-4:] for one in noted) == ["s000", "s001", "s002"]
    assert sorted(one.done for one in noted) == [1, 2, 3]
    assert runs_under_way(store.folder, now=0.0) == []


def test_locks_are_taken_in_one_order_whatever_the_order_of_the_runs(specs, store, monkeypatch):
    taken, lock = [], RunStore.lock
    monkeypatch.setattr(RunStore, "lock", lambda self, key, **options: taken.append(key) or lock(self, key, **options))
    obtain_together(specs[::-1], store, trainer([]))
    assert taken == sorted(taken)
    assert len(taken) == 4


def test_a_run_made_while_its_lock_was_waited_for_is_not_made_again(specs, store, monkeypatch):
    lock, seen = RunStore.lock, []

    def late(self, key, **options):
        if key == run_keys(specs[0]).record and self.load(key) is None:
            monkeypatch.setattr(RunStore, "lock", lock)
            obtain(specs[0], self, fake_runs.train)
        return lock(self, key, **options)

    monkeypatch.setattr(RunStore, "lock", late)
    obtain_together(specs[:2], store, trainer(seen))
    assert seen == [[1]]
