from dataclasses import replace

import pytest

from stablebert.baselines import (
    BaselineError,
    Budget,
    baseline_budget,
    baseline_path,
    find_budget,
    freeze_release,
    propose_release,
    read_anchors,
    read_baseline,
)
from stablebert.baselines import (
    commit as sources,
)
from stablebert.runs import Cell, RunSpec
from tests.baselines.conftest import keys
from tests.synthetic import synthetic_record

DEBIASED, BERTADAM = (RunSpec(task="trec", method=method) for method in ("debiased", "bertadam"))
MARGIN = 0.6575
CELL = "trec_debiased_3ep_minilm_fp32"
WAIVER = f'cell = "{CELL}"\nreason = "known"\nwho = "Ada"\nuntil = 2999-12-31\n'


@pytest.fixture
def released(place, monkeypatch):
    """Both optimizers accepted (the margin of each is 1.5 sd, 0.66 points) and frozen as release 1.0."""
    monkeypatch.setattr(sources, "uncommitted_changes", lambda home: "")
    place.make(DEBIASED, 90.0)
    place.make(BERTADAM, 80.0)
    place.accept(DEBIASED)
    place.accept(BERTADAM)
    freeze_release(place.folder, propose_release(place.folder, "1.0"), "the first")
    return place


def _mean(place):
    return sum(row.test for row in read_baseline(baseline_path(place.folder, DEBIASED.cell)).rows) / 20


def test_a_release_is_text_with_a_line_in_the_ledger(released):
    anchors = read_anchors(released.folder)
    assert [anchor.cell.method for anchor in anchors] == ["bertadam", "debiased"]
    assert anchors[1].mean == pytest.approx(_mean(released))
    assert {anchor.margin for anchor in anchors} == {MARGIN}
    assert "`release 1.0`: 2 cells frozen. the first\n" in released.written()["LEDGER.md"]


def test_losses_add_up_until_half_a_margin_is_spent(released):
    start = _mean(released)
    for first, mean, spent in ((20, 89.85, 0.15), (40, 89.7, 0.3)):
        released.make(DEBIASED, mean, range(first, first + 20))
        proposal = released.accept(DEBIASED, range(first, first + 20), code=str(first))
        assert proposal.budget.spent == pytest.approx(start - _mean(released))
        assert proposal.budget.spent == pytest.approx(spent)
    # each step is small; together they are not
    released.make(DEBIASED, 89.55, range(60, 80))
    before = released.written()
    with pytest.raises(BaselineError, match=r"\+0.45 of 0.33 points would be lost since release 1.0"):
        released.accept(DEBIASED, range(60, 80), code="60")
    assert released.written() == before


def test_a_waiver_lets_the_budget_be_exceeded_and_the_ledger_says_so(released):
    released.make(DEBIASED, 85.0, range(20, 40))
    (released.folder / "waivers").mkdir()
    (released.folder / "waivers" / "one.toml").write_text(WAIVER)
    released.accept(DEBIASED, range(20, 40), "a new torch", code="20")
    line = released.written()["LEDGER.md"].splitlines()[-1]
    assert "Lost since release 1.0: +5.00 of 0.33." in line
    assert "Waived until 2999-12-31 by Ada: known (one.toml). a new torch" in line


def test_a_collapsed_run_moves_no_budget(released):
    released.make(DEBIASED, 90.0, range(20, 39))
    run = DEBIASED.with_seed(39)
    released.store.publish(keys(run).record, synthetic_record(run, 40.6))
    proposal = released.accept(DEBIASED, range(20, 40), code="later")
    assert proposal.summary.mean < 88
    assert abs(proposal.budget.spent) < 0.05


def test_a_waiver_of_another_cell_lets_nothing_pass(released):
    released.make(DEBIASED, 85.0, range(20, 40))
    (released.folder / "waivers").mkdir()
    (released.folder / "waivers" / "one.toml").write_text(WAIVER.replace("debiased", "reinit"))
    with pytest.raises(BaselineError, match="needs a waiver"):
        released.accept(DEBIASED, range(20, 40), code="20")


def test_a_gain_is_below_zero_and_the_last_release_counts(released):
    released.make(DEBIASED, 92.0, range(20, 40))
    assert released.accept(DEBIASED, range(20, 40), code="later").budget.spent < -1.5
    freeze_release(released.folder, propose_release(released.folder, "1.1"), "the second")
    baseline = read_baseline(baseline_path(released.folder, DEBIASED.cell))
    assert baseline_budget([released.folder], baseline) == Budget("1.1", 0.0, MARGIN / 2)
    assert [anchor.release for anchor in read_anchors(released.folder)] == ["1.0", "1.0", "1.1", "1.1"]


def test_a_change_of_class_hides_no_loss(released):
    half = replace(DEBIASED, precision="bf16")
    released.make(half, 85.0)
    with pytest.raises(BaselineError, match="needs a waiver"):
        released.accept(half)


def test_a_cell_of_no_release_or_without_a_score_has_no_budget(released):
    assert find_budget([released.folder], Cell("sms"), 90.0) is None
    assert find_budget([released.folder], DEBIASED.cell, None) is None
    assert find_budget([released.folder / "none"], DEBIASED.cell, 90.0) is None
    assert baseline_budget([released.folder], None) is None


def test_a_cell_without_a_margin_has_no_limit():
    budget = Budget("1.0", 7.0, None)
    assert not budget.is_exceeded
    assert str(budget) == "+7.00"
    assert Budget("1.0", 1.01, 1.0).is_exceeded
    assert str(Budget("1.0", -0.1, 1.0)) == "-0.10 of 1.00"


@pytest.mark.parametrize(("name", "message"), [("1.0", "frozen already"), ("a b", "a name has"), ("", "a name has")])
def test_a_name_is_used_once(released, name, message):
    with pytest.raises(BaselineError, match=message):
        propose_release(released.folder, name)


def test_what_is_not_committed_or_has_no_reason_is_not_released(released, monkeypatch, tmp_path):
    before = released.written()
    with pytest.raises(BaselineError, match="needs a reason"):
        freeze_release(released.folder, propose_release(released.folder, "2.0"), " ")
    monkeypatch.setattr(sources, "uncommitted_changes", lambda home: " M debiased_3ep.csv")
    with pytest.raises(BaselineError, match="commit them first\n M debiased_3ep.csv"):
        propose_release(released.folder, "2.0")
    with pytest.raises(BaselineError, match="there is no baseline"):
        propose_release(tmp_path / "none", "2.0")
    assert released.written() == before


def test_a_damaged_file_of_releases_is_named(released):
    path = released.folder / "releases.csv"
    path.write_text(path.read_text().replace(f",{MARGIN},", ",much,"))
    with pytest.raises(BaselineError, match=r"releases.csv is damaged"):
        read_anchors(released.folder)
