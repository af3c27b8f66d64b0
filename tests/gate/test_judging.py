"""The rule over its looks: which verdict, at which look, on which rows."""

import json
import math
import time
from dataclasses import replace

import pandas as pd
import pytest

from stablebert.gate import Policy, Status, Verdict, judge
from stablebert.runs import ROW_FIELDS
from tests.gate.arms import BASELINE, candidate, failing, moved
from tests.synthetic import synthetic_rows


def test_an_equal_candidate_passes_at_the_first_look_that_bounds_its_rate_of_lost_runs():
    alone, among = (judge(candidate(), BASELINE, margin=1.5, alone=alone) for alone in (True, False))
    # no run of 6 lost: a rate of at most 39 %; none of 12: of at most 22 %
    assert (alone.status, alone.runs, alone.baseline_runs) == (Status.PASS, 12, 20)
    assert (among.status, among.runs) == (Status.PASS, 6)
    assert alone.lower_bound > -1.5 < among.lower_bound
    assert judge(candidate(), BASELINE, margin=1.5) == alone


def test_a_worse_candidate_fails_and_says_by_how_much():
    verdict = judge(candidate(88.2), BASELINE, margin=1.0)
    assert (verdict.status, verdict.decided_by, verdict.runs) == (Status.FAIL, "location", 6)
    assert "points worse" in verdict.reason
    assert verdict.difference == pytest.approx(-1.6, abs=0.2)


def test_a_better_candidate_passes():
    assert judge(candidate(95.0), BASELINE, margin=1.0).status is Status.PASS


def test_a_small_certain_loss_within_the_margin_passes():
    verdict = judge(candidate(89.5, sd=0.05), synthetic_rows(90.0, range(20), sd=0.05), margin=1.0)
    assert verdict.p_inferior < 1e-3
    assert verdict.status is Status.PASS


def test_noise_is_inconclusive_and_says_what_would_help():
    verdict = judge(candidate(89.4, runs=6), BASELINE, margin=0.75, alone=False)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.seeds_needed == 7
    assert verdict.reason == "a loss of 0.75 points is not ruled out; about 7 seeds would if nothing is lost"


def test_the_first_look_that_decides_stands_whatever_comes_later():
    early, late = candidate(runs=12), moved(candidate()[12:], 50.0, 0.0)
    assert judge([*early, *late], BASELINE, margin=1.5).status is Status.PASS
    assert judge([*late, *early], BASELINE, margin=1.5) == judge([*early, *late], BASELINE, margin=1.5)


def test_failed_runs_are_counted_and_not_averaged():
    # whatever its score: far below the others, or among them and no collapse
    for score in (20.0, 88.0):
        rows = [replace(row, test=score) if row.failed else row for row in candidate(**failing(1))]
        verdict = judge(rows, BASELINE, margin=1.5)
        assert (verdict.status, verdict.failed, verdict.collapsed, verdict.runs) == (Status.PASS, 1, 0, 20)
        others = [row.test for row in rows if not row.failed]
        assert verdict.mean == pytest.approx(sum(others) / 19)


def test_all_runs_failed_against_none_fails():
    verdict = judge(candidate(**failing(*range(20))), BASELINE, margin=1.0)
    assert verdict.status is Status.FAIL
    assert verdict.reason == "6 of 6 runs failed, in the baseline 0 of 20 (p = 7.9e-07)"


def test_too_few_runs_left_leave_location_undecided():
    shaky = synthetic_rows(90.0, range(20), failed=frozenset(range(18)))
    verdict = judge(candidate(runs=6), shaky, margin=1.0)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.reason == "fewer than 3 runs on a side are neither failed nor collapsed"


def test_the_baselines_own_runs_are_identical():
    verdict = judge(BASELINE[:7], BASELINE, margin=1.0)
    assert (verdict.status, verdict.reason) == (Status.PASS, "identical, 6 seeds")
    assert (verdict.runs, verdict.baseline_runs, verdict.pairing, verdict.ruled_out) == (6, 20, "identical", None)
    other = [replace(BASELINE[0], test=BASELINE[0].test - 1e-9), *BASELINE[1:7]]
    assert judge(other, BASELINE, margin=1.0).pairing == "moderated"


def test_a_verdict_bears_the_name_of_its_cell_and_none_where_none_is_given():
    for rows in (candidate(), []):
        assert judge(rows, BASELINE, margin=1.0).cell == ""
        assert judge(rows, BASELINE, margin=1.0, cell="trec_debiased_3ep_minilm_fp32").cell.startswith("trec")


def test_identical_runs_without_a_margin_do_not_pass_either():
    verdict = judge(BASELINE[:7], BASELINE)
    assert (verdict.status, verdict.pairing) == (Status.INCONCLUSIVE, "identical")
    assert verdict.reason == "identical, 6 seeds; no margin says how large a loss matters"


def test_identical_failed_runs_without_a_score_are_identical_too():
    baseline, same = ([replace(BASELINE[0], test=float("nan"), failed=True), *BASELINE[1:]] for _ in range(2))
    verdict = judge(same, baseline, margin=1.0)
    assert verdict.pairing == "identical"
    # nothing is computed, and yet what has failed is said
    assert verdict.failed == sum(row.failed for row in same) > 0
    assert verdict.baseline_failed == sum(row.failed for row in baseline)


def test_a_score_where_there_was_none_is_not_identical():
    baseline = [replace(BASELINE[0], test=math.nan, failed=True), *BASELINE[1:]]
    for score in (20.0, 0.0):
        rows = [replace(baseline[0], test=score), *baseline[1:]]
        assert judge(rows, baseline, margin=1.0).pairing != "identical"
        assert judge(baseline, rows, margin=1.0).pairing != "identical"


@pytest.mark.parametrize(
    ("rows", "baseline", "margin", "reason"),
    [
        ([], BASELINE, 1.0, "candidate has no runs"),
        (candidate(), [], 1.0, "baseline has no runs"),
        (candidate(runs=4), BASELINE, 1.0, "4 of the 6 seeds of the first look are there"),
        ([*candidate(), candidate()[0]], BASELINE, 1.0, "seed s100 twice"),
        ([replace(row, test=math.nan) for row in candidate()], BASELINE, 1.0, "not finite"),
        ([replace(row, losses="same") for row in candidate()], BASELINE, 1.0, "the seed is ignored"),
        (
            [replace(row, test=row.test / 100) for row in candidate()],
            BASELINE,
            1.0,
            "the candidate's scores are fractions, the baseline's are points",
        ),
        (
            candidate(),
            [replace(row, test=row.test / 100) for row in BASELINE],
            1.0,
            "the baseline's scores are fractions, the candidate's are points",
        ),
        ([replace(row, seed=f"s{100 + n}") for n, row in enumerate(BASELINE)], BASELINE, 1.0, "its own run"),
        (candidate(), BASELINE, -1.0, "margin"),
        (candidate(), BASELINE, math.nan, "margin"),
    ],
)
def test_runs_that_are_no_evidence_are_invalid(rows, baseline, margin, reason):
    verdict = judge(rows, baseline, margin=margin)
    assert verdict.status is Status.INVALID
    assert reason in verdict.reason
    if "fractions" in reason:
        assert reason == verdict.reason


def test_scores_of_zero_are_a_collapse_and_no_fractions():
    assert judge(moved(candidate(), scale=0.0), BASELINE, margin=1.0).status is Status.FAIL


def test_scores_near_one_are_fractions_only_where_they_would_be_the_baselines_as_points():
    # a correlation of 1 point, where the baseline has 60: no unit makes that the same
    near_one, sixty = moved(candidate(), 1.0, 0.0), moved(BASELINE, -30.0)
    assert judge(near_one, sixty, margin=1.0).status is Status.FAIL
    assert judge(moved(candidate(60.0), scale=0.01), sixty, margin=1.0).status is Status.INVALID
    line, middle = 90 - 86.988644370683, 90.0
    for distance, status in ((0.9 * line, Status.INVALID), (-0.9 * line, Status.INVALID), (-1.2 * line, Status.FAIL)):
        rows = moved(candidate(), (middle + distance) / 100, 0.0)
        assert judge(rows, BASELINE, margin=1.0).status is status
    # a baseline in fractions would pass anything, and is refused whatever it is
    assert judge(candidate(), moved(BASELINE, scale=0.002), margin=1.0).status is Status.INVALID
    # of points that are hardly above 1, too; and points hardly above 1 are no fractions
    low = [moved(rows, shift, 0.001) for rows, shift in ((candidate(), 1.41), (BASELINE, 0.81))]
    assert "the baseline's scores are fractions" in judge(*low, margin=1.0).reason
    assert judge(low[0], moved(BASELINE, 1.41, 0.001), margin=1.0).status is Status.PASS
    small = [moved(rows, level, 0.001) for rows, level in ((candidate(), -0.075), (BASELINE, 1.41))]
    assert "the candidate's scores are fractions" in judge(*small, margin=1.0).reason


def test_a_gap_in_the_seeds_is_not_stepped_over():
    gap = [row for row in candidate() if row.seed != "s102"]
    verdict = judge(gap, BASELINE, margin=1.5)
    assert (verdict.status, verdict.runs) == (Status.INVALID, 0)
    assert verdict.reason == "the candidate has no run between seeds s101 and s103"
    # behind the look that decides, a gap is nothing; behind one that doesn't, it ends the replay
    later = [row for row in candidate() if row.seed != "s113"]
    assert judge(later, BASELINE, margin=1.5).status is Status.PASS
    assert judge(later, BASELINE, Policy(looks=(6, 12)), margin=0.2).status is Status.INCONCLUSIVE
    lossy = [row for row in candidate(89.4) if row.seed != "s107"]
    undecided = judge(lossy, BASELINE, margin=0.75)
    assert (undecided.status, undecided.runs) == (Status.INVALID, 6)
    assert undecided.reason == "the candidate has no run between seeds s106 and s108"


def test_runs_behind_the_last_look_are_no_gap_and_change_nothing():
    policy = Policy(looks=(6, 9))
    rows = candidate(89.4, runs=9)
    beyond = [*rows, *synthetic_rows(20.0, range(130, 140))]
    assert judge(beyond, BASELINE, policy, margin=0.4) == judge(rows, BASELINE, policy, margin=0.4)
    assert judge(rows, BASELINE, policy, margin=0.4).status is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    "late",
    [
        lambda rows: [*rows[:19], replace(rows[19], test=math.nan)],
        lambda rows: [*rows[:18], rows[18], replace(rows[19], losses=rows[18].losses)],
        lambda rows: [*rows, rows[-1]],
    ],
    ids=["not finite", "same losses", "twice"],
)
def test_nothing_behind_the_look_that_decides_is_read(late):
    rows = late(candidate())
    assert judge(rows, BASELINE, margin=1.5) == judge(rows[:12], BASELINE, margin=1.5)
    # the control: where the replay gets there, it is seen
    assert judge(rows[-6:], BASELINE, margin=1.5).status is Status.INVALID


def test_runs_that_failed_at_once_are_failures_not_an_ignored_seed():
    rows = [replace(row, losses="nan", test=math.nan) for row in candidate(**failing(*range(20)))]
    verdict = judge(rows, BASELINE, margin=1.0)
    assert verdict.status is Status.FAIL
    assert "6 of 6 runs failed" in verdict.reason


def test_a_failed_run_may_have_no_finite_score():
    rows = [replace(row, test=math.nan) if row.failed else row for row in candidate(**failing(2))]
    assert judge(rows, BASELINE, margin=1.5).status is Status.PASS


def test_a_table_is_judged_like_its_rows():
    table = pd.DataFrame([[getattr(row, name) for name in ROW_FIELDS] for row in candidate()], columns=list(ROW_FIELDS))
    assert judge(table, BASELINE, margin=1.0) == judge(candidate(), BASELINE, margin=1.0)


def test_a_verdict_survives_its_plain_data():
    verdict = judge(candidate(), BASELINE, margin=1.0, cell="trec_debiased_3ep_minilm_fp32")
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict
    assert verdict.parts
    assert "difference" in verdict.sentence()


def test_ten_thousand_records_are_judged_in_a_moment(record_property, capsys):
    many = synthetic_rows(90.0, range(1000, 11_000), failed=frozenset(range(1000, 11_000, 50)))
    ours = candidate(89.0, **failing(1, 3))
    cells = [(BASELINE, candidate())] * 250
    start = time.perf_counter()
    verdict = judge(ours, many, margin=0.5)
    one = time.perf_counter() - start
    statuses = {judge(rows, baseline, margin=1.5, alone=False).status for baseline, rows in cells}
    grid = time.perf_counter() - start - one
    with capsys.disabled():
        print(f"\njudge: 10,000 baseline records {one:.2f} s; 250 cells of 20 against 20 {grid:.2f} s")
    record_property("seconds", [one, grid])
    assert (verdict.baseline_runs, verdict.baseline_failed) == (10_000, 200)
    assert statuses == {Status.PASS}
