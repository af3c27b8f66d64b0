import json
import math
import re
import time
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.gate import Policy, Status, Verdict, judge
from stablebert.runs import ROW_FIELDS
from stablebert.stats import upper_failure_rate
from tests.synthetic import synthetic_rows, wobble

BASELINE = synthetic_rows(90.0, range(20))


def candidate(mean=90.0, runs=20, **options):
    return synthetic_rows(mean, range(100, 100 + runs), **options)


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


def test_without_margin_location_is_reported_and_never_gated():
    verdict = judge(candidate(80.0), BASELINE, margin=None)
    assert (verdict.status, verdict.runs) == (Status.INCONCLUSIVE, 20)
    assert verdict.difference == pytest.approx(-10, abs=0.6)
    assert verdict.p_value is None
    # the control: any margin gates it; failed runs need none
    assert judge(candidate(80.0), BASELINE, margin=5.0).status is Status.FAIL
    assert judge(candidate(failed=frozenset(range(100, 120))), BASELINE, margin=None).status is Status.FAIL


def test_the_baselines_own_runs_are_identical():
    verdict = judge(BASELINE[:7], BASELINE, margin=1.0)
    assert (verdict.status, verdict.reason) == (Status.PASS, "identical, 5 seeds")
    moved = [replace(BASELINE[0], test=BASELINE[0].test - 1e-9), *BASELINE[1:7]]
    assert judge(moved, BASELINE, margin=1.0).pairing == "moderated"


def test_identical_failed_runs_without_a_score_are_identical_too():
    baseline, same = ([replace(BASELINE[0], test=float("nan"), failed=True), *BASELINE[1:]] for _ in range(2))
    assert judge(same, baseline, margin=1.0).pairing == "identical"


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


def test_paired_judgement_needs_the_same_streams():
    rows = [replace(row, test=row.test - 0.2, losses=f"x{row.seed}") for row in BASELINE]
    policy = Policy(pairing="paired")
    assert judge(rows, BASELINE, policy, margin=1.0).pairing == "paired"
    # two pairs are left: too few for a paired test, enough for two samples
    few = [replace(row, failed=row.seed in ("s000", "s001")) for row in rows[:5]]
    other = [replace(row, failed=row.seed in ("s002", "s003")) for row in BASELINE]
    assert judge(few, other, policy, margin=1.0).pairing == "moderated"
    strange = [replace(row, order="other") for row in rows]
    assert judge(strange, BASELINE, policy, margin=1.0).pairing == "moderated"


def correlated(loss, noise):
    """Return rows on the baseline's seeds whose scores follow it, with losses of their own."""
    return [
        replace(row, test=row.test - loss + wobble(1000 + place, noise), losses=f"x{place}")
        for place, row in enumerate(BASELINE)
    ]


def test_equal_seeds_anchor_the_estimate_where_they_say_enough():
    policy = Policy(looks=(10,))
    verdict = judge(correlated(0.2, 0.05), BASELINE, policy, margin=0.4)
    assert (verdict.status, verdict.pairing) == (Status.PASS, "anchored")
    assert verdict.correlation > 0.9
    assert f"anchored, correlation {verdict.correlation:.2f})" in verdict.sentence()
    # the control: on seeds that drew other numbers the same scores show nothing
    strange = [replace(row, head="other") for row in correlated(0.2, 0.05)]
    other = judge(strange, BASELINE, policy, margin=0.4)
    assert (other.status, other.pairing, other.correlation) == (Status.INCONCLUSIVE, "moderated", None)
    # fewer than ten pairs, and seeds that say little
    assert judge(correlated(0.3, 0.1)[:9], BASELINE, Policy(looks=(9,)), margin=0.4).pairing == "moderated"
    assert judge(correlated(0.0, 3.0), BASELINE, policy, margin=5.0).pairing == "moderated"


def test_a_forced_estimate_is_used_where_it_can_be():
    for pairing in ("welch", "moderated", "paired", "anchored"):
        assert judge(correlated(0.0, 0.1), BASELINE, Policy(pairing=pairing), margin=1.0).pairing == pairing
    assert judge(candidate(), BASELINE, Policy(pairing="anchored"), margin=1.0).pairing == "moderated"


@given(st.floats(-5, 2), st.floats(0.1, 3), st.floats(1.05, 3), st.integers(0, 4))
def test_a_larger_margin_never_turns_pass_into_another_verdict(shift, margin, factor, failures):
    rows = candidate(90 + shift, failed=frozenset(range(100, 100 + failures)))
    small, large = (judge(rows, BASELINE, margin=value) for value in (margin, margin * factor))
    if small.status is Status.PASS:
        assert large.status is Status.PASS


@given(st.floats(-3, 1), st.floats(-40, 5))
def test_shifting_all_scores_changes_nothing(loss, shift):
    rows = candidate(90 + loss)
    one = judge(rows, BASELINE, margin=1.0)
    other = judge(
        [replace(row, test=row.test + shift) for row in rows],
        [replace(row, test=row.test + shift) for row in BASELINE],
        margin=1.0,
    )
    assert (one.status, one.runs) == (other.status, other.runs)
    assert one.difference == pytest.approx(other.difference, abs=1e-9)


def test_a_verdict_survives_its_plain_data():
    verdict = judge(candidate(), BASELINE, margin=1.0, cell="trec_debiased_3ep_minilm_fp32")
    assert Verdict.from_dict(json.loads(json.dumps(verdict.to_dict()))) == verdict
    assert verdict.parts
    assert "difference" in verdict.sentence()


def test_the_policy_is_hashed_into_the_verdict():
    one, other = (judge(candidate(), BASELINE, Policy(alpha=alpha), margin=1.0) for alpha in (0.05, 0.01))
    assert one.policy != other.policy
    assert judge(candidate(), BASELINE, margin=1.1).policy != one.policy


def test_one_look_is_a_fixed_number_of_seeds():
    verdict = judge(candidate(), BASELINE, Policy(looks=(12,)), margin=1.5)
    assert (verdict.status, verdict.runs) == (Status.PASS, 12)
    part = next(part for part in verdict.parts if part.name == "location")
    assert part.level == 0.05


def test_a_cell_that_is_hardly_better_than_the_margin_stops_as_futile():
    policy = Policy(futility=(0.7, 0.5, 0.3))
    verdict = judge(candidate(89.0), BASELINE, policy, margin=0.3)
    assert (verdict.status, verdict.runs, verdict.is_open) == (Status.INCONCLUSIVE, 5, False)
    assert "stopped as futile" in verdict.reason
    # the controls: without the rule it goes on, and a cell that passes never stops so
    assert judge(candidate(89.0), BASELINE, margin=0.3).runs > 5
    assert judge(candidate(), BASELINE, policy, margin=1.5).status is Status.PASS


@given(st.floats(-3, 1), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(loss, random):
    rows, baseline = candidate(90 + loss), list(BASELINE)
    sorted_verdict = judge(rows, baseline, margin=1.0)
    random.shuffle(rows)
    random.shuffle(baseline)
    assert judge(rows, baseline, margin=1.0) == sorted_verdict


@given(st.floats(-3, 1), st.floats(0.1, 10))
def test_the_unit_of_the_scores_changes_nothing(loss, scale):
    def in_unit(rows):
        return [replace(row, test=row.test * scale) for row in rows]

    one = judge(candidate(90 + loss), BASELINE, margin=1.0)
    other = judge(in_unit(candidate(90 + loss)), in_unit(BASELINE), margin=scale)
    assert (one.status, one.runs) == (other.status, other.runs)
    assert other.lower_bound == pytest.approx(scale * one.lower_bound, rel=1e-6)


@given(st.floats(-3, 3))
def test_swapping_the_sides_mirrors_the_difference(loss):
    policy = Policy(looks=(20,), pairing="welch")
    one, other = (judge(*sides, policy, margin=1.0) for sides in _swapped(candidate(90 + loss)))
    assert one.difference == pytest.approx(-other.difference)
    assert one.p_inferior == pytest.approx(1 - other.p_inferior)


def _swapped(rows):
    return (rows, BASELINE), (BASELINE, rows)


def test_ten_thousand_records_are_judged_in_a_moment(record_property, capsys):
    many = synthetic_rows(90.0, range(1000, 11_000), failed=frozenset(range(1000, 11_000, 50)))
    ours = candidate(89.0, failed=frozenset({101, 103}))
    cells = [(BASELINE, candidate())] * 250
    start = time.perf_counter()
    judge(ours, many, margin=0.5)
    one = time.perf_counter() - start
    for baseline, rows in cells:
        judge(rows, baseline, margin=1.5)
    grid = time.perf_counter() - start - one
    with capsys.disabled():
        print(f"\njudge: 10,000 baseline records {one:.2f} s; 250 cells of 20 against 20 {grid:.2f} s")
    record_property("seconds", [one, grid])


@pytest.mark.parametrize(
    "change",
    [
        {"alpha": 0.0},
        {"cells": 0},
        {"pairing": "none"},
        {"looks": (10, 5)},
        {"looks": (2, 5)},
        {"futility": (0.5,) * 4},
        {"futility": (1.5,)},
        {"endpoint": "accuracy"},
        {"failure_room": 0.0},
        {"wide_margin": 0.5},
        {"pooled_margin": 0.0},
        {"least_runs": 1},
        {"spread_alarm": 1.0},
    ],
)
def test_a_policy_outside_its_range_is_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        Policy(**change)
