"""The second endpoint: it withholds where it is higher, FAILs where it has moved far, and no value escapes it."""

import json
import math
from dataclasses import replace
from statistics import fmean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from stablebert.gate import Policy, Says, Status, judge
from stablebert.stats import nominal_level
from tests.gate.arms import BASELINE, candidate, failing, part_of, with_endpoint

LOOK = Policy(looks=(12,))
THEIRS = with_endpoint(BASELINE, 0.30)
ENDPOINT = "held-out log-loss"


def judged(values, policy=LOOK, theirs=THEIRS):
    """Return the verdict on runs whose log-losses are such."""
    rows = [replace(row, log_loss=value) for row, value in zip(candidate(), values, strict=False)]
    return judge(rows, theirs, policy, margin=1.5)


def losses(mean, runs=12):
    return [row.log_loss for row in with_endpoint(candidate(runs=runs), mean)]


@pytest.mark.parametrize(("name", "said"), [("log_loss", ENDPOINT), ("training_loss", "training loss")])
def test_a_higher_second_endpoint_withholds_a_pass_and_one_that_is_far_higher_fails(name, said):
    theirs, policy = with_endpoint(BASELINE, 0.30, name), replace(LOOK, endpoint=name)
    found = [judge(with_endpoint(candidate(), mean, name), theirs, policy, margin=1.5) for mean in (0.3, 0.32, 0.36)]
    assert [verdict.status for verdict in found] == [Status.PASS, Status.INCONCLUSIVE, Status.FAIL]
    assert [part_of(verdict, said).says for verdict in found] == [Says.ALLOWS, Says.WITHHOLDS, Says.ALARMS]
    assert found[0].decided_by == "location"
    sides = [[getattr(row, name) for row in rows] for rows in (with_endpoint(candidate(runs=12), 0.36, name), theirs)]
    exact = mannwhitneyu(*sides, alternative="greater", method="exact").pvalue
    assert part_of(found[2], said).p == pytest.approx(exact)
    assert found[1].decided_by == found[2].decided_by == said
    moved = "higher by 2.5 of its standard deviations (p = 6.9e-06)"
    assert found[1].reason == f"{said} 0.321, in the baseline 0.299: {moved}"
    assert part_of(found[0], said).words == f"{said} 0.301, in the baseline 0.299"
    # a policy without endpoint does not ask
    verdict = judge(with_endpoint(candidate(), 0.36, name), theirs, replace(LOOK, endpoint="none"), margin=1.5)
    assert (verdict.status, part_of(verdict, said)) == (Status.PASS, None)


def test_it_is_the_rank_sum_and_the_shift_of_the_means_in_the_baselines_deviations():
    values, theirs = losses(0.312), [row.log_loss for row in THEIRS]
    part = part_of(judged(values), ENDPOINT)
    expected = mannwhitneyu(values, theirs, alternative="greater", method="exact").pvalue
    assert part.p == pytest.approx(expected)
    assert (part.estimate, part.bound, part.limit) == (pytest.approx(fmean(values)), None, pytest.approx(fmean(theirs)))
    shift = (fmean(values) - fmean(theirs)) / stdev(theirs)
    assert f"higher by {shift:.1f} of its standard deviations" in part.words
    assert part.level == 0.01


def test_far_is_more_than_three_deviations_and_the_alarm_has_a_level_of_its_own():
    theirs = [row.log_loss for row in THEIRS]
    for factor, status in ((2.999, Status.INCONCLUSIVE), (3.001, Status.FAIL)):
        mean = fmean(theirs) + factor * stdev(theirs)
        values = [value - fmean(losses(0.3)) + mean for value in losses(0.3)]
        assert judged(values).status is status
        assert part_of(judged(values), ENDPOINT).level == (0.01 if status is Status.INCONCLUSIVE else 0.001)
    strict = replace(LOOK, endpoint_alarm=1e-12)
    assert judged(losses(0.36), strict).status is Status.INCONCLUSIVE
    assert judged(losses(0.36), replace(LOOK, endpoint_far=10.0)).status is Status.INCONCLUSIVE


def test_the_cells_share_the_alarm_and_not_the_withholding():
    for mean, alpha in ((0.32, 0.01), (0.36, 0.001 / 6)):
        part = part_of(judged(losses(mean), Policy(cells=6)), ENDPOINT)
        assert part.level == pytest.approx(nominal_level(alpha, baseline_runs=20))


def test_a_lower_endpoint_says_nothing():
    part = part_of(judged(losses(0.2)), ENDPOINT)
    assert (part.says, part.p) == (Says.ALLOWS, 1.0)


@pytest.mark.parametrize("worst", [math.nan, math.inf, -math.inf])
def test_one_value_that_is_not_finite_is_the_worst_there_is_and_never_switches_the_guard_off(worst):
    for place in (0, 5, 11):
        values = losses(0.32)
        values[place] = worst
        verdict, highest = judged(values), [*values]
        highest[place] = 1e9
        assert verdict.decided_by == ENDPOINT
        assert part_of(verdict, ENDPOINT).p == part_of(judged(highest), ENDPOINT).p
        assert part_of(verdict, ENDPOINT).estimate is None
        # nobody knows how far it has moved: far enough
        assert verdict.status is Status.FAIL
        assert verdict.reason.startswith("held-out log-loss not finite, in the baseline 0.299: higher (p = ")
        json.dumps(verdict.to_dict(), allow_nan=False)
    # where all are so the verdict is clear, and a single one among runs as good as the baseline's is no alarm
    assert judged([worst] * 12).status is Status.FAIL
    assert judged([worst, *losses(0.3)[1:]]).status is Status.PASS


@pytest.mark.parametrize("worst", [math.nan, math.inf, -math.inf])
def test_a_baseline_with_such_values_still_guards(worst):
    theirs = [replace(row, log_loss=worst) if place < 3 else row for place, row in enumerate(THEIRS)]
    far = judged(losses(0.5), theirs=theirs)
    part = part_of(far, ENDPOINT)
    assert (far.status, part.limit) == (Status.FAIL, None)
    assert "in the baseline not finite: higher by " in part.words
    finite = [row.log_loss for row in theirs[3:]]
    moved = (fmean(losses(0.5)) - fmean(finite)) / stdev(finite)
    assert f"higher by {moved:.1f} of its" in part.words
    assert judged(losses(0.3), theirs=theirs).status is Status.PASS
    # two finite values scatter, and from a single one any move is far
    policy = replace(LOOK, endpoint_alpha=0.95, endpoint_alarm=0.94)
    for finite in (2, 1):
        few = [replace(row, log_loss=worst) if place >= finite else row for place, row in enumerate(THEIRS[:3])]
        part = part_of(judged(losses(0.5), policy, few), ENDPOINT)
        assert (" by " in part.words, part.says) == (finite == 2, Says.ALARMS)
    # a baseline of nothing else has no worse
    nothing = [replace(row, log_loss=worst) for row in THEIRS]
    assert judged(losses(0.3), theirs=nothing).status is Status.PASS
    assert judged([worst] * 12, theirs=nothing).status is Status.PASS


def test_any_move_is_far_from_a_baseline_that_does_not_vary():
    still = [replace(row, log_loss=0.3) for row in BASELINE]
    verdict = judged([0.3001] * 12, theirs=still)
    assert (verdict.status, verdict.decided_by) == (Status.FAIL, ENDPOINT)
    assert "0.300, in the baseline 0.300: higher (p = " in verdict.reason
    assert judged([0.3] * 12, theirs=still).status is Status.PASS


def test_lost_runs_have_no_endpoint_and_two_sound_ones_are_too_few():
    values = [9.0, 9.0, 9.0, *losses(0.3)[3:]]
    rows = [replace(row, log_loss=value) for row, value in zip(candidate(**failing(0, 1, 2)), values, strict=False)]
    part = part_of(judge(rows, THEIRS, LOOK, margin=1.5), ENDPOINT)
    assert part.estimate == pytest.approx(fmean(values[3:]))
    for sound in (2, 3):
        ours = [replace(row, failed=place >= sound) for place, row in enumerate(candidate(runs=12))]
        theirs = [replace(row, failed=place >= sound) for place, row in enumerate(THEIRS)]
        for sides in ((ours, THEIRS), (candidate(runs=12), theirs)):
            assert (part_of(judge(*sides, LOOK, margin=1.5), ENDPOINT) is not None) == (sound == 3)


values = st.floats(-1e150, 1e150) | st.sampled_from([math.nan, math.inf, -math.inf])


@settings(max_examples=25)
@given(st.lists(values, min_size=12, max_size=12), st.lists(values, min_size=20, max_size=20))
def test_no_values_break_it_and_the_verdict_is_json(ours, theirs):
    verdict = judged(ours, theirs=[replace(row, log_loss=value) for row, value in zip(BASELINE, theirs, strict=True)])
    assert part_of(verdict, ENDPOINT) is not None
    assert (verdict.status is Status.PASS) == (part_of(verdict, ENDPOINT).says is Says.ALLOWS)
    json.dumps(verdict.to_dict(), allow_nan=False)
