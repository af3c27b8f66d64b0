"""The rule as data: its range, its digest, its shares of the error, a fixed number of seeds, futility."""

import re
from dataclasses import fields, replace

import pytest

from stablebert.gate import Comparison, Policy, Status, judge, judge_pairs, pool
from stablebert.stats import nominal_level
from tests.gate.arms import BASELINE, candidate, part_of


def test_the_defaults_are_those_of_the_specification():
    policy = Policy()
    assert (policy.alpha, policy.looks, policy.pairing, policy.least_runs) == (0.05, (6, 9, 12, 20), "auto", 3)
    assert (policy.location_alarm, policy.failure_alarm, policy.spread_alarm) == (0.005, 0.007, 0.002)
    assert (policy.endpoint_alpha, policy.endpoint_alarm, policy.endpoint_far) == (0.01, 0.001, 3.0)
    assert (policy.shown_alpha, policy.shown, policy.endpoint) == (0.01, "pass", "log_loss")
    assert (policy.failure_room, policy.session_failure_room) == (0.4, 0.25)
    assert (policy.wide_margin, policy.pooled_margin, policy.cells) == (3.0, 1.0, 1)
    assert (policy.alarm_margin, policy.anytime, policy.futility) == (0.5, False, ())


def test_every_field_moves_the_digest():
    other = {
        "shown": "fail",
        "looks": (6, 12),
        "anytime": True,
        "futility": (0.5,),
        "cells": 2,
        "pairing": "paired",
        "endpoint": "none",
        "least_runs": 4,
        "wide_margin": 4.0,
        "endpoint_far": 4.0,
    }
    digests = {Policy().digest} | {
        replace(Policy(), **{field.name: other.get(field.name, 0.123)}).digest for field in fields(Policy)
    }
    assert len(digests) == len(fields(Policy)) + 1
    assert all(len(digest) == 12 for digest in digests)


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
        paired = [judge_pairs(pairs[:n], pairing, margin=margin) for n in (3, 6) for margin in (1.0, 1.1)]
        assert {verdict.policy for verdict in paired} == {pairing.digest}


@pytest.mark.parametrize("cells", [1, 2, 12])
def test_the_alarms_of_all_cells_and_of_their_pool_add_up(cells):
    policy = Policy(cells=cells)
    tests = cells + (cells > 1)
    assert policy.location_share * tests == pytest.approx(0.005)
    # half is for the pooled test, of one cell as of many
    assert policy.failure_share * cells + 0.0035 == pytest.approx(0.007)
    assert policy.spread_share * cells + 0.001 == pytest.approx(0.002)
    assert policy.endpoint_share * cells == pytest.approx(0.001)


def test_a_level_is_of_the_looks_and_of_what_they_share():
    policy = Policy()
    assert policy.moments == (6, 9, 12, 20)
    assert policy.level(0.05, 20) == nominal_level(0.05, (6, 9, 12, 20), 20)
    assert policy.level(0.05, None) == policy.level(0.05, 0) == nominal_level(0.05)
    every = Policy(anytime=True, looks=(5, 8))
    assert every.moments == (5, 6, 7, 8)
    assert every.level(0.05, 20) == nominal_level(0.05, (5, 6, 7, 8), 20)


def test_one_look_is_a_fixed_number_of_seeds():
    verdict = judge(candidate(), BASELINE, Policy(looks=(13,)), margin=1.5)
    assert (verdict.status, verdict.runs) == (Status.PASS, 13)
    assert part_of(verdict, "location").level == 0.05


def test_a_cell_that_is_hardly_better_than_the_margin_stops_as_futile():
    policy = Policy(futility=(0.7, 0.5, 0.3), location_alarm=1e-6)
    verdict = judge(candidate(89.0), BASELINE, policy, margin=0.3)
    assert (verdict.status, verdict.runs, verdict.is_open) == (Status.INCONCLUSIVE, 6, False)
    assert verdict.reason == (
        f"a loss of 0.30 points is not ruled out; stopped as futile: p = {verdict.p_value:.2g}, above 0.7"
    )
    # the controls: without the rule it goes on, and a cell that passes never stops so, nor one without margin
    assert judge(candidate(89.0), BASELINE, replace(policy, futility=()), margin=0.3).runs == 20
    assert judge(candidate(), BASELINE, policy, margin=1.5).status is Status.PASS
    bare = judge(candidate(89.0), BASELINE, policy, margin=None)
    assert (bare.futile, bare.runs) == (False, 20)


def test_each_look_has_its_own_futility_and_the_last_has_none():
    policy = Policy(futility=(0.9, 0.5), location_alarm=1e-6)
    p = [
        judge(candidate(89.38), BASELINE, Policy(looks=(n,), location_alarm=1e-6), margin=0.55).p_value for n in (6, 9)
    ]
    assert p[0] < 0.9
    found = judge(candidate(89.38), BASELINE, replace(policy, futility=(0.9, 0.99 * p[1])), margin=0.55)
    assert (found.runs, found.futile) == (9, True)
    # a p-value on the bound goes on
    assert judge(candidate(89.38), BASELINE, replace(policy, futility=(p[0], p[1])), margin=0.55).runs > 9


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"alpha": 0.0}, "in [1e-06, 0.5)"),
        ({"alpha": 1e-300}, "in [1e-06, 0.5)"),
        ({"alpha": 0.5}, "in [1e-06, 0.5)"),
        ({"alpha": 1.0}, "in [1e-06, 0.5)"),
        ({"endpoint_alpha": 1e-300}, "in [1e-06, 1)"),
        ({"shown_alpha": 9e-7}, "in [1e-06, 1)"),
        ({"location_alarm": 0.0}, "in (0, 1)"),
        ({"failure_alarm": 1.0}, "in (0, 1)"),
        ({"spread_alarm": 1.0}, "in (0, 1)"),
        ({"endpoint_alarm": 0.0}, "in (0, 1)"),
        ({"endpoint_far": 0.0}, "> 0"),
        ({"endpoint_far": float("inf")}, "> 0"),
        ({"endpoint_far": float("nan")}, "> 0"),
        ({"shown": "maybe"}, "one of pass, fail"),
        ({"shown_alpha": 1.0}, "in [1e-06, 1)"),
        ({"endpoint_alpha": 1.5}, "in [1e-06, 1)"),
        ({"cells": 0}, ">= 1"),
        ({"pairing": "none"}, "one of auto, welch, moderated, paired, anchored"),
        ({"looks": (2, 5)}, "at least 3 seeds each"),
        ({"futility": (0.5,) * 4}, "fewer than the looks"),
        ({"futility": (0.5, 0.0)}, "p-values in (0, 1)"),
        ({"futility": (1.0,)}, "p-values in (0, 1)"),
        ({"endpoint": "accuracy"}, "one of log_loss, training_loss, none"),
        ({"failure_room": 0.0}, "in (0, 1]"),
        ({"session_failure_room": 1.01}, "in (0, 1]"),
        ({"wide_margin": 0.99}, ">= 1"),
        ({"wide_margin": float("inf")}, ">= 1"),
        ({"alarm_margin": -0.1}, "in [0, 1)"),
        ({"alarm_margin": 1.0}, "in [0, 1)"),
        ({"alarm_margin": float("nan")}, "in [0, 1)"),
        ({"pooled_margin": 0.0}, "> 0"),
        ({"pooled_margin": float("inf")}, "> 0"),
        ({"least_runs": 2}, ">= 3"),
    ],
)
def test_a_policy_outside_its_range_is_refused_by_name(change, wanted):
    (name, value), *_ = change.items()
    with pytest.raises(ValueError, match=re.escape(f"policy: {name} is {value!r}; it must be {wanted}") + "$"):
        Policy(**change)


@pytest.mark.parametrize("looks", [(), (12, 6), (6, 6)])
def test_looks_that_do_not_ascend_are_refused(looks):
    with pytest.raises(ValueError, match="ascend"):
        Policy(looks=looks)


@pytest.mark.parametrize(
    "change",
    [
        {"alpha": 1e-6},
        {"failure_room": 1.0},
        {"wide_margin": 1.0},
        {"looks": (3, 4), "futility": (0.5,)},
        {"endpoint_far": 1e-9},
        {"least_runs": 3},
        {"location_alarm": 1e-9},
        {"alarm_margin": 0.0},
    ],
)
def test_the_ends_of_the_range_are_taken(change):
    policy = Policy(**change)
    assert judge(candidate(), BASELINE, policy, margin=1.5).status in (Status.PASS, Status.INCONCLUSIVE)
