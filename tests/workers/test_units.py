from dataclasses import replace

import pytest

from stablebert.records import RunStore, StoreError, load_run
from stablebert.records import obtain as obtaining
from stablebert.workers import run_all
from stablebert.workers.units import lines_of_those_alone, side_by_side, units_of
from tests.records import fake_runs


@pytest.fixture
def specs(tmp_path, monkeypatch):
    spec = fake_runs.set_up(tmp_path, monkeypatch)
    return [spec.with_seed(seed) for seed in range(4)]


def test_the_seeds_of_a_stack_go_together_and_others_each_alone(specs):
    stacked = side_by_side(specs, 2)
    others = [replace(spec, method="bertadam") for spec in stacked]
    mixed = [run for pair in zip(stacked, others, strict=True) for run in pair]
    assert units_of(mixed) == [(0, 2), (1, 3), (4, 6), (5, 7)]
    assert units_of(specs) == [(0,), (1,), (2,), (3,)]
    held_apart = [replace(spec, data_seed=data) for data in range(2) for spec in stacked[:2]]
    assert units_of(held_apart) == [(0, 1), (2, 3)]


def test_what_cannot_be_stacked_is_made_alone_and_one_line_a_cell_says_why(specs):
    theirs = [replace(spec, optimizer="torch.optim:SGD") for spec in specs]
    assert side_by_side([*specs, *theirs], 4) == [*(replace(spec, precision="fp32x4") for spec in specs), *theirs]
    (line,) = lines_of_those_alone([*specs, *theirs])
    assert line.endswith(
        "one seed at a time: torch.optim:SGD is not ours: what it keeps of one seed may reach another's"
    )
    assert lines_of_those_alone(specs) == []
    assert side_by_side(specs, 1) == specs


@pytest.mark.parametrize("seeds", [0, -1, 100])
def test_a_number_of_seeds_that_no_class_has_is_refused(seeds, specs):
    with pytest.raises(ValueError, match=f"precision is 'fp32x{seeds}'; it must be one of .* x2 to x99"):
        side_by_side(specs, seeds)


def test_every_run_is_reported_and_stored(specs, tmp_path):
    reported = []
    results = run_all(
        side_by_side(specs, 2),
        tmp_path / "runs",
        jobs=1,
        report=lambda spec, _: reported.append(spec.seed),
        train=fake_runs.train,
    )
    assert reported == [0, 1, 2, 3]
    assert results == [None] * 4
    stored = [load_run(spec, RunStore(tmp_path / "runs")) for spec in side_by_side(specs, 2)]
    assert [record.spec for record in stored] == side_by_side(specs, 2)
    assert len(list(RunStore(tmp_path / "runs").records())) == 4


def test_a_seed_that_kills_its_process_is_given_up_with_its_stack_alone(specs, tmp_path):
    results = run_all(
        side_by_side(specs, 2),
        tmp_path / "runs",
        jobs=2,
        report=lambda *_: None,
        train=fake_runs.train_and_kill_at_seed_3,
    )
    assert [type(result) for result in results] == [type(None), type(None), StoreError, StoreError]
    assert sorted(record.spec.seed for record in RunStore(tmp_path / "runs").records()) == [0, 1]
    assert "2 attempts ended without a record" in str(results[3])


def test_what_was_trained_side_by_side_is_found_by_whoever_asks_for_the_run(tmp_path, tiny_encoder, monkeypatch):
    small = fake_runs.set_up(tmp_path, monkeypatch)
    spec = replace(small, encoder_source=str(tiny_encoder), length="2st", precision="fp32x2")
    specs, store = [spec.with_seed(seed) for seed in range(2)], tmp_path / "runs"
    made, again = [], []
    assert run_all(specs, store, jobs=1, report=lambda _, record: made.append(record)) == [None, None]
    assert [record.environment["beside"] for record in made] == ["s000 s001"] * 2
    assert [load_run(one, RunStore(store)) for one in specs] == made
    assert load_run(replace(spec, precision="fp32"), RunStore(store)) is None
    monkeypatch.setattr(obtaining, "_train_together", None)
    assert run_all(specs, store, jobs=1, report=lambda _, record: again.append(record)) == [None, None]
    assert again == made
