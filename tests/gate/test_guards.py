"""The parts that guard the mean: lost runs and their rate, spread, the mean of all runs."""

import math
from dataclasses import replace

import pytest
from scipy import stats

from stablebert.gate import Policy, Says, Status, judge
from stablebert.gate.guards import below_ceiling
from stablebert.stats import failure_p_value, nominal_level, noninferiority, spread_p_value, spread_rank_p_value
from tests.gate.arms import BASELINE, at, candidate, failing, moved, part_of
from tests.synthetic import synthetic_rows

LOOK = Policy(looks=(12,))


def clopper_and_pearson(failed, runs):
    return stats.binomtest(failed, runs, alternative="less").proportion_ci(0.95, method="exact").high


def test_more_failed_runs_alarm_by_the_exact_test_of_the_cell():
    for count, status in ((4, Status.INCONCLUSIVE), (7, Status.FAIL)):
        verdict = judge(candidate(**failing(*range(count))), BASELINE, LOOK, margin=1.5)
        part = part_of(verdict, "failed runs")
        assert verdict.status is status
        assert (part.estimate, part.limit, part.bound) == (count / 12, 0.0, None)
        assert part.p == failure_p_value(count, 12, 0, 20)
        assert part.says is (Says.ALARMS if part.p <= 0.003 else Says.ALLOWS)
    assert verdict.reason == "7 of 12 runs failed, in the baseline 0 of 20 (p = 7.5e-05)"
    # where all are lost and none of the baseline's, the level is half the alarm, however many cells share it
    few = part_of(judge(candidate(**failing(*range(12))), BASELINE, replace(LOOK, cells=40), margin=1.5), "failed runs")
    assert few.level == pytest.approx(0.0035)
    some = part_of(
        judge(candidate(**failing(*range(11))), BASELINE, replace(LOOK, cells=40), margin=1.5), "failed runs"
    )
    assert some.level == pytest.approx(0.0035 / 40)
    # the control: a baseline that fails as often alarms nobody
    shaky = synthetic_rows(90.0, range(20), failed=frozenset(range(12)))
    part = part_of(judge(candidate(**failing(*range(7))), shaky, LOOK, margin=1.5), "failed runs")
    assert (part.says, part.limit, part.p) == (Says.ALLOWS, 0.6, 1.0)


@pytest.mark.parametrize(("alone", "room"), [(True, 0.25), (False, 0.4)])
@pytest.mark.parametrize("baseline_lost", [0, 3])
def test_the_rate_of_lost_runs_has_the_room_of_a_session_or_of_a_cell_among_several(alone, room, baseline_lost):
    theirs = synthetic_rows(90.0, range(20), failed=frozenset(range(baseline_lost)))
    ceiling = baseline_lost / 20 + room
    for lost in range(5):
        verdict = judge(candidate(**failing(*range(lost))), theirs, LOOK, margin=1.5, alone=alone)
        part, upper = part_of(verdict, "failure rate"), clopper_and_pearson(lost, 12)
        assert (part.estimate, part.bound, part.limit) == pytest.approx((lost / 12, upper, ceiling))
        assert part.says is (Says.ALLOWS if upper <= ceiling else Says.WITHHOLDS)
        assert (part.p, part.level) == (None, None)


def test_a_session_of_one_cell_and_a_cell_among_several_are_told_apart_by_their_policy():
    rows, wide = candidate(runs=6), Policy(looks=(6,), session_failure_room=0.9, failure_room=0.1)
    for alone, policy, status in (
        (True, Policy(looks=(6,)), Status.INCONCLUSIVE),
        (False, Policy(looks=(6,)), Status.PASS),
        (True, wide, Status.PASS),
        (False, wide, Status.INCONCLUSIVE),
    ):
        assert judge(rows, BASELINE, policy, margin=1.5, alone=alone).status is status


def test_rates_are_said_in_percent():
    assert clopper_and_pearson(4, 6) == pytest.approx(0.937, abs=5e-4)
    assert below_ceiling(4, 6, 0.95).words == "the failure rate is at most 94 %"
    assert below_ceiling(4, 6, 0.9).words == "the failure rate may be 94 %, above 90 %"


def test_a_bound_on_the_ceiling_is_in_reach():
    upper = clopper_and_pearson(1, 12)
    on, beyond = below_ceiling(1, 12, upper + 1e-12), below_ceiling(1, 12, upper - 1e-12)
    assert (on.says, on.words) == (Says.ALLOWS, "the failure rate is at most 34 %")
    assert (beyond.says, beyond.words) == (Says.WITHHOLDS, "the failure rate may be 34 %, above 34 %")


def test_a_wider_spread_alarms_by_brown_and_forsythe_and_by_the_ranks():
    verdict = judge(candidate(sd=2.0, mean=91.5), BASELINE, LOOK, margin=20.0)
    sides = [[row.test for row in rows] for rows in (candidate(sd=2.0, mean=91.5)[:12], BASELINE)]
    assert (verdict.status, verdict.decided_by, verdict.collapsed) == (Status.FAIL, "spread", 0)
    part = part_of(verdict, "spread")
    assert part.p == max(spread_p_value(*sides), spread_rank_p_value(*sides)) <= part.level
    assert (part.estimate, part.limit) == (verdict.sd, verdict.baseline_sd)
    assert verdict.reason.startswith("standard deviation 2.49, in the baseline 0.44 (p = ")
    # where the first test does not reach the level, the second is not asked
    same = part_of(judge(candidate(), BASELINE, LOOK, margin=20.0), "spread")
    assert same.p == spread_p_value([row.test for row in candidate()[:12]], sides[1])
    assert judge(candidate(sd=0.6), BASELINE, margin=20.0).status is Status.PASS


def test_one_far_run_is_no_wider_spread():
    rows, policy = at(candidate(runs=6), {3: 93.0}), Policy(looks=(6,), spread_alarm=0.2)
    part = part_of(judge(rows, BASELINE, policy, margin=20.0), "spread")
    assert spread_p_value([row.test for row in rows], [row.test for row in BASELINE]) < part.level < part.p
    assert part.says is Says.ALLOWS
    # the control: where all runs lie far the same policy alarms
    assert judge(candidate(91.5, sd=2.0), BASELINE, policy, margin=20.0).decided_by == "spread"


@pytest.mark.parametrize("side", [0, 1])
def test_two_sound_runs_say_nothing_of_spread(side):
    for sound in (2, 3):
        failed = frozenset(range(sound, 12))
        ours = candidate(runs=12, **(failing(*failed) if side == 0 else {}))
        theirs = synthetic_rows(90.0, range(12), failed=failed if side else frozenset())
        part = part_of(judge(ours, theirs, LOOK, margin=20.0), "spread")
        assert (part is not None) == (sound == 3)


def test_failures_must_not_buy_a_good_mean_of_the_others():
    # one of twelve fails, the others are fine: the mean of all runs is 6 points down
    rows = candidate(runs=12, **failing(2))
    policy = replace(LOOK, session_failure_room=0.9)
    verdict = judge(rows, BASELINE, policy, margin=1.0)
    part = part_of(verdict, "all runs")
    assert (verdict.status, verdict.decided_by) == (Status.PASS, "location")
    assert part.words == "with lost runs a loss of 34.97 points is ruled out"
    assert part.limit == pytest.approx(-0.5 * (verdict.baseline_mean - 20.0))
    sides = [[row.test for row in side] for side in (rows, BASELINE)]
    expected = noninferiority(*sides, margin=-part.limit, alpha=0.05, pairing="moderated", skewed=False)
    assert (part.estimate, part.bound, part.p) == (expected.difference, expected.lower_bound, expected.p_value)
    assert part.level == 0.05
    withheld = judge(candidate(runs=12, **failing(2, 4, 7, 9)), BASELINE, policy, margin=1.0)
    assert (withheld.status, withheld.decided_by) == (Status.INCONCLUSIVE, "all runs")
    assert withheld.reason == "with lost runs a loss of 34.97 points is not ruled out"
    assert part_of(withheld, "location").says is Says.ALLOWS


def test_lost_runs_that_lose_little_are_within_a_few_margins():
    rows = candidate(runs=12, **failing(2))
    mild = at(rows, {2: 89.0})
    for policy, limit in ((LOOK, -3.0), (replace(LOOK, wide_margin=5.0), -5.0)):
        part = part_of(judge(mild, BASELINE, policy, margin=1.0), "all runs")
        assert (part.says, part.limit) == (Says.ALLOWS, limit)


def test_the_mean_of_all_runs_needs_a_lost_run_a_margin_and_runs_that_are_not_lost():
    lost, policy = candidate(runs=12, **failing(2)), LOOK
    assert part_of(judge(candidate(), BASELINE, policy, margin=1.0), "all runs") is None
    assert part_of(judge(lost, BASELINE, policy, margin=None), "all runs") is None
    assert part_of(judge(candidate(**failing(*range(10))), BASELINE, policy, margin=1.0), "all runs") is None
    assert part_of(judge(lost, BASELINE, policy, margin=1.0), "all runs") is not None
    # one of the baseline's own is enough, and the lost runs of both sides say how wide
    theirs = synthetic_rows(90.0, range(20), failed=frozenset({3}))
    part = part_of(judge(candidate(), theirs, policy, margin=1.0), "all runs")
    assert part.estimate > 3
    both = part_of(judge(at(lost, {2: 40.0}), theirs, policy, margin=1.0), "all runs")
    sound = sum(row.test for row in theirs if not row.failed) / 19
    assert both.limit == pytest.approx(-0.5 * (sound - 30.0))


def test_a_collapsed_run_counts_in_it_at_its_score():
    far = at(candidate(runs=12), {2: 20.0})
    one, other = (
        part_of(judge(rows, BASELINE, LOOK, margin=1.0), "all runs") for rows in (far, candidate(runs=12, **failing(2)))
    )
    assert one == other


def test_a_failed_run_without_a_score_counts_nothing():
    for score in (math.nan, math.inf, -math.inf):
        rows = [replace(row, test=score) if row.failed else row for row in candidate(**failing(2))]
        zero = [replace(row, test=0.0) if row.failed else row for row in rows]
        one, other = (judge(side, BASELINE, LOOK, margin=1.0).parts for side in (rows, zero))
        assert one == other


def test_the_level_of_a_guard_is_of_the_baselines_sound_runs():
    theirs = at(BASELINE, {3: 40.0, 4: 40.0})
    part = part_of(judge(candidate(), theirs, margin=1.5), "spread")
    assert part.level == pytest.approx(nominal_level(0.001, baseline_runs=18))


def test_where_nothing_varies_the_parts_still_speak():
    verdict = judge(moved(candidate(), 90.0, 0.0), moved(BASELINE, 90.0, 0.0), LOOK, margin=1.0)
    assert (verdict.status, verdict.difference) == (Status.PASS, 0.0)
    assert verdict.ruled_out.spread is None


def test_the_mean_of_all_runs_has_the_level_of_each_of_several_looks():
    rows = at(candidate(runs=12, sd=0.3, **failing(1, 4)), {1: 89.3, 4: 89.3})
    part = part_of(judge(rows, BASELINE, Policy(looks=(12, 20), failure_alarm=1e-9), margin=0.5), "all runs")
    sides = [[row.test for row in side] for side in (rows, BASELINE)]
    level = nominal_level(0.05, (12, 20), 20)
    expected = noninferiority(*sides, margin=1.5, alpha=level, pairing="moderated", skewed=False)
    assert part.bound == pytest.approx(expected.lower_bound)


# a lost run makes the baseline itself skewed to the left
SKEWED = at(synthetic_rows(90.0, range(20), failed=frozenset({3})), {3: 62.0})


@pytest.mark.parametrize(
    ("theirs", "margin", "width", "others"),
    [
        # three margins, or half of what a lost run loses where that is more
        (BASELINE, 0.5, 1.5, ({"alpha": 0.01}, {"pairing": "welch"})),
        (SKEWED, 15.0, 45.0, ({"alpha": 0.01}, {"skewed": True})),
        (SKEWED, 1.0, None, ({"skewed": True},)),
    ],
)
def test_the_mean_of_all_runs_is_tested_at_the_level_of_the_look_without_a_correction_of_skewness(
    theirs, margin, width, others
):
    rows = at(candidate(runs=12, sd=0.3, **failing(1, 4)), {1: 89.3, 4: 89.3})
    verdict = judge(rows, theirs, replace(LOOK, failure_alarm=1e-9), margin=margin)
    part, given = part_of(verdict, "all runs"), {"alpha": nominal_level(0.05, (12,), 20), "pairing": "moderated"}
    sides = [[row.test for row in side] for side in (rows, theirs)]
    width = width or 0.5 * (verdict.baseline_mean - (89.3 + 89.3 + 62.0) / 3)
    expected = noninferiority(*sides, margin=width, **given, skewed=False)
    assert (part.estimate, part.bound) == (expected.difference, expected.lower_bound)
    assert (part.p, part.limit) == (pytest.approx(expected.p_value), pytest.approx(-width))
    # the control
    for other in others:
        changed = noninferiority(*sides, margin=width, **{"skewed": False, **given, **other})
        assert changed.lower_bound != expected.lower_bound
