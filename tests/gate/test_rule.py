"""The rule as data: its range, its digest, a fixed number of seeds, futility."""

from dataclasses import replace

import pytest

from stablebert.gate import Comparison, Policy, Status, judge, judge_pairs, pool
from tests.gate.arms import BASELINE, candidate


def test_every_verdict_bears_the_digest_of_its_policy_whatever_its_margin():
    one, other = Policy(cells=10), Policy(cells=15)
    assert one.digest != other.digest
    for policy in (one, other):
        pairs = [(row, replace(row, test=row.test - 0.1, losses=f"head {row.seed}")) for row in BASELINE]
        pairing = replace(policy, pairing="paired")
        found = [
            *(judge(candidate(), BASELINE, policy, margin=margin) for margin in (1.0, 1.1, None, -1.0)),
            judge(candidate(runs=3), BASELINE, policy, margin=1.0),
            judge(candidate(), [], policy, margin=1.0),
            pool([Comparison(candidate(), BASELINE, margin) for margin in (1.0, 1.1)], policy),
            pool([], policy),
        ]
        assert {verdict.status for verdict in found} == {Status.PASS, Status.INVALID, Status.INCONCLUSIVE}
        assert {verdict.policy for verdict in found} == {policy.digest}
        paired = [judge_pairs(pairs[:n], pairing, margin=margin) for n in (3, 5) for margin in (1.0, 1.1)]
        assert {verdict.policy for verdict in paired} == {pairing.digest}


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
