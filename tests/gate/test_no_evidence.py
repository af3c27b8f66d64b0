"""What a gate must not repair in silence: rows that are no evidence stay in sight, with the reason."""

import math
from dataclasses import replace

from stablebert.gate import Status, judge
from stablebert.gate.evidence import before_gap, seed_order
from tests.synthetic import synthetic_rows

BASELINE = synthetic_rows(90.0, range(20))
CANDIDATE = synthetic_rows(90.0, range(100, 120))


def reason_of(candidate, baseline=BASELINE):
    verdict = judge(candidate, baseline, margin=1.5)
    assert verdict.status is Status.INVALID
    return verdict.reason


def test_nothing_collected_is_no_pass():
    assert reason_of([]) == "the candidate has no runs"


def test_a_baseline_without_runs_is_no_pass():
    assert reason_of(CANDIDATE, []) == "the baseline has no runs"


def test_one_score_that_is_not_finite_is_not_left_out():
    rows = [*CANDIDATE[:2], replace(CANDIDATE[2], test=math.nan), *CANDIDATE[3:]]
    assert "seed s102 is not finite" in reason_of(rows)
    baseline = [replace(BASELINE[0], test=math.inf), *BASELINE[1:]]
    assert "seed s000 is not finite" in reason_of(CANDIDATE, baseline)


def test_a_failed_run_hides_no_fault_behind_it():
    failed = replace(CANDIDATE[0], failed=True, test=math.nan)
    assert "seed s102 is not finite" in reason_of(
        [failed, CANDIDATE[1], replace(CANDIDATE[2], test=math.nan), *CANDIDATE[3:]]
    )


def test_seeds_of_two_numbers_are_in_the_order_of_both():
    rows = [replace(row, seed=f"s{100 + place // 10}d{place % 10}") for place, row in enumerate(CANDIDATE)]
    assert [seed_order(row) for row in rows[9:11]] == [(100, 9), (101, 0)]
    assert before_gap(rows[:10]) == rows[:10]
    assert before_gap([*rows[:4], *rows[5:10]]) == rows[:4]
    verdict = judge([rows[10], *rows[:10]], BASELINE, margin=1.5)
    assert (verdict.status, verdict.runs) == (Status.INCONCLUSIVE, 11 if verdict.runs > 9 else 9)


def test_a_seed_that_stands_twice_is_not_merged():
    assert "seed s101 twice" in reason_of([*CANDIDATE, CANDIDATE[1]])
    assert "seed s003 twice" in reason_of(CANDIDATE, [*BASELINE, BASELINE[3]])


def test_a_seed_that_was_ignored_is_no_second_run():
    rows = [*CANDIDATE[:3], replace(CANDIDATE[3], losses=CANDIDATE[0].losses), *CANDIDATE[4:]]
    assert "seeds s100 and s103 have the same losses" in reason_of(rows)


def test_the_same_rows_without_a_fault_are_judged():
    assert judge(CANDIDATE, BASELINE, margin=1.5).status is Status.PASS
