"""Looking after every run: the same rule at the level that Pocock's bound has for so many looks."""

from dataclasses import replace

import numpy as np
import pytest

from stablebert.gate import Policy, Status, judge
from stablebert.stats import nominal_level, noninferiority
from tests.gate.arms import BASELINE, at, candidate, failing, part_of

ANYTIME = Policy(anytime=True)
EVERY = tuple(range(6, 21))


def test_it_looks_at_every_number_of_runs_from_the_first_look_to_the_last():
    assert ANYTIME.moments == EVERY
    # 10 runs without a lost one bound the rate by 26 %, 11 by 24 %
    verdict = judge(candidate(), BASELINE, ANYTIME, margin=1.5)
    assert (verdict.status, verdict.runs) == (Status.PASS, 11)
    assert judge(candidate(), BASELINE, ANYTIME, margin=1.5, alone=False).runs == 6
    short = judge(candidate(runs=5), BASELINE, ANYTIME, margin=1.5)
    assert (short.status, short.reason) == (Status.INVALID, "5 of the 6 seeds of the first look are there")
    seven = judge(candidate(89.4, runs=7), BASELINE, ANYTIME, margin=0.4)
    assert (seven.status, seven.runs) == (Status.INCONCLUSIVE, 7)


@pytest.mark.parametrize("cells", [1, 4])
def test_every_part_has_the_level_of_all_these_moments(cells):
    verdict = judge(candidate(), BASELINE, replace(ANYTIME, cells=cells), margin=1.5)
    for name, alpha in (
        ("location", 0.05),
        ("failed runs", 0.0035 / cells),
        ("spread", 0.001 / cells),
        ("held-out log-loss", 0.01),
    ):
        assert part_of(verdict, name).level == pytest.approx(nominal_level(alpha, EVERY, 20))
    sides = [[row.test for row in side] for side in (candidate(runs=11), BASELINE)]
    level = nominal_level(0.05, EVERY, 20)
    expected = noninferiority(*sides, margin=1.5, alpha=level, pairing="moderated")
    assert verdict.lower_bound == expected.lower_bound


def test_a_clear_loss_and_failed_runs_alarm_at_the_first_moment():
    lower = judge(candidate(88.0), BASELINE, ANYTIME, margin=1.0)
    assert (lower.status, lower.decided_by, lower.runs) == (Status.FAIL, "location", 6)
    failed = judge(candidate(**failing(*range(20))), BASELINE, ANYTIME, margin=1.0)
    assert (failed.status, failed.decided_by, failed.runs) == (Status.FAIL, "failed runs", 6)


def test_it_decides_no_later_than_the_look_after_where_the_looks_alone_would():
    for mean in (88.2, 89.0, 90.0, 91.0):
        one, other = (judge(candidate(mean), BASELINE, policy, margin=1.2) for policy in (Policy(), ANYTIME))
        if Status.INCONCLUSIVE not in (one.status, other.status):
            assert other.status is one.status
            assert other.runs <= 20


def test_at_the_margin_it_passes_as_rarely_as_promised():
    generator = np.random.default_rng(11)
    policy, passed = replace(ANYTIME, looks=(6, 12), endpoint="none"), 0
    for _ in range(250):
        ours, theirs = (
            at(rows, dict(enumerate(mean + generator.normal(size=len(rows)))))
            for rows, mean in ((candidate(runs=12), 88.5), (BASELINE, 90.0))
        )
        passed += judge(ours, theirs, policy, margin=1.5, alone=False).status is Status.PASS
    assert passed / 250 < 0.085


def test_a_gap_ends_it_and_the_last_look_ends_all():
    rows = [row for row in candidate(89.4) if row.seed != "s109"]
    verdict = judge(rows, BASELINE, ANYTIME, margin=0.5)
    assert (verdict.status, verdict.runs) == (Status.INVALID, 9)
    last = judge(candidate(89.4, runs=25), BASELINE, replace(ANYTIME, location_alarm=1e-6), margin=0.4)
    assert (last.status, last.runs) == (Status.INCONCLUSIVE, 20)


def test_futility_is_asked_at_the_looks_it_was_given_for():
    policy = replace(ANYTIME, futility=(0.999999, 0.5, 0.5), location_alarm=1e-6)
    verdict = judge(candidate(89.0), BASELINE, policy, margin=0.3)
    assert (verdict.runs, verdict.futile) == (9, True)
