import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from stablebert.runs import RunSpec, digest_of, format_id
from stablebert.store import Keys, RunStore
from stablebert.store import accept as accepting
from stablebert.store.accept import LEDGER_TITLE, accept
from stablebert.store.baselines import BaselineError, baseline_path, read_baseline
from stablebert.store.margins import read_margins
from stablebert.store.search import write_search
from stablebert.store.trials import Trial
from tests.synthetic import synthetic_record, wobble

ROOT = Path(__file__).parents[2]
SEEDS = range(20)
DEBIASED, BERTADAM = (RunSpec(task="trec", method=method) for method in ("debiased", "bertadam"))


def _keys(spec):
    key = digest_of([format_id(spec), spec.recipe.learning_rate])
    return Keys(key, key, "cell", "code", "data", "weights")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A store and an empty baselines folder, with keys that need no task; `make` fills the store."""
    monkeypatch.setattr(accepting, "run_keys", _keys)
    monkeypatch.setattr(accepting, "uncommitted_changes", lambda home: "")
    store = RunStore(tmp_path / "runs")

    def make(spec, mean, seeds=SEEDS, failed=()):
        for seed in seeds:
            run = spec.with_seed(seed)
            record = synthetic_record(run, mean + wobble(seed), failed=seed in failed)
            store.publish(_keys(run).record, record)

    return SimpleNamespace(store=store, folder=tmp_path / "baselines", make=make)


def _accept(place, spec, seeds=SEEDS, why="first runs"):
    return accept(spec, seeds, place.store, place.folder, why)


def _written(place):
    return sorted(path.relative_to(place.folder).as_posix() for path in place.folder.rglob("*") if path.is_file())


def test_a_cell_is_written_with_its_provenance_and_a_line_in_the_ledger(place):
    place.make(DEBIASED, 90.0)
    accepted = _accept(place, DEBIASED, why="first\nruns")
    found = read_baseline(accepted.path)
    assert accepted.path == baseline_path(place.folder, DEBIASED)
    assert [row.seed for row in found.rows] == [f"s{seed:03d}" for seed in SEEDS]
    assert found.header["cell"] == "trec_debiased_3ep_minilm_fp32"
    assert json.loads(found.header["environments"]) == [{"path": "packed", "processor": "test"}]
    assert {"metric", "cell_key", "recipe", "fidelity", "environment_class", "code", "commit", "accepted"} < set(
        found.header
    )
    assert (accepted.before, accepted.after[2], accepted.margin) == (None, 20, None)
    ledger = (place.folder / "LEDGER.md").read_text()
    assert ledger.startswith(LEDGER_TITLE)
    assert ledger.count("\n- ") == 1
    assert "none -> mean 89.94, sd 0.44, 20 runs not failed" in ledger
    assert ledger.endswith("first runs\n")


def test_the_ledger_grows_and_says_what_was_before(place):
    place.make(DEBIASED, 90.0)
    _accept(place, DEBIASED)
    first = (place.folder / "LEDGER.md").read_text()
    place.make(DEBIASED, 95.0, range(20, 40))
    accepted = _accept(place, DEBIASED, range(20, 40), "a better recipe")
    assert accepted.before[0] == pytest.approx(90.0, abs=0.5)
    second = (place.folder / "LEDGER.md").read_text()
    assert second.startswith(first)
    assert "mean 89.94, sd 0.44, 20 runs not failed -> mean 95.03" in second[len(first) :]


def test_the_margin_is_written_when_both_its_cells_are_there(place):
    place.make(DEBIASED, 90.0)
    place.make(BERTADAM, 88.0)
    assert _accept(place, DEBIASED).margin is None
    margin = _accept(place, BERTADAM).margin
    assert read_margins(place.folder) == [margin]
    assert 0.8 < margin.margin < 1.0
    assert "Margin none -> 0.9" in (place.folder / "LEDGER.md").read_text()


def test_a_margin_moves_only_with_the_cells_that_decide_it(place):
    for spec, mean in ((DEBIASED, 90.0), (BERTADAM, 88.0), (replace(DEBIASED, method="reinit"), 99.0)):
        place.make(spec, mean)
    _accept(place, DEBIASED)
    frozen = _accept(place, BERTADAM).margin
    other = _accept(place, replace(DEBIASED, method="reinit"))
    assert (other.margin, other.margin_before) == (frozen, frozen)
    place.make(BERTADAM, 89.0, range(20, 40))
    moved = _accept(place, BERTADAM, range(20, 40), "again")
    assert moved.margin_before == frozen
    assert moved.margin.margin < frozen.margin
    assert read_margins(place.folder) == [moved.margin]


def test_cells_of_different_recipes_have_no_margin(place):
    other = replace(BERTADAM, recipe=replace(BERTADAM.recipe, learning_rate=1e-4))
    place.make(DEBIASED, 90.0)
    place.make(other, 88.0)
    _accept(place, DEBIASED)
    assert _accept(place, other).margin is None
    assert read_margins(place.folder) == []


def test_a_cell_whose_every_run_failed_is_accepted_without_a_margin(place):
    place.make(DEBIASED, 90.0)
    place.make(BERTADAM, 10.0, failed=SEEDS)
    _accept(place, DEBIASED)
    accepted = _accept(place, BERTADAM)
    assert (accepted.after[2], accepted.margin.margin) == (0, None)
    ledger = (place.folder / "LEDGER.md").read_text()
    assert "none -> every run failed. Margin none -> not gated on location." in ledger


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"why": "  "}, "needs a reason"),
        ({"seeds": range(19)}, "19 seeds; a baseline needs at least 20"),
        ({"seeds": [0] * 40}, "1 seeds"),
        ({"seeds": range(1, 22)}, "no record of seeds 20, 21 by the present code"),
        ({"seeds": range(900, 920)}, "seeds 900, 901 chose the hyperparameters"),
        ({"spec": replace(DEBIASED, optimizer="their.module:Fast")}, "runs of their.module:Fast, not of debiased"),
    ],
)
def test_what_is_not_right_is_refused_and_nothing_written(place, change, message):
    place.make(DEBIASED, 90.0)
    trials = [Trial("trec", "debiased", "3ep", 1e-4, seed, 90.0, False) for seed in (900, 901)]
    write_search(place.folder, "minilm", trials, "abc")
    before = _written(place)
    with pytest.raises(BaselineError, match=message):
        _accept(place, **{"spec": DEBIASED, **change})
    assert _written(place) == before


def test_the_ledger_of_the_repository_has_the_title():
    assert (ROOT / "baselines" / "LEDGER.md").read_text().startswith(LEDGER_TITLE)


def test_uncommitted_sources_are_refused(place, monkeypatch):
    place.make(DEBIASED, 90.0)
    monkeypatch.setattr(accepting, "uncommitted_changes", lambda home: " M loop.py")
    with pytest.raises(BaselineError, match=r"commit them first\n M loop.py"):
        _accept(place, DEBIASED)
    assert not place.folder.exists()
