"""What an acceptance refuses, and what a waiver of the cell lets pass."""

from dataclasses import replace

import pytest

from stablebert.baselines import BaselineError, baseline_path, propose
from stablebert.runs import RunSpec
from tests.baselines.conftest import keys
from tests.synthetic import synthetic_record

DEBIASED, BERTADAM, REINIT = (RunSpec(task="trec", method=method) for method in ("debiased", "bertadam", "reinit"))
CELL = DEBIASED.cell.id
LATER = range(20, 40)


@pytest.fixture
def accepted(place):
    """The debiased cell accepted, 20 runs at 90, none of them lost."""
    place.make(DEBIASED, 90.0)
    place.accept(DEBIASED)
    return place


def _waive(place, cell=CELL):
    (place.folder / "waivers").mkdir(exist_ok=True)
    text = f'cell = "{cell}"\nreason = "known"\nwho = "Ada"\nuntil = 2999-12-31\n'
    (place.folder / "waivers" / "one.toml").write_text(text)


def _collapse(place, spec, seeds):
    for seed in seeds:
        run = spec.with_seed(seed)
        path = place.store.path(keys(run).record)
        path.unlink()
        place.store.publish(keys(run).record, synthetic_record(run, 40.6))


@pytest.mark.parametrize("how", ["failed", "collapsed"])
def test_more_lost_runs_are_refused_and_waived(accepted, how):
    accepted.make(DEBIASED, 90.0, LATER, failed=range(20, 26) if how == "failed" else ())
    if how == "collapsed":
        _collapse(accepted, DEBIASED, range(20, 26))
    before = accepted.written()
    lost = "6 failed and 0 collapsed" if how == "failed" else "0 failed and 6 collapsed"
    with pytest.raises(BaselineError, match=f"{CELL}: {lost} of 20 runs would stand in place of 0 failed and 0 coll"):
        accepted.accept(DEBIASED, LATER, code="later")
    assert accepted.written() == before
    _waive(accepted, REINIT.cell.id)
    with pytest.raises(BaselineError, match="more lost runs need a waiver"):
        accepted.accept(DEBIASED, LATER, code="later")
    _waive(accepted)
    accepted.accept(DEBIASED, LATER, code="later")
    line = accepted.written()["LEDGER.md"].splitlines()[-1]
    assert f"Lost runs 0 failed and 0 collapsed of 20 -> {lost} of 20." in line
    assert "Waived until 2999-12-31 by Ada" in line


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_few_lost_runs_are_accepted_and_said(accepted, lost):
    accepted.make(DEBIASED, 90.0, LATER, failed=range(20, 20 + lost))
    accepted.accept(DEBIASED, LATER, code="later")
    assert ("Lost runs" in accepted.written()["LEDGER.md"]) == (lost > 0)


def test_half_of_the_runs_far_below_those_that_stand_have_collapsed(accepted):
    # by a line of their own, none would have
    accepted.make(DEBIASED, 90.0, LATER)
    _collapse(accepted, DEBIASED, range(20, 30))
    with pytest.raises(BaselineError, match="0 failed and 10 collapsed of 20"):
        accepted.accept(DEBIASED, LATER, code="later")


def test_runs_of_other_data_are_held_against_their_own_line(accepted, monkeypatch):
    monkeypatch.setattr("stablebert.baselines.acceptance.run_keys", lambda spec: replace(keys(spec), cell="other"))
    accepted.make(DEBIASED, 60.0, LATER)
    proposal = propose(DEBIASED, LATER, accepted.store, accepted.folder)
    assert (proposal.lost.lost, proposal.refusals()) == (0, [])


def test_a_gated_cell_that_no_session_decides_is_refused(accepted):
    accepted.make(REINIT, 60.0, sd=9.0)
    accepted.accept(REINIT)
    (accepted.folder / "grid.toml").write_text('mini = ["trec_reinit_3ep", "trec_debiased_3ep"]\n')
    before = accepted.written()
    # not even a waiver lets it pass
    _waive(accepted, REINIT.cell.id)
    with pytest.raises(
        BaselineError, match="trec_reinit_3ep is gated by .*grid.toml and could not be decided: no number"
    ):
        accepted.accept(REINIT)
    assert {name: text for name, text in accepted.written().items() if "waivers" not in name} == before
    (accepted.folder / "grid.toml").write_text('mini = ["trec_debiased_3ep"]\n')
    accepted.accept(REINIT)


def test_a_list_for_another_encoder_gates_nothing_here(accepted):
    accepted.make(REINIT, 60.0, sd=9.0)
    (accepted.folder / "grid.toml").write_text('paper = ["trec_reinit_3ep"]\n')
    assert accepted.accept(REINIT).gated == frozenset()


def test_a_session_of_fewer_seeds_decides_less(accepted):
    (accepted.folder / "grid.toml").write_text('mini = ["trec_debiased_3ep"]\n')

    def refused(seeds):
        return propose(DEBIASED, range(20), accepted.store, accepted.folder, most_seeds=seeds).refusals()

    assert refused(12) == []
    assert "needs 12 seeds, and a session makes 11" in refused(11)[0]


def test_a_side_that_makes_the_margin_of_a_gated_cell_too_small_is_refused(accepted):
    (accepted.folder / "grid.toml").write_text('mini = ["trec_debiased_3ep"]\n')
    accepted.make(BERTADAM, 89.4)
    with pytest.raises(BaselineError, match="trec_debiased_3ep is gated by .* and could not be decided: .*0.2. points"):
        accepted.accept(BERTADAM)
    assert not baseline_path(accepted.folder, BERTADAM.cell).exists()
    # the control: a gain that leaves it as it is
    accepted.make(BERTADAM, 80.0, LATER)
    accepted.accept(BERTADAM, LATER)


def test_the_grid_may_list_what_has_no_baseline_yet(place):
    place.folder.mkdir()
    (place.folder / "grid.toml").write_text('mini = ["trec_debiased_3ep", "sms_debiased_3ep"]\n')
    place.make(DEBIASED, 90.0)
    assert place.accept(DEBIASED).gated == {"trec_debiased_3ep", "sms_debiased_3ep"}
