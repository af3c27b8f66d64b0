"""Pairs in, and no more of them than a verdict needs."""

import re
from dataclasses import replace

import pytest
from scipy import stats

from stablebert.gate import Policy, Status, judge_pairs
from stablebert.stats import nominal_level
from tests.gate.arms import part_of
from tests.synthetic import synthetic_rows, wobble

POLICY = Policy(pairing="paired")


def pairs(loss, *, runs=20, failed=(), noise=0.0):
    """Yield pairs and note them: head is base minus a loss, each with a wobble of its own beside that of the seed."""
    base = synthetic_rows(90.0, range(runs))
    for row in base:
        seed = int(row.seed[1:])
        made.append(seed)
        before = replace(row, test=row.test + wobble(seed + 900, noise))
        after = row.test - loss + wobble(seed + 500, noise)
        yield before, replace(row, test=after, failed=seed in failed, losses=f"head {seed}")


made = []


@pytest.fixture(autouse=True)
def nothing_made():
    made.clear()


@pytest.mark.parametrize(
    ("loss", "noise", "status", "runs", "alone"),
    [
        (0.0, 0.2, Status.PASS, 12, True),
        (0.0, 0.2, Status.PASS, 6, False),
        (2.5, 0.2, Status.FAIL, 6, True),
        (1.7, 1.0, Status.INCONCLUSIVE, 20, True),
    ],
)
def test_the_first_look_that_decides_ends_the_making(loss, noise, status, runs, alone):
    verdict = judge_pairs(pairs(loss, noise=noise), POLICY, margin=1.0, cell="cell", alone=alone)
    assert (verdict.status, verdict.runs, verdict.baseline_runs) == (status, runs, runs)
    assert (verdict.pairing, verdict.cell, verdict.margin) == ("paired", "cell", 1.0)
    assert len(made) == runs


def test_an_alarm_can_ring_at_the_first_look_of_six_pairs():
    # all pairs 22 points lower: every run has collapsed
    far = judge_pairs(pairs(22.0, noise=0.2), POLICY, margin=1.0)
    assert (far.status, far.runs, far.decided_by, far.collapsed) == (Status.FAIL, 6, "failed runs", 6)
    failed = judge_pairs(pairs(0.0, failed=range(20)), POLICY, margin=1.0)
    assert (failed.status, failed.runs, failed.decided_by) == (Status.FAIL, 6, "failed runs")
    part = part_of(failed, "failed runs")
    assert part.p == pytest.approx(stats.boschloo_exact([[6, 0], [0, 6]], alternative="greater").pvalue)
    # no run collapsed, and the rank sum of six against six is as small as it can be
    lower = judge_pairs(pairs(2.5, noise=0.2), POLICY, margin=1.0)
    assert (lower.status, lower.runs, lower.decided_by, lower.failed) == (Status.FAIL, 6, "location", 0)
    assert part_of(lower, "location").p == pytest.approx(1 / 924)


@pytest.mark.parametrize("cells", [4, 12, 48])
def test_among_many_cells_an_alarm_can_ring_at_the_first_look_too(cells):
    policy = replace(POLICY, cells=cells)
    # the ranks and the counts of six pairs can say no more than this, though a cell's own share is smaller
    lower = judge_pairs(pairs(2.5, noise=0.2), policy, margin=1.0, alone=False)
    assert (lower.status, lower.runs, lower.decided_by, lower.failed) == (Status.FAIL, 6, "location", 0)
    assert nominal_level(policy.location_share) < 1 / 924
    failed = judge_pairs(pairs(0.0, failed=range(20)), policy, margin=1.0, alone=False)
    assert (failed.status, failed.runs, failed.decided_by) == (Status.FAIL, 6, "failed runs")
    # the controls: one run of the six is sound, one lies among the base's, or t alone has not its level
    but_one = judge_pairs(pairs(0.0, failed=range(5), runs=6), policy, margin=1.0, alone=False)
    assert but_one.status is Status.INCONCLUSIVE
    base, head = (list(rows) for rows in zip(*pairs(2.5, noise=0.2, runs=6), strict=True))
    head[2] = replace(head[2], test=base[2].test)
    assert judge_pairs(zip(base, head, strict=True), policy, margin=1.0, alone=False).status is Status.INCONCLUSIVE
    shy = replace(policy, location_alarm=1e-9)
    assert judge_pairs(pairs(2.5, noise=0.2, runs=6), shy, margin=1.0, alone=False).status is Status.INCONCLUSIVE


def test_looks_at_pairs_share_nothing_but_their_runs():
    # a baseline that stands still would leave more to each look
    for loss, name, alpha in ((0.0, "location", 0.05), (2.5, "location", 0.005), (0.0, "failed runs", 0.0035)):
        verdict = judge_pairs(pairs(loss, noise=0.2), POLICY, margin=1.0)
        assert part_of(verdict, name).level == pytest.approx(nominal_level(alpha))
    apart = judge_pairs(pairs(0.0, noise=0.2), Policy(pairing="moderated"), margin=1.5)
    assert (apart.pairing, part_of(apart, "location").level) == ("moderated", nominal_level(0.05))
    assert part_of(apart, "spread").level == pytest.approx(nominal_level(0.001))


def test_what_is_decided_promises_no_pairs():
    reasons = [judge_pairs(pairs(loss, noise=0.2), POLICY, margin=1.0).reason for loss in (0.0, 2.5)]
    assert reasons[0] == "a loss of 1.00 points is ruled out"
    assert re.fullmatch(r"2\.\d\d points worse, a loss of more than 0\.50 is shown \(p = 0\.0011\)", reasons[1])
    assert judge_pairs(pairs(0.0, noise=0.2), POLICY, margin=1.0).cell == ""


def test_pairs_see_what_two_samples_cannot():
    """The seeds scatter by half a point, head and base of one seed by a twentieth."""
    paired = judge_pairs(pairs(0.0, noise=0.05), POLICY, margin=0.15)
    apart = judge_pairs(pairs(0.0, noise=0.05), Policy(pairing="welch"), margin=0.15)
    assert (paired.status, paired.runs) == (Status.PASS, 12)
    assert apart.status is Status.INCONCLUSIVE


def test_equal_runs_are_identical():
    rows = synthetic_rows(90.0, range(20))
    assert judge_pairs(zip(rows, rows, strict=True), POLICY, margin=1.0).reason == "identical, 6 seeds"


def test_every_moment_is_a_look_where_the_policy_looks_at_any_time():
    verdict = judge_pairs(pairs(0.0, noise=0.2), replace(POLICY, anytime=True), margin=1.0)
    assert (verdict.status, verdict.runs) == (Status.PASS, 11)
    assert part_of(verdict, "location").level == nominal_level(0.05, range(6, 21))


def test_without_a_margin_pairs_never_pass():
    verdict = judge_pairs(pairs(0.0, noise=0.1), POLICY)
    assert (verdict.status, verdict.reason) == (Status.INCONCLUSIVE, "no margin says how large a loss matters")


def test_a_loss_that_is_shown_is_said_of_pairs_too():
    verdict = judge_pairs(pairs(1.2, noise=0.05), POLICY, margin=2.0)
    assert (verdict.status, verdict.runs) == (Status.PASS, 12)
    assert verdict.word.startswith("PASS, loss shown: -1.1")
    strict = judge_pairs(pairs(1.2, noise=0.05), replace(POLICY, shown="fail"), margin=2.0)
    assert strict.status is Status.FAIL


def test_too_few_pairs_and_a_seed_that_is_ignored_are_invalid():
    few = judge_pairs(pairs(0.0, runs=5), POLICY, margin=1.0)
    assert (few.status, few.reason) == (Status.INVALID, "5 of the 6 pairs of the first look are there")
    rows = [replace(row, losses="same") for row in synthetic_rows(90.0, range(20))]
    for sides in ((rows, synthetic_rows(90.0, range(20))), (synthetic_rows(90.0, range(20)), rows)):
        verdict = judge_pairs(zip(*sides, strict=True), POLICY, margin=1.0)
        side = "base" if sides[0] is rows else "candidate"
        assert (verdict.status, verdict.baseline_runs) == (Status.INVALID, 6)
        assert verdict.reason == f"the {side}'s seeds s000 and s001 have the same losses: the seed is ignored"
