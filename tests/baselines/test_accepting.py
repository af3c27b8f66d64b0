import json
from dataclasses import replace
from pathlib import Path

import pytest

from stablebert.baselines import (
    LEDGER_TITLE,
    BaselineError,
    Trial,
    acceptance,
    baseline_path,
    checked_margin,
    find_series,
    propose,
    read_baseline,
    read_margins,
    write_candidate,
    write_search,
)
from stablebert.baselines import (
    commit as sources,
)
from stablebert.report.baselines import proposal_lines
from stablebert.runs import RunSpec
from tests.baselines.conftest import keys
from tests.synthetic import synthetic_record, synthetic_rows

ROOT = Path(__file__).parents[2]
SEEDS = range(20)
DEBIASED, BERTADAM, REINIT = (RunSpec(task="trec", method=method) for method in ("debiased", "bertadam", "reinit"))


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
    assert (accepted.before, accepted.summary.runs, accepted.margin_before) == (None, 20, None)
    ledger = (place.folder / "LEDGER.md").read_text()
    assert ledger.startswith(LEDGER_TITLE)
    assert ledger.count("\n- ") == 1
    assert (
        "none -> mean 89.94, sd 0.44, 20 runs not failed. Margin none -> 0.66 points (1.5 sd). first runs\n" in ledger
    )
    assert ledger.endswith("first runs\n")


def test_the_ledger_grows_and_says_what_was_before(place):
    place.make(DEBIASED, 90.0)
    place.accept(DEBIASED)
    first = (place.folder / "LEDGER.md").read_text()
    place.make(DEBIASED, 95.0, range(20, 40))
    accepted = place.accept(DEBIASED, range(20, 40), "a better recipe", code="later")
    assert accepted.summary_before.mean == pytest.approx(90.0, abs=0.5)
    second = (place.folder / "LEDGER.md").read_text()
    assert second.startswith(first)
    assert "mean 89.94, sd 0.44, 20 runs not failed -> mean 94.94" in second[len(first) :]


def test_a_margin_is_of_the_cell_and_all_of_a_task_move_with_its_sides(place):
    for spec, mean in ((DEBIASED, 90.0), (BERTADAM, 89.0), (REINIT, 95.0)):
        place.make(spec, mean)
    alone = [place.accept(spec).margin for spec in (REINIT, DEBIASED)]
    assert [margin.bound for margin in alone] == [None, None]
    accepted = place.accept(BERTADAM)
    assert [moved.name for moved in accepted.others] == ["trec_debiased_3ep", "trec_reinit_3ep"]
    assert [moved.before for moved in accepted.others] == alone[::-1]
    assert 0.8 < accepted.margin.bound < 1.0
    assert {margin.margin for margin in read_margins(place.folder)} == {accepted.margin.margin}
    for spec in (DEBIASED, BERTADAM, REINIT):
        assert checked_margin([place.folder], spec.cell).bound == accepted.margin.bound
    line = (place.folder / "LEDGER.md").read_text().splitlines()[-1]
    assert "Margin none -> 0.44 points (1 sd)." in line
    assert "Margin of trec_reinit_3ep 0.66 points (1.5 sd) -> 0.44 points (1 sd)." in line
    # a side accepted anew moves them all again, a cell that is none only its own
    place.make(BERTADAM, 89.4, range(20, 40))
    moved = place.accept(BERTADAM, range(20, 40), "again", code="later")
    assert (moved.margin_before, len(moved.others)) == (accepted.margin, 2)
    assert moved.margin.margin < accepted.margin.margin
    place.make(REINIT, 95.5, range(20, 40))
    assert place.accept(REINIT, range(20, 40), "again").others == ()
    for spec in (DEBIASED, BERTADAM, REINIT):
        assert checked_margin([place.folder], spec.cell).bound == moved.margin.bound


def test_a_side_of_another_recipe_takes_the_gain_out_of_the_margins(place):
    other = replace(BERTADAM, recipe=replace(BERTADAM.recipe, learning_rate=1e-4))
    for spec, mean in ((DEBIASED, 90.0), (BERTADAM, 89.0), (other, 88.0)):
        place.make(spec, mean)
    place.accept(DEBIASED)
    place.accept(BERTADAM)
    accepted = place.accept(other)
    assert accepted.margin.bound is None
    assert [(moved.name, moved.after.bound) for moved in accepted.others] == [("trec_debiased_3ep", None)]
    assert {margin.margin for margin in read_margins(place.folder)} == {0.6575}


def test_other_tasks_and_encoders_keep_their_margins(place):
    for spec in (DEBIASED, replace(DEBIASED, task="sms"), replace(DEBIASED, encoder="bert-large"), BERTADAM):
        place.make(spec, 90.0 if spec.method == "debiased" else 89.0)
        last = place.accept(spec)
    assert [(moved.name, moved.after.encoder) for moved in last.others] == [("trec_debiased_3ep", "minilm")]
    assert len(read_margins(place.folder)) == 4


def test_a_cell_whose_every_run_failed_is_accepted_without_a_margin(place):
    place.make(DEBIASED, 90.0)
    place.make(BERTADAM, 10.0, failed=SEEDS)
    place.accept(DEBIASED)
    accepted = place.accept(BERTADAM)
    assert (accepted.summary.failed, accepted.margin.margin) == (20, None)
    ledger = (place.folder / "LEDGER.md").read_text()
    assert "none -> every run failed. Lost runs none -> 20 failed and 0 collapsed of 20. " in ledger
    assert "Margin none -> none, without a margin it never passes." in ledger


def test_an_acceptance_says_why_an_edited_file_of_margins_is_in_its_way(place):
    place.make(DEBIASED, 90.0)
    place.accept(DEBIASED)
    path = place.folder / "margins.csv"
    path.write_text(path.read_text().replace("0.6575", "much"))
    with pytest.raises(BaselineError, match="margins.csv is damaged: .*--margins --why"):
        place.accept(DEBIASED)


def test_series_stand_beside_the_rows(place):
    place.make(DEBIASED, 90.0)
    place.accept(DEBIASED)
    runs = find_series(read_baseline(baseline_path(place.folder, DEBIASED.cell)))
    assert [run.seed for run in runs if run.first] == ["s000", "s001"]
    assert runs[7].steps.loss == (0.7, 0.507, 0.1)
    # runs accepted later bring their own
    place.make(DEBIASED, 90.0, range(20, 40))
    place.accept(DEBIASED, range(20, 40), code="later")
    assert find_series(read_baseline(baseline_path(place.folder, DEBIASED.cell)))[0].seed == "s020"


def test_a_baseline_grows_from_store_to_store(place, tmp_path):
    place.make(DEBIASED, 90.0, range(30))
    place.accept(DEBIASED, range(30))
    whole = place.written()
    path = baseline_path(place.folder, DEBIASED.cell)
    for file in (path, path.with_suffix(".series.json.gz"), place.folder / "margins.csv", place.folder / "LEDGER.md"):
        file.unlink()
    place.accept(DEBIASED)
    for seed in SEEDS:
        place.store.path(keys(DEBIASED.with_seed(seed)).record).unlink()
    grown = place.accept(DEBIASED, range(30), "ten more")
    assert place.written() | {"LEDGER.md": ""} == whole | {"LEDGER.md": ""}
    assert len(grown.kept.rows) == 20
    assert "20 runs of the same code kept." in (place.folder / "LEDGER.md").read_text()
    assert any(line.startswith("kept: 20 accepted runs") for line in proposal_lines(grown))


def test_nobody_chooses_among_accepted_runs_of_one_code(place):
    place.make(DEBIASED, 90.0, range(40))
    place.accept(DEBIASED)
    assert len(place.accept(DEBIASED, range(20, 40)).after.rows) == 40
    # asked for again with fewer seeds, they all stay
    assert len(place.accept(DEBIASED).after.rows) == 40
    # runs that cannot be kept, for they have no series, are not left out either
    baseline_path(place.folder, DEBIASED.cell).with_suffix(".series.json.gz").unlink()
    before = place.written()
    with pytest.raises(BaselineError, match=r"20 accepted runs of the same code \(s000 to s019\) would be left out"):
        place.accept(DEBIASED, range(20, 40))
    assert place.written() == before
    # other code: all are new
    assert len(place.accept(DEBIASED, range(20, 40), code="later").after.rows) == 20


@pytest.mark.parametrize("other", ["cell", "code"])
def test_runs_of_other_code_or_data_are_not_kept(place, monkeypatch, other):
    place.make(DEBIASED, 90.0)
    place.accept(DEBIASED)
    place.make(DEBIASED, 90.0, range(20, 30))
    for seed in SEEDS:
        place.store.path(keys(DEBIASED.with_seed(seed)).record).unlink()
    monkeypatch.setattr(acceptance, "run_keys", lambda spec: replace(keys(spec), **{other: "another"}))
    with pytest.raises(BaselineError, match="no record of seeds 0, 1, 2, .* by the present code"):
        place.accept(DEBIASED, range(30))


def test_rows_without_their_series_are_not_kept(place):
    place.make(DEBIASED, 90.0)
    place.accept(DEBIASED)
    baseline_path(place.folder, DEBIASED.cell).with_suffix(".series.json.gz").unlink()
    place.store.path(keys(DEBIASED.with_seed(3)).record).unlink()
    with pytest.raises(BaselineError, match="no record of seeds 3 by"):
        place.accept(DEBIASED)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"why": "  "}, "needs a reason"),
        ({"seeds": range(19)}, "19 seeds; a baseline needs at least 20"),
        ({"seeds": [0] * 40}, "1 seeds"),
        ({"seeds": range(1, 22)}, "no record of seeds 20, 21 by the present code"),
        ({"seeds": range(900, 920)}, "seeds 900, 901 chose the hyperparameters"),
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
    (place.folder.parent / "stablebert").mkdir()
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
    assert proposal.margin.bound == pytest.approx(1.9, abs=0.1)
    assert len(proposal.others) == 1
    assert place.written() == before


def test_an_acceptance_takes_the_candidate_away(place):
    place.make(DEBIASED, 90.0)
    path = write_candidate(place.folder, DEBIASED.cell, synthetic_rows(90.0, range(5)))
    place.accept(DEBIASED)
    assert not path.exists()
