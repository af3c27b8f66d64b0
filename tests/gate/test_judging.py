import json
import math
import re
import time
from dataclasses import replace

import pandas as pd
import pytest

from stablebert.gate import Status, Verdict, judge
from stablebert.runs import ROW_FIELDS
from stablebert.stats import upper_failure_rate
from tests.gate.arms import BASELINE, candidate
from tests.synthetic import synthetic_rows


def test_an_equal_candidate_passes_at_the_first_look():
    verdict = judge(candidate(), BASELINE, margin=1.5)
    assert (verdict.status, verdict.runs, verdict.baseline_runs) == (Status.PASS, 5, 20)
    assert verdict.lower_bound > -1.5


def test_a_worse_candidate_fails_and_says_by_how_much():
    verdict = judge(candidate(86.0), BASELINE, margin=1.0)
    assert verdict.status is Status.FAIL
    assert "points worse" in verdict.reason
    assert verdict.difference == pytest.approx(-4, abs=0.6)


def test_a_better_candidate_passes():
    assert judge(candidate(95.0), BASELINE, margin=1.0).status is Status.PASS


def test_a_small_certain_loss_within_the_margin_passes():
    verdict = judge(candidate(89.5, sd=0.05), synthetic_rows(90.0, range(20), sd=0.05), margin=1.0)
    assert verdict.p_inferior < 1e-3
    assert verdict.status is Status.PASS


def test_noise_is_inconclusive_and_says_what_would_help():
    verdict = judge(candidate(89.2, runs=5), BASELINE, margin=0.75)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.seeds_needed is not None
    assert f"about {verdict.seeds_needed} seeds" in verdict.reason


def test_a_margin_that_no_number_of_seeds_can_show_is_said_so():
    verdict = judge(candidate(sd=5.0), synthetic_rows(90.0, range(20), sd=5.0), margin=0.1)
    assert verdict.status is Status.INCONCLUSIVE
    assert "no number of seeds" in verdict.reason


def test_the_first_look_that_decides_stands_whatever_comes_later():
    early = candidate(90.0, runs=5)
    late = [replace(row, test=50.0) for row in candidate(90.0)[5:]]
    assert judge([*early, *late], BASELINE, margin=1.5).status is Status.PASS
    assert judge([*late, *early], BASELINE, margin=1.5) == judge([*early, *late], BASELINE, margin=1.5)


def test_failed_runs_are_counted_and_not_averaged():
    verdict = judge(candidate(failed=frozenset({101})), BASELINE, margin=1.5)
    assert (verdict.status, verdict.failed) == (Status.PASS, 1)
    assert verdict.mean > 89
    # the control: averaged in, the same run would sink the mean
    scores = [row.test for row in candidate(failed=frozenset({101}))[:5]]
    assert sum(scores) / 5 < 80


def test_all_runs_failed_against_none_fails():
    verdict = judge(candidate(failed=frozenset(range(100, 120))), BASELINE, margin=1.0)
    assert verdict.status is Status.FAIL
    assert "5 of 5 runs failed" in verdict.reason


def test_too_few_runs_left_leave_location_undecided():
    shaky = synthetic_rows(90.0, range(20), failed=frozenset(range(18)))
    verdict = judge(candidate(runs=5), shaky, margin=1.0)
    assert verdict.status is Status.INCONCLUSIVE
    assert "have not failed" in verdict.reason


def test_the_baselines_own_runs_are_identical():
    verdict = judge(BASELINE[:7], BASELINE, margin=1.0)
    assert (verdict.status, verdict.reason) == (Status.PASS, "identical, 5 seeds")
    moved = [replace(BASELINE[0], test=BASELINE[0].test - 1e-9), *BASELINE[1:7]]
    assert judge(moved, BASELINE, margin=1.0).pairing == "moderated"


def test_identical_failed_runs_without_a_score_are_identical_too():
    baseline, same = ([replace(BASELINE[0], test=float("nan"), failed=True), *BASELINE[1:]] for _ in range(2))
    verdict = judge(same, baseline, margin=1.0)
    assert verdict.pairing == "identical"
    # nothing is computed, and yet what has failed is said
    assert verdict.failed == sum(row.failed for row in same) > 0
    assert verdict.baseline_failed == sum(row.failed for row in baseline)


@pytest.mark.parametrize(
    ("rows", "baseline", "margin", "reason"),
    [
        ([], BASELINE, 1.0, "candidate has no runs"),
        (candidate(), [], 1.0, "baseline has no runs"),
        (candidate(runs=4), BASELINE, 1.0, "4 of the 5 seeds"),
        ([*candidate(), candidate()[0]], BASELINE, 1.0, "seed s100 twice"),
        ([replace(row, test=math.nan) for row in candidate()], BASELINE, 1.0, "not finite"),
        ([replace(row, losses="same") for row in candidate()], BASELINE, 1.0, "the seed is ignored"),
        (
            [replace(row, test=row.test / 100) for row in candidate()],
            BASELINE,
            1.0,
            "the candidate's scores are fractions",
        ),
        (
            candidate(),
            [replace(row, test=row.test / 100) for row in BASELINE],
            1.0,
            "the baseline's scores are fractions",
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


def test_scores_of_zero_are_a_collapse_and_no_fractions():
    rows = [replace(row, test=0.0) for row in candidate()]
    assert judge(rows, BASELINE, margin=1.0).status is Status.FAIL


def test_a_gap_in_the_seeds_is_not_stepped_over():
    gap = [row for row in candidate() if row.seed != "s102"]
    verdict = judge(gap, BASELINE, margin=1.5)
    assert verdict.status is Status.INVALID
    assert verdict.reason == "the candidate has no run between seeds s101 and s103"
    # behind the look that decides, a gap is nothing; behind one that doesn't, it ends the replay
    later = [row for row in candidate() if row.seed != "s107"]
    assert judge(later, BASELINE, margin=1.5).status is Status.PASS
    lossy = [row for row in candidate(89.2) if row.seed != "s107"]
    undecided = judge(lossy, BASELINE, margin=0.75)
    assert (undecided.status, undecided.runs) == (Status.INVALID, 5)


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
    assert judge(rows, BASELINE, margin=1.5) == judge(rows[:5], BASELINE, margin=1.5)
    # the control: where the replay gets there, it is seen
    assert judge(rows[-5:], BASELINE, margin=1.5).status is Status.INVALID


def test_runs_that_failed_at_once_are_failures_not_an_ignored_seed():
    rows = [replace(row, losses="nan", test=math.nan) for row in candidate(failed=frozenset(range(100, 120)))]
    verdict = judge(rows, BASELINE, margin=1.0)
    assert verdict.status is Status.FAIL
    assert "5 of 5 runs failed" in verdict.reason


def test_the_outlook_never_promises_seeds_that_are_spent():
    verdict = judge(candidate(89.2, runs=5), BASELINE, margin=1.0)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.seeds_needed <= verdict.runs
    assert "the loss may be real" in verdict.reason


def test_a_loss_within_the_margin_says_how_many_seeds_would_show_it_as_it_is():
    verdict = judge(candidate(89.3, runs=5), BASELINE, margin=1.0)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.seeds_needed <= verdict.runs
    promised = int(re.search(r"points, about (\d+) seeds would", verdict.reason)[1])
    assert promised > verdict.runs
    # a loss as large as the margin is shown by no number
    assert "points, about" not in judge(candidate(88.9, runs=5), BASELINE, margin=1.0).reason


def test_an_open_failure_rate_says_how_many_seeds_without_failure_close_it():
    verdict = judge(candidate(runs=5, failed=frozenset({101, 102})), BASELINE, margin=1.5)
    assert verdict.status is Status.INCONCLUSIVE
    assert "failure rate" in verdict.reason
    needed = verdict.seeds_needed
    assert upper_failure_rate(2, needed) <= 0.5 < upper_failure_rate(2, needed - 1)


def test_a_failed_run_may_have_no_finite_score():
    rows = [replace(row, test=math.nan) if row.failed else row for row in candidate(failed=frozenset({102}))]
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
    ours = candidate(89.0, failed=frozenset({101, 103}))
    cells = [(BASELINE, candidate())] * 250
    start = time.perf_counter()
    verdict = judge(ours, many, margin=0.5)
    one = time.perf_counter() - start
    statuses = {judge(rows, baseline, margin=1.5).status for baseline, rows in cells}
    grid = time.perf_counter() - start - one
    with capsys.disabled():
        print(f"\njudge: 10,000 baseline records {one:.2f} s; 250 cells of 20 against 20 {grid:.2f} s")
    record_property("seconds", [one, grid])
    assert (verdict.baseline_runs, verdict.baseline_failed) == (10_000, 200)
    assert statuses == {Status.PASS}
