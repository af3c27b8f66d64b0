"""The program that measures how many runs a store and a driver take does what it says it times."""

from perf.crowd import Rate, driven, read
from stablebert.records import RunStore
from stablebert.records.obtain import obtain
from tests.records import fake_runs


def test_what_is_driven_is_stored_and_what_is_read_is_counted(tmp_path, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    for seed in range(5):
        obtain(spec.with_seed(seed), RunStore(tmp_path / "runs"), fake_runs.train)
    assert read(tmp_path / "runs").number == 5
    # fewer than there are, and as many
    for most, name in ((3, "few"), (9, "all")):
        rate = driven(tmp_path / "runs", tmp_path / name, most, 2)
        assert rate.number == min(most, 5) == read(tmp_path / name).number
    # nothing was trained for it
    assert len(fake_runs.trained()) == 5


def test_a_rate_says_what_how_many_and_how_fast():
    assert str(Rate("records read", 300, 2.0, 1.5)).endswith("150 a second; 5.0 ms of a processor each")
