"""The program that measures how many runs a store and a driver take does what it says it times."""

from dataclasses import replace

import pytest

from perf import crowd
from perf.crowd import Rate, driven, read
from perf.stored import FIRST_SEED
from stablebert.records import RunStore
from stablebert.records.obtain import obtain
from tests.records import fake_runs
from tests.synthetic import synthetic_record


def test_what_is_driven_is_stored_and_what_is_read_is_counted(tmp_path, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    for seed in range(5):
        obtain(spec.with_seed(seed), RunStore(tmp_path / "runs"), fake_runs.train)
    assert read(tmp_path / "runs").number == 5
    one = next(RunStore(tmp_path / "runs").records())
    templates = [one, replace(one, spec=replace(spec, method="bertadam"), best_test=12.5)]
    rate = driven(templates, tmp_path / "driven", 7, 2)
    assert rate.number == 7 == read(tmp_path / "driven").number
    stored = list(RunStore(tmp_path / "driven").records())
    # each is the record of its cell, with the seed of its own
    for template, runs in zip(templates, (4, 3), strict=True):
        made = {record.spec.seed: record for record in stored if record.spec.cell == template.spec.cell}
        assert sorted(made) == list(range(FIRST_SEED, FIRST_SEED + runs))
        for seed, record in made.items():
            assert record == replace(template, spec=template.spec.with_seed(seed))
    # nothing was trained for it
    assert len(fake_runs.trained()) == 5


def test_a_run_that_the_driver_cannot_store_is_no_rate(tmp_path, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    lost = replace(synthetic_record(spec, 90.0), spec=replace(spec, encoder_source=str(tmp_path / "nowhere")))
    with pytest.raises(RuntimeError, match="3 of 3 runs were not made: .*nowhere"):
        driven([lost], tmp_path / "driven", 3, 2)


def test_a_rate_says_what_how_many_and_how_fast():
    assert str(Rate("records read", 300, 2.0, 1.5)).endswith("150 a second; 5.0 ms of a processor each")
    seen = Rate("runs driven", 300, 2.0, 1.5, 81.4, 96.6)
    assert str(seen).endswith("5.0 ms of a processor each; peak memory 81 MiB before, 97 MiB after")


def test_the_driver_alone_is_measured_by_its_own_option(monkeypatch, capsys):
    rates = {name: [] for name in ("_store_rates", "driven")}
    for name, calls in rates.items():
        monkeypatch.setattr(crowd, name, lambda *words, calls=calls, name=name: calls.append(words) or name)
    monkeypatch.setattr(crowd, "_templates", lambda baselines: ["a record"])
    crowd.main(["--only-driver", "--records", "30", "--at-once", "4"])
    assert [len(calls) for calls in rates.values()] == [0, 1]
    assert (rates["driven"][0][0], rates["driven"][0][2:]) == (["a record"], (30, 4))
    crowd.main([])
    assert [len(calls) for calls in rates.values()] == [1, 2]
    assert capsys.readouterr().out == "driven\ndriven\n"
