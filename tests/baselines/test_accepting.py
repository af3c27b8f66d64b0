import json
from dataclasses import replace
from pathlib import Path

import pytest

from stablebert.baselines import (
    LEDGER_TITLE,
    BaselineError,
    Trial,
    baseline_path,
    propose,
    read_baseline,
    read_margins,
    write_candidate,
    write_search,
)
from stablebert.baselines import (
    commit as sources,
)
from stablebert.runs import RunSpec
from tests.baselines.conftest import keys
from tests.synthetic import synthetic_record, synthetic_rows

ROOT = Path(__file__).parents[2]
SEEDS = range(20)
DEBIASED, BERTADAM = (RunSpec(task="trec", method=method) for method in ("debiased", "bertadam"))


def test_a_cell_is_written_with_its_provenance_and_a_line_in_the_ledger(place):
    place.make(DEBIASED, 90.0)
    accepted = place.accept(DEBIASED, why="first\nruns")
    found = read_baseline(baseline_path(place.folder, DEBIASED.cell))
    assert [row.seed for row in found.rows] == [f"s{seed:03d}" for seed in SEEDS]
    assert found.header["cell"] == "trec_debiased_3ep_minilm_fp32"
    assert json.loads(found.header["environments"]) == [
        {"device": "cpu", "path": "packed", "processor": "test", "torch": "0"}
    ]
    assert {"metric", "cell_key", "recipe", "fidelity", "environment_class", "code", "commit", "accepted"} < set(
        found.header
    )
    assert (accepted.before, accepted.summary.runs, accepted.margin) == (None, 20, None)
    ledger = (place.folder / "LEDGER.md").read_text()
    assert ledger.startswith(LEDGER_TITLE)
    assert ledger.count("\n- ") == 1
    assert "none -> mean 89.94, sd 0.44, 20 runs not failed" in ledger
    assert ledger.endswith("first runs\n")


def test_the_ledger_grows_and_says_what_was_before(place):
    place.make(DEBIASED, 90.0)
    place.accept(DEBIASED)
    first = (place.folder / "LEDGER.md").read_text()
    place.make(DEBIASED, 95.0, range(20, 40))
    accepted = place.accept(DEBIASED, range(20, 40), "a better recipe")
    assert accepted.summary_before.mean == pytest.approx(90.0, abs=0.5)
    second = (place.folder / "LEDGER.md").read_text()
    assert second.startswith(first)
    assert "mean 89.94, sd 0.44, 20 runs not failed -> mean 95.03" in second[len(first) :]


def test_the_margin_is_written_when_both_its_cells_are_there(place):
    place.make(DEBIASED, 90.0)
    place.make(BERTADAM, 88.0)
    assert place.accept(DEBIASED).margin is None
    margin = place.accept(BERTADAM).margin
    assert read_margins(place.folder) == [margin]
    assert 0.8 < margin.margin < 1.0
    assert "Margin none -> 0.9" in (place.folder / "LEDGER.md").read_text()


def test_a_margin_moves_only_with_the_cells_that_decide_it(place):
    for spec, mean in ((DEBIASED, 90.0), (BERTADAM, 88.0), (replace(DEBIASED, method="reinit"), 99.0)):
        place.make(spec, mean)
    place.accept(DEBIASED)
    frozen = place.accept(BERTADAM).margin
    other = place.accept(replace(DEBIASED, method="reinit"))
    assert (other.margin, other.margin_before) == (frozen, frozen)
    place.make(BERTADAM, 89.0, range(20, 40))
    moved = place.accept(BERTADAM, range(20, 40), "again")
    assert moved.margin_before == frozen
    assert moved.margin.margin < frozen.margin
    assert read_margins(place.folder) == [moved.margin]


def test_cells_of_different_recipes_have_no_margin(place):
    other = replace(BERTADAM, recipe=replace(BERTADAM.recipe, learning_rate=1e-4))
    place.make(DEBIASED, 90.0)
    place.make(other, 88.0)
    place.accept(DEBIASED)
    assert place.accept(other).margin is None
    assert read_margins(place.folder) == []


def test_a_cell_whose_every_run_failed_is_accepted_without_a_margin(place):
    place.make(DEBIASED, 90.0)
    place.make(BERTADAM, 10.0, failed=SEEDS)
    place.accept(DEBIASED)
    accepted = place.accept(BERTADAM)
    assert (accepted.summary.failed, accepted.margin.margin) == (20, None)
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
    before = place.written()
    with pytest.raises(BaselineError, match=message):
        place.accept(**{"spec": DEBIASED, **change})
    assert place.written() == before


def test_the_ledger_of_the_repository_has_the_title():
    assert (ROOT / "baselines" / "LEDGER.md").read_text().startswith(LEDGER_TITLE)


@pytest.mark.parametrize("dirty", ["of the package that runs", "beside the baselines"])
def test_uncommitted_sources_are_refused(place, monkeypatch, dirty):
    def changes(home):
        return " M loop.py" if (home != sources.HOME) == (dirty == "beside the baselines") else ""

    place.make(DEBIASED, 90.0)
    monkeypatch.setattr(sources, "uncommitted_changes", changes)
    with pytest.raises(BaselineError, match=r"commit them first\n M loop.py"):
        place.accept(DEBIASED)
    assert not place.folder.exists()


def test_a_seed_that_is_ignored_is_refused(place):
    place.make(DEBIASED, 90.0, range(19))
    # seed 19 trained as seed 18 did
    run = DEBIASED.with_seed(19)
    copied = synthetic_record(DEBIASED.with_seed(18), 90.0)
    place.store.publish(keys(run).record, replace(copied, spec=run))
    with pytest.raises(BaselineError, match="seeds s018 and s019 have the same losses"):
        place.accept(DEBIASED)
    assert place.written() == {}


def test_a_proposal_writes_nothing(place):
    place.make(DEBIASED, 90.0)
    place.make(BERTADAM, 88.0)
    place.accept(DEBIASED)
    before = place.written()
    proposal = propose(BERTADAM, SEEDS, place.store, place.folder)
    assert (proposal.before, proposal.margin_before) == (None, None)
    assert proposal.margin.margin == pytest.approx(0.95, abs=0.1)
    assert place.written() == before


def test_an_acceptance_takes_the_candidate_away(place):
    place.make(DEBIASED, 90.0)
    path = write_candidate(place.folder, DEBIASED.cell, synthetic_rows(90.0, range(5)))
    place.accept(DEBIASED)
    assert not path.exists()
