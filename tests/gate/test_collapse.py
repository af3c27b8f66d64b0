"""Collapsed runs: counted with the failed ones on both sides, by the line that the baseline draws."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stablebert.gate import Policy, Says, Status, judge
from stablebert.gate.look import Look
from stablebert.gate.lost_runs import collapsed_among, line_of, with_collapsed
from stablebert.stats import noninferiority, spread_p_value
from tests.gate.arms import BASELINE, LINE, at, candidate, failing, moved, part_of
from tests.synthetic import synthetic_rows

ONE_LOOK = Policy(looks=(12,))


def look_of(ours, theirs=BASELINE, policy=ONE_LOOK, margin=1.5):
    return Look(tuple(ours), tuple(theirs), margin, policy)


def test_the_line_is_drawn_by_the_baselines_runs_that_have_not_failed():
    assert line_of(BASELINE) == pytest.approx(LINE)
    shaky = at(BASELINE, {3: 20.0, 7: 10.0})
    failed = [replace(row, failed=row.test < 50) for row in shaky]
    assert line_of(failed) == pytest.approx(line_of([row for row in BASELINE if row not in (BASELINE[3], BASELINE[7])]))
    # the candidate has no say, however wide it scatters
    assert look_of(candidate(runs=12, sd=9.0)).line == look_of(candidate(runs=12)).line == line_of(BASELINE)


def test_below_the_line_a_run_is_marked_on_it_it_is_not_and_a_failed_one_stays_what_it_is():
    rows = at(candidate(runs=5, **failing(4)), {0: math.nextafter(LINE, 0), 1: LINE, 2: 0.0})
    marked = with_collapsed(rows, LINE)
    assert [row.failed for row in marked] == [True, False, True, False, True]
    assert [row.failed_reason for row in marked[:3]] == ["collapsed", rows[1].failed_reason, "collapsed"]
    assert marked[4] == rows[4]
    assert collapsed_among(marked) == 2
    assert [row.test for row in marked] == [row.test for row in rows]


def test_a_baseline_of_two_runs_calls_none_collapsed():
    look = look_of(at(candidate(runs=12), {0: 0.0}), BASELINE[:2])
    assert (look.line, look.collapsed) == (-math.inf, (0, 0))


def test_collapsed_runs_of_both_sides_count_with_the_failed_ones():
    ours = at(candidate(runs=12, **failing(0)), {1: 40.0, 2: 41.0})
    theirs = at([replace(BASELINE[0], failed=True), *BASELINE[1:]], {5: 30.0})
    verdict = judge(ours, theirs, ONE_LOOK, margin=1.5)
    assert (verdict.failed, verdict.collapsed, verdict.baseline_failed, verdict.baseline_collapsed) == (3, 2, 2, 1)
    # means and standard deviations are those of the sound runs
    for side, rows in (("", ours), ("baseline_", theirs)):
        sound = [row.test for row in rows if not row.failed and row.test > 50]
        assert getattr(verdict, f"{side}mean") == pytest.approx(np.mean(sound))
        assert getattr(verdict, f"{side}sd") == pytest.approx(np.std(sound, ddof=1))
    words = part_of(verdict, "failed runs").words
    assert words == "3 of 12 runs failed or collapsed (2 collapsed), in the baseline 2 of 20"
    failed = judge(candidate(runs=12, **failing(0, 1, 2)), theirs, ONE_LOOK, margin=1.5)
    assert part_of(failed, "failed runs").p == part_of(verdict, "failed runs").p


def test_runs_that_all_collapse_fail_as_runs_that_all_fail_do():
    for score in (0.0, 1.0, 60.0, LINE - 0.01):
        verdict = judge(moved(candidate(), score, 0.0), BASELINE, margin=1.5)
        assert (verdict.status, verdict.decided_by, verdict.runs) == (Status.FAIL, "failed runs", 6)
        assert verdict.failed == verdict.collapsed == 6
    control = judge(at(candidate(), dict.fromkeys(range(20), LINE + 0.01)), BASELINE, margin=1.5)
    assert (control.status, control.decided_by, control.failed) == (Status.FAIL, "location", 0)


def test_one_collapsed_run_no_longer_widens_the_spread_until_nothing_is_seen():
    ours = at(candidate(runs=12), {4: 40.6})
    verdict = judge(ours, BASELINE, ONE_LOOK, margin=1.5)
    sound = [row.test for row in ours if row.test > 50]
    baseline = [row.test for row in BASELINE]
    assert part_of(verdict, "spread").p == pytest.approx(spread_p_value(sound, baseline))
    assert verdict.sd < 1


def test_what_rules_a_loss_out_counts_the_candidates_collapsed_runs_at_the_line():
    ours = at(candidate(runs=12), {4: 40.6})
    verdict = judge(ours, BASELINE, ONE_LOOK, margin=1.5)
    counted, baseline = [max(row.test, line_of(BASELINE)) for row in ours], [row.test for row in BASELINE]
    expected = noninferiority(counted, baseline, margin=1.5, alpha=0.05, pairing="moderated")
    assert (verdict.difference, verdict.lower_bound) == pytest.approx((expected.difference, expected.lower_bound))
    assert verdict.p_value == pytest.approx(expected.p_value)
    # left out, it would have bought a better mean; at its score it would have hidden everything
    left_out = judge([row for row in ours if row.test > 50], BASELINE, Policy(looks=(3, 11)), margin=1.5)
    assert left_out.difference > verdict.difference > np.mean([row.test for row in ours]) - np.mean(baseline)
    # a lower mean is asked of the sound runs alone, since lost ones have a part of their own
    sound = [row.test for row in ours if row.test > 50]
    alone = noninferiority(sound, baseline, margin=1.5, alpha=0.05, pairing="moderated")
    assert verdict.p_inferior == pytest.approx(alone.p_inferior)


def test_failed_runs_are_not_counted_at_the_line():
    look = look_of(at(candidate(runs=12, **failing(0)), {1: 40.0}))
    assert list(look.counted) == [f"s{100 + place}" for place in range(1, 12)]
    assert look.counted["s101"] == look.line
    assert list(look.scores) == [f"s{100 + place}" for place in range(2, 12)]


def test_the_baselines_collapsed_runs_are_left_out_of_every_mean():
    far = at(BASELINE, {3: 40.0})
    without = [row for row in BASELINE if row is not BASELINE[3]]
    one, other = (judge(candidate(), theirs, ONE_LOOK, margin=1.5) for theirs in (far, without))
    for name in ("location", "spread", "held-out log-loss"):
        assert part_of(one, name) == part_of(other, name)
    # counted as lost it is: the baseline's rate of lost runs is 1 in 20
    assert (one.baseline_failed, other.baseline_failed) == (1, 0)
    assert part_of(one, "failure rate").limit == pytest.approx(0.25 + 1 / 20)


def sessions(theirs, loss, count=60):
    """Return the statuses of sessions with normal scores of the baseline's spread, each on draws of its own."""
    generator = np.random.default_rng(5)
    found = []
    for _ in range(count):
        scores = 89.94 - loss + 0.44 * generator.normal(size=20)
        found.append(judge(at(candidate(), dict(enumerate(scores))), theirs, margin=0.66).status)
    return found


@pytest.mark.parametrize("below", [4.4, 50.0])
@pytest.mark.parametrize(("loss", "status"), [(0.0, Status.PASS), (1.3, Status.FAIL)])
def test_one_far_run_of_a_baseline_does_not_blind(loss, status, below):
    far = at(BASELINE, {3: 89.94 - below})
    clean, dirty = (sessions(theirs, loss).count(status) for theirs in (BASELINE, far))
    assert clean >= 57
    assert dirty >= clean - 3


@settings(max_examples=20)
@given(st.sets(st.integers(0, 11), max_size=5), st.floats(0, 80))
def test_how_far_below_the_line_a_run_lies_says_nothing_but_in_the_mean_of_all_runs(places, score):
    ours = candidate(runs=12)
    one, other = (judge(at(ours, dict.fromkeys(places, far)), BASELINE, ONE_LOOK, margin=1.5) for far in (80.0, score))
    for name in ("failed runs", "location", "spread", "failure rate", "held-out log-loss"):
        assert part_of(one, name) == part_of(other, name)
    assert one.collapsed == other.collapsed == len(places)


def test_shared_seeds_anchor_nothing_where_a_run_has_collapsed():
    ours = [replace(row, test=row.test - 0.1, losses=f"x{row.seed}") for row in BASELINE]
    assert judge(ours, BASELINE, ONE_LOOK, margin=1.5).pairing == "anchored"
    assert judge(at(ours, {2: 40.0}), BASELINE, ONE_LOOK, margin=1.5).pairing == "moderated"
    assert judge(ours, at(BASELINE, {2: 40.0}), ONE_LOOK, margin=1.5).pairing == "moderated"


def test_too_few_sound_runs_leave_location_undecided():
    verdict = judge(at(candidate(runs=12), dict.fromkeys(range(10), 40.0)), BASELINE, ONE_LOOK, margin=1.5)
    assert part_of(verdict, "location").says is Says.UNDECIDED
    three = judge(at(candidate(runs=12), dict.fromkeys(range(9), 40.0)), BASELINE, ONE_LOOK, margin=1.5)
    assert part_of(three, "location").says is Says.WITHHOLDS


def test_scores_in_another_unit_collapse_in_that_unit():
    rows = synthetic_rows(90.0, range(20))
    fractions = moved(rows, scale=0.01)
    # a point is far there, so nothing in [0, 1] has collapsed
    assert look_of(moved(candidate(), scale=0.01), fractions).collapsed == (0, 0)
