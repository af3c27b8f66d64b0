"""A verdict as data, out and back, and in words."""

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stablebert.gate import Disagreement, Part, RuledOut, Says, Status, Verdict, judge
from stablebert.runs import Summary
from tests.gate.arms import BASELINE, candidate, failing

NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.integers(0, 100)
SHARES = st.floats(0, 1)
PARTS = st.builds(Part, st.text(), st.sampled_from(Says), st.text(), NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
SPREADS = ("mean", "sd", "baseline_mean", "baseline_sd", "correlation")
EVIDENCE = ("difference", "lower_bound", "margin", "p_value", "p_inferior", "loss_shown", "detectable")
COUNTED = ("runs", "baseline_runs", "failed", "baseline_failed", "collapsed", "baseline_collapsed")
VERDICTS = st.builds(
    Verdict,
    cell=st.text(),
    status=st.sampled_from(Status),
    reason=st.text(),
    **dict.fromkeys(COUNTED, COUNTS),
    **dict.fromkeys((*SPREADS, *EVIDENCE), NUMBERS),
    ruled_out=st.none() | st.builds(RuledOut, NUMBERS, NUMBERS, NUMBERS),
    disagreement=st.none() | st.builds(Disagreement, SHARES, SHARES, st.booleans()),
    seeds_needed=st.none() | COUNTS,
    **dict.fromkeys(("unit", "pairing", "decided_by", "policy", "command"), st.text()),
    parts=st.lists(PARTS, max_size=3).map(tuple),
    futile=st.booleans(),
)
PASSED = Verdict(
    "cell",
    Status.PASS,
    "a loss of 1.00 points is ruled out",
    runs=12,
    baseline_runs=20,
    failed=1,
    baseline_failed=2,
    difference=-0.3,
    lower_bound=-0.41,
    margin=1.0,
    ruled_out=RuledOut(0.41, 0.19, 1.7),
    detectable=0.62,
    pairing="moderated",
)
EVIDENCE_WORDS = (
    "difference -0.30 points, lower bound -0.41, margin 1.00 (12 against 20 seeds, moderated); "
    "lost runs 1/12 against 2/20"
)


@settings(max_examples=25)
@given(VERDICTS)
def test_from_dict_is_the_inverse_of_to_dict_through_json(verdict):
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict
    assert verdict.to_dict().keys() == {field.name for field in fields(Verdict)}


def test_data_without_what_is_not_known_is_read_and_a_strange_status_is_not():
    data = Verdict("cell", Status.PASS, "fine").to_dict()
    assert data["status"] == "PASS"
    assert data["parts"] == []
    for name in ("parts", "ruled_out", "disagreement"):
        del data[name]
    assert Verdict.from_dict(data) == Verdict("cell", Status.PASS, "fine")
    with pytest.raises(ValueError, match="MAYBE"):
        Verdict.from_dict({**data, "status": "MAYBE"})


def test_only_an_undecided_verdict_that_is_not_futile_is_open():
    for status in Status:
        for futile in (False, True):
            verdict = Verdict("cell", status, "", futile=futile)
            assert verdict.is_open == (status is Status.INCONCLUSIVE and not futile)


def test_the_word_is_the_status_and_beside_a_pass_the_loss_that_is_shown():
    assert PASSED.word == "PASS"
    shown = replace(PASSED, loss_shown=4.2e-05)
    assert shown.word == "PASS, loss shown: -0.30, p = 4e-05"
    assert replace(shown, difference=None).word == "PASS"
    for status in (Status.FAIL, Status.INCONCLUSIVE, Status.INVALID):
        assert replace(shown, status=status).word == str(status)


def test_a_sentence_holds_the_evidence():
    ruled_out = "loses at most 0.41 (margin 1.00); at most 19 % more lost runs; spread at most 1.7 times"
    assert PASSED.sentence() == f"PASS: a loss of 1.00 points is ruled out; {EVIDENCE_WORDS}; {ruled_out}"
    bare = replace(PASSED, ruled_out=None)
    assert bare.sentence() == f"PASS: a loss of 1.00 points is ruled out; {EVIDENCE_WORDS}"
    assert replace(bare, ruled_out=RuledOut()).sentence() == bare.sentence()
    failed = replace(bare, status=Status.FAIL)
    assert failed.sentence().endswith(f"{EVIDENCE_WORDS}; these seeds could rule out a loss of 0.62")
    shown = replace(bare, loss_shown=4e-5)
    assert shown.sentence().startswith("PASS, loss shown: -0.30, p = 4e-05: a loss of 1.00 points is ruled out; ")


def test_a_sentence_has_as_many_decimals_as_the_margin_asks_for_and_the_sign_of_a_gain():
    small = replace(PASSED, difference=0.00123, lower_bound=-0.00051, margin=0.004, ruled_out=None, loss_shown=0.01)
    assert "difference +0.0012 points, lower bound -0.0005, margin 0.0040" in small.sentence()
    assert small.word == "PASS, loss shown: +0.0012, p = 0.01"


def test_of_printed_rows_no_lost_runs_are_known():
    assert replace(PASSED, pairing="printed", ruled_out=None).sentence().endswith("; lost runs 1/12")


def test_the_verdicts_on_several_rows_survive_their_plain_data():
    rows = tuple(replace(PASSED, target=f"Table {number}") for number in (1, 2))
    whole = replace(PASSED, targets=rows)
    assert Verdict.from_dict(json.loads(json.dumps(whole.to_dict()))) == whole
    assert whole.each == rows
    without = whole.to_dict()
    del without["targets"]
    assert Verdict.from_dict(without).each == (PASSED,)


def test_a_sentence_leaves_out_what_is_not_there():
    assert Verdict("cell", Status.INVALID, "no runs").sentence() == "INVALID: no runs"
    without = replace(PASSED, ruled_out=None, lower_bound=None)
    assert without.sentence() == "PASS: a loss of 1.00 points is ruled out; lost runs 1/12 against 2/20"
    assert replace(without, lower_bound=-0.4, difference=None).sentence() == without.sentence()
    free = replace(PASSED, margin=None, ruled_out=None, correlation=0.913)
    assert "margin none (12 against 20 seeds, moderated, correlation 0.91)" in free.sentence()
    pooled = replace(PASSED, unit="margins", ruled_out=RuledOut(0.41, 0.19))
    assert pooled.sentence() == (
        "PASS: a loss of 1.00 points is ruled out; difference -0.30 margins, lower bound -0.41, margin 1.00 "
        "(12 against 20 seeds, moderated); loses at most 0.41 margins (margin 1.00); at most 19 % more lost runs"
    )


def test_runs_of_both_sides_come_in_with_their_numbers():
    ours = Summary(runs=12, failed=1, mean=89.0, sd=0.5, worst=88.0)
    theirs = Summary(runs=20, failed=2, mean=90.0, sd=0.6, worst=88.5)
    verdict = Verdict("cell", Status.FAIL, "").with_runs(ours, theirs)
    assert (verdict.runs, verdict.failed, verdict.mean, verdict.sd) == (12, 1, 89.0, 0.5)
    assert (verdict.baseline_runs, verdict.baseline_failed) == (20, 2)
    assert (verdict.baseline_mean, verdict.baseline_sd) == (90.0, 0.6)


def test_a_real_verdict_survives_its_plain_data():
    for rows in (candidate(), candidate(88.0), candidate(**failing(1)), []):
        verdict = judge(rows, BASELINE, margin=1.0, cell="trec_debiased_3ep_minilm_fp32")
        assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict(), allow_nan=False))) == verdict


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Disagreement(0.0614, 0.058), "seeds disagree on 6.1 % of the test examples (accepted runs: 5.8 %)"),
        (
            Disagreement(0.2125, 0.2, is_share=False),
            "seeds differ on a test example by a standard deviation of 0.212 (accepted runs: 0.2) in the unit of the "
            "labels",
        ),
    ],
)
def test_how_much_seeds_disagree_is_said_beside_the_accepted_runs(found, words):
    assert found.words() == words
