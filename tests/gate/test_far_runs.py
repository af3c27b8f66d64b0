"""One run of a baseline far above the others, or one far log-loss of it: left out, and the others still judge."""

import math

import pytest

from stablebert.baselines.margins import deviation_of, sound_scores
from stablebert.gate import Policy, Status, judge
from stablebert.gate.lost_runs import sound_of
from stablebert.stats import highest_line
from tests.gate.arms import BASELINE, at, candidate, part_of, with_endpoint

MARGIN = 0.66


def with_far_run(by):
    """Return the baseline with one run so many points above where the others lie."""
    return at(BASELINE, {7: 90.0 + by})


@pytest.mark.parametrize("by", [4.0, 9.0, 40.0])
def test_one_run_far_above_moves_neither_margin_nor_verdict(by):
    rows = with_far_run(by)
    without = [row for row in rows if row is not rows[7]]
    assert [*sound_of(rows)] == [row.seed for row in without]
    assert deviation_of(sound_scores(rows)) == deviation_of([row.test for row in without])
    for mean, status in ((90.0, Status.PASS), (88.0, Status.FAIL)):
        found = judge(candidate(mean), rows, margin=MARGIN)
        same = judge(candidate(mean), without, margin=MARGIN)
        assert (found.status, found.difference, found.lower_bound) == (status, same.difference, same.lower_bound)
        # it is there, and is not lost
        assert (found.baseline_runs, found.baseline_failed) == (20, 0)
        assert (found.baseline_mean, found.baseline_sd) == (same.baseline_mean, same.baseline_sd)


def test_the_control_with_it_among_them_a_loss_of_five_deviations_is_not_seen(monkeypatch):
    monkeypatch.setattr("stablebert.gate.lost_runs.highest_line", lambda *_: math.inf)
    rows = with_far_run(40.0)
    assert judge(candidate(88.0), rows, margin=MARGIN).status is Status.INCONCLUSIVE
    # the margin that follows from such runs is as large as it may be, and the loss passes under others
    assert deviation_of(sound_scores(rows)) > 10 * deviation_of(sound_scores(BASELINE))


def test_a_run_within_eight_deviations_stays():
    top = highest_line([row.test for row in BASELINE])
    for score, there in ((top, True), (top + 1e-6, False)):
        rows = at(BASELINE, {7: score})
        assert (rows[7].seed in sound_of(rows)) == (score <= highest_line([row.test for row in rows])) == there


def test_more_than_a_tenth_of_the_runs_are_no_accident():
    for count, left_out in ((2, 2), (3, 0)):
        rows = at(BASELINE, dict.fromkeys(range(count), 96.0))
        assert len(sound_of(rows)) == 20 - left_out
    # one that lies on the line is none of them
    two_above = at(BASELINE, {0: 96.0, 1: 96.0, 7: 92.0})
    top = highest_line([row.test for row in two_above])
    on_the_line = at(two_above, {7: top})
    assert highest_line([row.test for row in on_the_line]) == top
    assert len(sound_of(on_the_line)) == 18
    # of fewer than ten none is left out, and of values that do not scatter none is far
    assert len(sound_of(with_far_run(40.0)[:9])) == 9
    assert highest_line([1.0] * 20, least=0.0) == math.inf == highest_line([1.0, 9.0])


def test_one_far_log_loss_of_the_baseline_does_not_hide_a_rise():
    ours = with_endpoint(candidate(), 0.38)
    for far in (0.3, 0.6, 100.0, 1e308, math.inf):
        theirs = with_endpoint(BASELINE, 0.3)
        theirs[4] = type(theirs[4])(**{**vars(theirs[4]), "log_loss": far})
        found = judge(ours, theirs, Policy(), margin=MARGIN)
        assert found.status is Status.FAIL, far
        assert part_of(found, "held-out log-loss").says == "alarms"


@pytest.mark.parametrize("value", [1e101, 1e308, -1e308])
def test_a_value_beyond_all_scores_is_named_and_ends_in_no_traceback(value):
    for side, pair in (
        ("candidate", (at(candidate(), {2: value}), BASELINE)),
        ("baseline", (candidate(), at(BASELINE, {2: value}))),
    ):
        found = judge(*pair, margin=MARGIN)
        assert (found.status, found.decided_by) == (Status.INVALID, "")
        assert f"the {side}'s score of seed" in found.reason
        assert found.reason.endswith("which is no score")
    # of the second endpoint it is the worst there is, whichever its sign
    worst = [type(row)(**{**vars(row), "log_loss": value}) for row in candidate()]
    found = judge(worst, with_endpoint(BASELINE, 0.3), margin=MARGIN)
    assert found.status is Status.FAIL
    assert "not finite" in found.reason
    # the control: the largest value that is one
    assert judge(at(candidate(), {2: 1e99}), BASELINE, margin=MARGIN).status is not Status.INVALID
