"""Scores of a small unit, as of losses: every sentence of a verdict has as many decimals as the margin asks for."""

import re
from dataclasses import replace

from stablebert.gate import Policy, Status, judge
from tests.gate.arms import BASELINE, candidate, failing, moved, part_of

LOOK = Policy(looks=(12,))
THEIRS = moved(BASELINE, 10.0, 0.001)


def small(mean=90.0, **options):
    return moved(candidate(mean, **options), 10.0, 0.001)


def test_a_loss_is_ruled_out_with_the_digits_of_the_margin():
    verdict = judge(small(), THEIRS, LOOK, margin=0.0015)
    assert (verdict.status, verdict.reason) == (Status.PASS, "a loss of 0.0015 points is ruled out")
    words = part_of(verdict, "spread").words
    assert re.fullmatch(r"standard deviation 0\.000\d, in the baseline 0\.0004", words), words


def test_a_loss_that_is_not_ruled_out_has_them_too():
    verdict = judge(small(89.3), THEIRS, replace(LOOK, location_alarm=1e-9), margin=0.0008)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.reason.startswith("a loss of 0.00080 points is not ruled out")


def test_a_fail_says_by_how_much():
    verdict = judge(small(88.0), THEIRS, LOOK, margin=0.001)
    assert verdict.status is Status.FAIL
    assert re.match(r"0\.00\d\d points worse, a loss of more than 0\.0005 is shown \(p = ", verdict.reason)


def test_a_shown_loss_that_the_policy_lets_not_pass_says_it():
    verdict = judge(small(89.5), THEIRS, replace(LOOK, shown="fail", shown_alpha=0.2), margin=0.0015)
    assert verdict.status is Status.FAIL
    assert re.match(r"0\.000\d points worse \(p = ", verdict.reason)


def test_the_mean_of_all_runs_says_its_wide_margin():
    verdict = judge(small(**failing(2)), THEIRS, LOOK, margin=0.0015)
    lost = part_of(verdict, "all runs").words
    assert re.match(r"with lost runs a loss of \d+\.\d{4} points is(?: not)? ruled out", lost)
