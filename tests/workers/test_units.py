from dataclasses import replace

import pytest

from stablebert.records import RunStore, StoreError, load_run
from stablebert.runs import Record
from stablebert.workers import run_all
from stablebert.workers.units import lines_of_those_alone, units_of
from tests.records import fake_runs


@pytest.fixture
def specs(tmp_path, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    return [spec.with_seed(seed) for seed in range(4)]


def test_seeds_of_one_cell_go_together_as_many_as_are_asked_for(specs):
    others = [replace(spec, method="bertadam") for spec in specs]
    mixed = [run for pair in zip(specs, others, strict=True) for run in pair]
    assert units_of(mixed, 3) == [(0, 2, 4), (6,), (1, 3, 5), (7,)]
    assert units_of(mixed, 1) == [(index,) for index in range(8)]
    held_apart = [replace(specs[0], data_seed=seed) for seed in range(2)]
    assert units_of(held_apart, 2) == [(0, 1)]


def test_what_cannot_be_stacked_is_made_alone_and_one_line_a_cell_says_why(specs):
    theirs = [replace(spec, optimizer="torch.optim:SGD") for spec in specs]
    assert units_of(theirs, 4) == [(0,), (1,), (2,), (3,)]
    (line,) = lines_of_those_alone([*specs, *theirs])
    assert line.endswith(
        "one seed at a time: torch.optim:SGD is not ours: what it keeps of one seed may reach another's"
    )
    assert lines_of_those_alone(specs) == []


def test_less_than_one_seed_is_refused(specs, tmp_path):
    with pytest.raises(ValueError, match="0 seeds side by side"):
        run_all(specs, tmp_path, jobs=1, report=lambda *_: None, side_by_side=0)


def test_seeds_side_by_side_have_no_time_of_their_own(specs, tmp_path):
    with pytest.raises(ValueError, match="run-timeout 60 s is of one run, and 2 seeds side by side end together"):
        run_all(specs, tmp_path, jobs=1, report=lambda *_: None, side_by_side=2, run_timeout=60.0)
    assert not list(tmp_path.glob("??/*.json"))


def test_every_run_is_reported_and_stored(specs, tmp_path):
    reported = []
    results = run_all(
        specs,
        tmp_path / "runs",
        jobs=1,
        report=lambda spec, _: reported.append(spec.seed),
        train=fake_runs.train,
        side_by_side=3,
    )
    assert reported == [0, 1, 2, 3]
    assert [result.spec for result in results] == specs
    assert len(list(RunStore(tmp_path / "runs").records())) == 4


def test_a_seed_that_kills_its_process_takes_its_neighbour_along_once(specs, tmp_path):
    results = run_all(
        specs,
        tmp_path / "runs",
        jobs=2,
        report=lambda *_: None,
        train=fake_runs.train_and_kill_at_seed_3,
        side_by_side=2,
    )
    assert [type(result) for result in results] == [Record, Record, Record, StoreError]
    assert "2 attempts ended without a record" in str(results[3])


def test_what_was_trained_side_by_side_is_found_by_whoever_asks_for_the_run(tmp_path, tiny_encoder, monkeypatch):
    made = fake_runs.set_up(tmp_path, monkeypatch)
    spec = replace(made, encoder_source=str(tiny_encoder), length="2st")
    specs, store = [spec.with_seed(seed) for seed in range(2)], tmp_path / "runs"
    results = run_all(specs, store, jobs=1, report=lambda *_: None, side_by_side=2)
    assert [result.environment["beside"] for result in results] == ["s000 s001"] * 2
    assert [load_run(one, RunStore(store)) for one in specs] == results
    monkeypatch.setattr("stablebert.records.together._train", None)
    assert run_all(specs, store, jobs=1, report=lambda *_: None, side_by_side=2) == results
