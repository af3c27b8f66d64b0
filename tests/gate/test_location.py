"""Location: what shows non-inferiority, what alarms, a loss that is shown beside a PASS, and a cell without margin."""

from dataclasses import replace

import numpy as np
import pytest

from stablebert.gate import Policy, Says, Status, judge
from stablebert.stats import detectable_margin, nominal_level, noninferiority, rank_sum_p_value
from tests.gate.arms import BASELINE, at, candidate, failing, moved, part_of
from tests.synthetic import synthetic_rows

LOOK = Policy(looks=(12,))
SHARP = synthetic_rows(90.0, range(20), sd=0.05)


def by_hand(rows, theirs=BASELINE, margin=1.0):
    sides = [[row.test for row in side] for side in (rows, theirs)]
    return noninferiority(*sides, margin=margin, alpha=0.05, pairing="moderated"), rank_sum_p_value(*sides)


def test_location_is_the_moderated_test_at_the_level_of_the_look():
    verdict = judge(candidate(89.4), BASELINE, LOOK, margin=1.0)
    expected, _ = by_hand(candidate(89.4, runs=12))
    assert (verdict.difference, verdict.lower_bound) == (expected.difference, expected.lower_bound)
    assert (verdict.p_value, verdict.p_inferior) == (expected.p_value, expected.p_inferior)
    assert (verdict.pairing, verdict.margin) == ("moderated", 1.0)
    part = part_of(verdict, "location")
    assert (part.estimate, part.bound, part.limit) == (expected.difference, expected.lower_bound, -1.0)
    assert (part.p, part.level) == (expected.p_value, 0.05)
    # a loss that is not ruled out is said with the same numbers
    unsure = judge(candidate(89.4), BASELINE, replace(LOOK, location_alarm=1e-9), margin=0.2)
    part = part_of(unsure, "location")
    assert (unsure.status, part.says) == (Status.INCONCLUSIVE, Says.WITHHOLDS)
    assert (part.p, part.level) == (unsure.p_value, 0.05)


@pytest.mark.parametrize("place", range(4))
def test_at_several_looks_the_bound_has_the_level_of_each(place):
    looks = (6, 9, 12, 20)[: place + 1]
    rows = candidate(89.0)
    verdict = judge(rows, BASELINE, Policy(looks=looks, location_alarm=1e-9), margin=0.3)
    level = nominal_level(0.05, looks, 20)
    sides = [[row.test for row in side] for side in (rows[: looks[-1]], BASELINE)]
    expected = noninferiority(*sides, margin=0.3, alpha=level, pairing="moderated")
    assert (verdict.runs, verdict.lower_bound) == (looks[-1], expected.lower_bound)


def test_a_margin_on_the_bound_is_not_ruled_out_and_one_behind_it_is():
    bound = -judge(candidate(89.4), BASELINE, LOOK, margin=1.0).lower_bound
    for margin, says in ((bound * (1 + 1e-9), Says.ALLOWS), (bound * (1 - 1e-9), Says.WITHHOLDS)):
        part = part_of(judge(candidate(89.4), BASELINE, replace(LOOK, location_alarm=1e-9), margin=margin), "location")
        assert part.says is says
        assert part.words == f"a loss of {margin:.2f} points is {'' if says is Says.ALLOWS else 'not '}ruled out"


def test_a_lower_mean_alarms_by_the_larger_of_ts_and_the_ranks_p_value():
    for mean, margin in ((88.2, 1.0), (89.0, 0.5)):
        verdict = judge(candidate(mean), BASELINE, LOOK, margin=margin)
        # as runs half a margin higher are worse at all
        expected, ranks = by_hand(moved(candidate(mean, runs=12), margin / 2), margin=margin)
        part = part_of(verdict, "location")
        assert (verdict.status, verdict.decided_by, part.level) == (Status.FAIL, "location", 0.005)
        assert part.p == pytest.approx(max(expected.p_inferior, ranks))
        worse = margin / 2 - expected.difference
        assert verdict.reason == (
            f"{worse:.2f} points worse, a loss of more than {margin / 2:.2f} is shown (p = {part.p:.2g})"
        )


def test_an_alarm_needs_more_than_half_a_margin_lost_beyond_doubt():
    any_loss = replace(LOOK, alarm_margin=0.0)
    verdict = judge(candidate(89.2), BASELINE, LOOK, margin=0.65)
    expected, ranks = by_hand(candidate(89.2, runs=12))
    # lower than the baseline's beyond doubt, and by more than the margin as it seems
    assert max(expected.p_inferior, ranks) < 0.005
    assert verdict.difference < -0.65
    assert (verdict.status, part_of(verdict, "location").says) == (Status.INCONCLUSIVE, Says.WITHHOLDS)
    assert verdict.loss_shown == max(expected.p_inferior, ranks)
    assert judge(candidate(89.2), BASELINE, any_loss, margin=0.65).status is Status.FAIL
    # the ranks are asked the same
    steady, theirs = [replace(row, test=88.5) for row in candidate(runs=12)], [row.test for row in BASELINE]
    lifted = rank_sum_p_value([88.5 + 0.4] * 12, theirs)
    for level, status in ((1.01 * lifted, Status.FAIL), (0.99 * lifted, Status.INCONCLUSIVE)):
        found = judge(steady, BASELINE, replace(LOOK, location_alarm=level), margin=0.8)
        assert found.status is status
    assert rank_sum_p_value([88.5] * 12, theirs) < 0.1 * lifted


def test_a_lower_mean_that_the_ranks_do_not_see_alarms_nobody():
    # two runs far below, the others above: t at this level would be wrong about skewed scores
    rows = at(moved(candidate(runs=12), 90.2, 0.0), {2: 87.0, 7: 87.0})
    policy = replace(LOOK, location_alarm=0.3, spread_alarm=1e-9)
    verdict = judge(rows, BASELINE, policy, margin=0.1)
    assert verdict.p_inferior < 0.3
    assert (verdict.status, part_of(verdict, "location").says) == (Status.INCONCLUSIVE, Says.WITHHOLDS)
    control = judge(at(moved(rows, -1.0), {2: 87.0, 7: 87.0}), BASELINE, policy, margin=0.1)
    assert (control.status, control.decided_by) == (Status.FAIL, "location")


def test_a_shown_loss_within_the_margin_never_fails():
    verdict = judge(candidate(89.2), BASELINE, LOOK, margin=1.0)
    part, (found, ranks) = part_of(verdict, "location"), by_hand(candidate(89.2, runs=12))
    assert max(found.p_inferior, ranks) < 0.005
    assert verdict.difference > -1.0
    assert (verdict.status, part.says) == (Status.INCONCLUSIVE, Says.WITHHOLDS)
    assert (part.words, part.p) == ("a loss of 1.00 points is not ruled out", found.p_value)
    # an estimate on the margin is beyond it
    any_loss = replace(LOOK, alarm_margin=0.0)
    for factor, status in ((1 + 1e-9, Status.INCONCLUSIVE), (1.0, Status.FAIL), (1 - 1e-9, Status.FAIL)):
        assert judge(candidate(89.2), BASELINE, any_loss, margin=-verdict.difference * factor).status is status


def test_beyond_the_margin_must_lie_the_sound_runs():
    policy = replace(LOOK, session_failure_room=0.9, location_alarm=0.3, alarm_margin=0.0)
    rows = at(candidate(89.55), {3: 40.0, 5: 40.0})
    verdict = judge(rows, BASELINE, policy, margin=0.6)
    sound = [row.test for row in rows[:12] if row.test > 50]
    lower = np.mean(sound) - np.mean([row.test for row in BASELINE])
    assert verdict.difference < -0.6 < lower
    assert verdict.p_inferior < 0.1
    assert (verdict.status, part_of(verdict, "location").says) == (Status.INCONCLUSIVE, Says.WITHHOLDS)
    found = judge(rows, BASELINE, policy, margin=-lower)
    assert (found.status, found.decided_by) == (Status.FAIL, "location")


def test_non_inferiority_shown_is_stronger_than_an_alarm():
    verdict = judge(candidate(89.5, sd=0.05), SHARP, LOOK, margin=1.0)
    assert verdict.p_inferior < 1e-6
    assert part_of(verdict, "location").says is Says.ALLOWS


def test_a_loss_that_is_shown_is_said_beside_a_pass():
    verdict = judge(candidate(89.5, sd=0.05), SHARP, LOOK, margin=1.0)
    expected, ranks = by_hand(candidate(89.5, runs=12, sd=0.05), SHARP)
    assert verdict.loss_shown == max(expected.p_inferior, ranks) == ranks
    assert verdict.word == "PASS, loss shown: -0.49, p = 4e-09"
    assert verdict.sentence().startswith("PASS, loss shown: -0.49, p = 4e-09: a loss of 1.00 points is ruled out; ")
    # an equal candidate has none, nor has a better one
    for mean in (90.0, 90.5):
        other = judge(candidate(mean, sd=0.05), SHARP, LOOK, margin=1.0)
        assert (other.loss_shown, other.word) == (None, "PASS")


def test_what_is_shown_has_a_level_of_its_own_over_all_looks():
    rows, theirs = candidate(89.5), BASELINE
    p = max(by_hand(rows[:12])[0].p_inferior, by_hand(rows[:12])[1])
    assert 0.03 < p < 0.05
    for alpha, shown in ((1.01 * p, p), (0.99 * p, None)):
        verdict = judge(rows, theirs, replace(LOOK, shown_alpha=alpha), margin=1.0)
        assert (verdict.status, verdict.loss_shown) == (Status.PASS, shown)
    several = replace(LOOK, looks=(6, 9, 12, 20), shown_alpha=1.01 * p)
    assert judge(rows, theirs, several, margin=1.0).loss_shown is None


def test_a_loss_that_only_t_sees_is_not_shown():
    rows = at(moved(candidate(runs=12), 90.2, 0.0), {2: 87.0, 7: 87.0})
    verdict = judge(rows, BASELINE, replace(LOOK, shown_alpha=0.3), margin=3.0)
    assert verdict.p_inferior < 0.3
    assert (verdict.status, verdict.loss_shown) == (Status.PASS, None)


def test_a_loss_that_so_few_ranks_cannot_show_is_not_shown_however_clear_t_is():
    # three runs against three: the ranks say 1 / 20 at most, and the level is 0.01
    policy = Policy(looks=(3,), location_alarm=1e-9, failure_alarm=1e-9)
    verdict = judge(candidate(89.0, runs=3, sd=0.01), SHARP[:3], policy, margin=0.5)
    assert verdict.p_inferior < 1e-3
    assert verdict.loss_shown is None


def test_where_the_policy_lets_no_shown_loss_pass_it_is_a_fail():
    strict, rows = replace(LOOK, shown="fail"), candidate(89.5, sd=0.05)
    verdict = judge(rows, SHARP, strict, margin=1.0)
    assert (verdict.status, verdict.decided_by, verdict.word) == (Status.FAIL, "location", "FAIL")
    assert verdict.reason == "0.49 points worse (p = 4.4e-09), and the policy lets no shown loss pass"
    assert (verdict.ruled_out, verdict.runs) == (None, 12)
    # where nothing is shown it changes nothing but the policy's digest
    for mean in (90.0, 89.8):
        one, other = (judge(candidate(mean), BASELINE, policy, margin=1.5) for policy in (LOOK, strict))
        assert replace(other, policy=one.policy) == one
        assert one.status is Status.PASS
    # and an undecided cell stays what it is
    unsure = judge(rows[:12], SHARP, replace(strict, session_failure_room=0.1), margin=1.0)
    assert unsure.status is Status.INCONCLUSIVE
    assert unsure.loss_shown is not None


def test_a_shown_loss_beside_a_collapsed_run_is_one_of_the_sound_runs():
    policy = replace(LOOK, session_failure_room=0.9)
    far = judge(at(candidate(), {3: 40.0}), BASELINE, policy, margin=3.0)
    assert (far.status, far.loss_shown) == (Status.PASS, None)
    assert far.difference < -0.1
    lower = judge(at(candidate(89.3), {3: 40.0}), BASELINE, policy, margin=3.0)
    sound = [row for row in at(candidate(89.3, runs=12), {3: 40.0}) if row.test > 50]
    found, ranks = by_hand(sound)
    assert lower.loss_shown == max(found.p_inferior, ranks)


def test_without_a_margin_a_cell_never_passes_and_does_not_fail_by_its_mean():
    for mean in (95.0, 90.0, 88.0):
        verdict = judge(candidate(mean, **failing()), BASELINE, replace(LOOK, shown="fail"), margin=None)
        assert (verdict.status, verdict.decided_by, verdict.runs) == (Status.INCONCLUSIVE, "location", 12)
        assert verdict.reason == "no margin says how large a loss matters"
        assert verdict.difference == pytest.approx(mean - 89.94, abs=0.2)
        assert (verdict.p_value, verdict.margin, verdict.seeds_needed) == (None, None, None)
        part = part_of(verdict, "location")
        assert (part.bound, part.limit, part.p, part.level) == (verdict.lower_bound, None, None, None)
        assert part.estimate == verdict.difference
    # what the mean has lost is said, and the other parts still gate
    assert judge(candidate(88.0), BASELINE, LOOK).loss_shown < 1e-6
    assert "margin none" in judge(candidate(88.0), BASELINE, LOOK).sentence()
    for rows, by in ((candidate(**failing(*range(12))), "failed runs"), (candidate(91.5, sd=2.0), "spread")):
        verdict = judge(rows, BASELINE, LOOK)
        assert (verdict.status, verdict.decided_by) == (Status.FAIL, by)


@pytest.mark.parametrize("margin", [0.0, -1.0, float("nan"), float("inf")])
def test_a_margin_that_is_none_is_invalid(margin):
    verdict = judge(candidate(), BASELINE, margin=margin)
    assert (verdict.status, verdict.reason) == (Status.INVALID, f"the margin is {margin}; it must be > 0")


def test_a_pass_with_a_shown_loss_is_as_rare_as_promised_where_nothing_is_lost():
    generator = np.random.default_rng(8)
    shown = 0
    for _ in range(300):
        ours, theirs = (
            at(rows, dict(enumerate(90 + generator.normal(size=len(rows))))) for rows in (candidate(runs=12), BASELINE)
        )
        shown += judge(ours, theirs, replace(LOOK, looks=(6, 12), shown_alpha=0.1), margin=9.0).loss_shown is not None
    assert 0.01 < shown / 300 < 0.1


def test_what_a_look_could_have_shown_is_of_its_own_error_and_level():
    for runs, looks in ((6, (6,)), (12, (6, 12))):
        verdict = judge(candidate(89.2, runs=runs), BASELINE, Policy(looks=looks, location_alarm=1e-5), margin=0.5)
        level = nominal_level(0.05, looks, 20)
        seen = noninferiority(
            [row.test for row in candidate(89.2, runs=runs)],
            [row.test for row in BASELINE],
            margin=0.5,
            alpha=level,
            pairing="moderated",
        )
        assert verdict.runs == runs
        assert verdict.detectable == detectable_margin(seen.standard_error, seen.degrees, alpha=level)
