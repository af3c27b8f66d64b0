"""Pairs in, and no more of them than a verdict needs."""

from dataclasses import replace

import pytest

from stablebert.gate import Policy, Status, judge_pairs
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
    ("loss", "noise", "status", "runs"),
    [
        (0.0, 0.2, Status.PASS, 5),
        (5.0, 0.2, Status.FAIL, 10),
        (1.3, 1.0, Status.INCONCLUSIVE, 20),
    ],
)
def test_the_first_look_that_decides_ends_the_making(loss, noise, status, runs):
    verdict = judge_pairs(pairs(loss, noise=noise), POLICY, margin=1.0, cell="cell")
    assert (verdict.status, verdict.runs, verdict.baseline_runs) == (status, runs, runs)
    assert verdict.pairing == "paired"
    assert len(made) == runs


def test_pairs_see_what_two_samples_cannot():
    """The seeds scatter by half a point, head and base of one seed by a twentieth."""
    paired = judge_pairs(pairs(0.0, noise=0.05), POLICY, margin=0.15)
    apart = judge_pairs(pairs(0.0, noise=0.05), Policy(pairing="welch"), margin=0.15)
    assert (paired.status, paired.runs) == (Status.PASS, 5)
    assert apart.status is Status.INCONCLUSIVE


def test_equal_runs_are_identical():
    rows = synthetic_rows(90.0, range(20))
    assert judge_pairs(zip(rows, rows, strict=True), POLICY, margin=1.0).reason == "identical, 5 seeds"


def test_failed_runs_of_head_fail():
    assert judge_pairs(pairs(0.0, failed=range(20)), POLICY, margin=1.0).status is Status.FAIL


def test_an_undecided_verdict_says_how_many_pairs_would_decide():
    verdict = judge_pairs(pairs(1.0, noise=3.0, runs=5), POLICY, margin=1.0)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.seeds_needed > 5
    assert f"about {verdict.seeds_needed} pairs would" in verdict.reason


def test_too_few_pairs_and_a_seed_that_is_ignored_are_invalid():
    assert "4 of the 5 pairs" in judge_pairs(pairs(0.0, runs=4), POLICY, margin=1.0).reason
    rows = [replace(row, losses="same") for row in synthetic_rows(90.0, range(20))]
    verdict = judge_pairs(zip(rows, synthetic_rows(90.0, range(20)), strict=True), POLICY, margin=1.0)
    assert verdict.status is Status.INVALID
    assert "the base's seeds s000 and s001 have the same losses" in verdict.reason
