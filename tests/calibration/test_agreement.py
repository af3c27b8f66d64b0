"""The rule in numpy against `stablebert.gate`: the same verdicts on stores and sessions that no training made."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from stablebert.gate import Comparison, Policy, judge, judge_pairs, pool, session_status
from tests.calibration import arms
from tests.calibration import rule as vectorised
from tests.calibration.arms import Arm
from tests.calibration.pooled import judge_session
from tests.calibration.rule import Rule
from tests.calibration.stores import rows_of, session, store

STORES, SESSIONS, PAIRS = 200, 80, 30
STATUSES = {vectorised.PASS: "PASS", vectorised.FAIL: "FAIL", vectorised.INCONCLUSIVE: "INCONCLUSIVE"}
AWAY = 100


@cache
def verdict_of(number):
    """Return what the project says of a store."""
    given = store(number)
    rows = rows_of(given.candidate, 0 if given.shared else AWAY), rows_of(given.baseline, 0)
    return judge(*rows, Policy(**given.policy), margin=given.margin, alone=given.alone)


def found_of(number, **changes):
    """Return what the rule in numpy says of it."""
    given = store(number)
    rule = replace(Rule(**given.policy), **changes)
    return vectorised.judge(given.candidate, given.baseline, given.margin, rule, shared=given.shared, alone=given.alone)


def words(theirs, ours):
    """Return what both say of one cell, each as a tuple."""
    said = (str(theirs.status), theirs.runs, "" if theirs.status == "PASS" else theirs.decided_by)
    found = (STATUSES[int(ours.status[0])], int(ours.runs[0]), str(ours.part[0]))
    return said, found


def numbers(theirs, ours):
    """Return the lower bounds and the p-values of shown losses of both, NaN where there is none."""
    said = [np.nan if value is None else value for value in (theirs.lower_bound, theirs.loss_shown)]
    return said, [float(ours.lower[0]), float(ours.shown[0])]


def differences(stores, **changes):
    """Return in words where the two say different things."""
    lines = []
    for number in stores:
        theirs, ours = verdict_of(number), found_of(number, **changes)
        said, found = words(theirs, ours)
        values = numbers(theirs, ours)
        if said != found or not np.allclose(*values, rtol=1e-9, atol=1e-9, equal_nan=True):
            lines.append(f"store {number}: gate {said} {values[0]}, numpy {found} {values[1]}")
    return lines


def test_both_say_the_same_of_200_stores():
    assert differences(range(STORES)) == []


def test_the_stores_reach_every_status_and_part():
    found = [found_of(number) for number in range(STORES)]
    reached = {(STATUSES[int(one.status[0])], str(one.part[0])) for one in found}
    parts = ("failed runs", "location", "spread", "held-out log-loss")
    withheld = ("location", "failure rate", "all runs", "held-out log-loss")
    assert reached >= {("PASS", ""), *(("FAIL", part) for part in parts)}
    assert reached >= {("INCONCLUSIVE", part) for part in withheld}
    assert any(one.status[0] == vectorised.PASS and one.shown[0] > 0 for one in found)


@pytest.mark.parametrize(
    "change",
    [
        {"ratio": np.inf},
        {"alpha": 0.06},
        {"correlation": -1.0},
        {"spread_alarm": 0.02},
        {"guards": ("failure rate", "held-out log-loss")},
        {"corrected": False},
        {"room": 0.5, "session_room": 0.35},
        {"endpoint_far": 0.5},
        {"shown_alpha": 0.05},
        {"failure_alarm": 0.03},
        {"location_alarm": 0.05},
        {"beyond": 0.0},
        {"alarm_margin": 0.0},
    ],
    ids=str,
)
def test_another_rule_would_be_seen(change):
    assert differences(range(STORES), **change) != []


@pytest.mark.parametrize("changed", [{"MOST_ABOVE": 1000}, {"MOST_ABOVE": 5}, {"FAR": 1e6}], ids=str)
def test_other_far_runs_left_out_of_a_baseline_would_be_seen(changed, monkeypatch):
    for name, value in changed.items():
        monkeypatch.setattr(arms, name, value)
    assert differences(range(STORES)) != []


def both_of(number):
    """Return what gate and numpy say of a session: each cell, the pooled test and the session."""
    cells, fields = session(number)
    policy, alone = Policy(**fields), len(cells) == 1
    sides = [(rows_of(cell.candidate, AWAY), rows_of(cell.baseline, 0)) for cell in cells]
    verdicts = [judge(*rows, policy, margin=cell.margin, alone=alone) for rows, cell in zip(sides, cells, strict=True)]
    pooled = pool(
        [
            Comparison(*rows, cell.margin, None if verdict.is_open else verdict.runs)
            for rows, cell, verdict in zip(sides, cells, verdicts, strict=True)
        ],
        policy,
    )
    theirs = [str(session_status(verdicts, pooled)), (str(pooled.status), pooled.decided_by)]
    found = judge_session(cells, Rule(**fields))
    part = str(found.part[0])
    ours = [STATUSES[int(found.status[0])], (STATUSES[int(found.pooled[0])], part)]
    if pooled.status == "PASS":
        theirs[1] = ("PASS", "")
    of_cells = zip(*(words(*pair) for pair in zip(verdicts, found.cells, strict=True)), strict=True)
    return [[*side, *of_cell] for side, of_cell in zip((theirs, ours), of_cells, strict=True)]


def test_both_say_the_same_of_80_sessions():
    said = {number: both_of(number) for number in range(SESSIONS)}
    assert {number: both for number, both in said.items() if both[0] != both[1]} == {}
    statuses, pooled = ({both[1][place] for both in said.values()} for place in (0, 1))
    assert statuses == {"PASS", "FAIL", "INCONCLUSIVE"}
    assert pooled >= {
        ("PASS", ""),
        ("FAIL", "failed runs"),
        ("FAIL", "location"),
        ("FAIL", "spread"),
        ("INCONCLUSIVE", "location"),
        ("INCONCLUSIVE", "failure rate"),
    }


def test_both_judge_pairs_alike():
    found = set()
    for number in range(PAIRS):
        given = store(number)
        base = given.baseline.first(given.candidate.width)
        fields = {**given.policy, "pairing": ("paired", "moderated")[number % 2]}
        pairs = zip(rows_of(base, 0), rows_of(given.candidate, 0), strict=True)
        theirs = judge_pairs(pairs, Policy(**fields), margin=given.margin, alone=given.alone)
        rule = Rule(**fields, grows=True)
        ours = vectorised.judge(given.candidate, base, given.margin, rule, shared=True, alone=given.alone)
        assert words(theirs, ours)[0] == words(theirs, ours)[1], number
        np.testing.assert_allclose(*numbers(theirs, ours), rtol=1e-9, atol=1e-9)
        found.add(str(theirs.status))
    assert found == {"PASS", "FAIL", "INCONCLUSIVE"}


def test_a_margin_at_which_a_bound_lies_decides_alike():
    arms = [Arm(80 + np.arange(float(n))[None], np.zeros((1, n), dtype=bool), np.zeros((1, n))) for n in (20, 50)]
    lower = float(vectorised.judge(*arms, 30.0, Rule()).lower[0])
    for margin in (-lower * (1 - 1e-9), -lower * (1 + 1e-9)):
        theirs = judge(rows_of(arms[0], AWAY), rows_of(arms[1], 0), Policy(), margin=margin)
        assert words(theirs, vectorised.judge(*arms, margin, Rule()))[0][0] == str(theirs.status)
