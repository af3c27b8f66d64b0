"""The gate says of planted changes what they cost, and the page says what the gate said."""

from dataclasses import replace
from statistics import stdev

import pytest

from stablebert.gate import Status, Verdict
from tests.defects import sensitivity_page
from tests.defects.arms import ARMS, AWAITED, CONTROL, judged_arms
from tests.defects.kept_rows import baseline_of
from tests.defects.planted_runs import MOST_SEEDS, TASKS
from tests.defects.sensitivity import Outcome, outcome_of, outcomes
from tests.defects.sensitivity_page import page, table


@pytest.fixture(scope="module")
def found():
    # rows that are missing or stale are an error here, and its message is the command that makes them
    return outcomes()


def test_the_gate_says_what_each_change_costs(found):
    assert [outcome.problem for outcome in found if outcome.problem] == []
    assert {(outcome.arm, outcome.task) for outcome in found} == {
        (arm, task) for arm in judged_arms() for task in TASKS
    }


def test_the_page_is_what_the_rows_make(found):
    text = sensitivity_page.PAGE.read_text(encoding="utf-8")
    assert text == page(found)
    assert all(f"`{arm}`" in text for arm in ARMS)
    # the control: another verdict is noticed
    other = replace(found[0], verdict=replace(found[0].verdict, status=Status.FAIL))
    assert page([other, *found[1:]]) != text


def test_every_arm_that_has_no_rows_is_named(found):
    text = page(found)
    assert ("Planned and not trained" in text) == bool(AWAITED)


def outcome(arm="no-decay", *, loss=0.0, status=Status.PASS, runs=6, p=0.5, shift=0.0, failed=0):
    """Return an outcome against a baseline of sd 0.5."""
    verdict = Verdict(
        "cell", status, "why", runs=runs, baseline_sd=0.5, baseline_mean=90.0, p_inferior=p, failed=failed
    )
    return Outcome(arm, "trec", verdict, loss, shift)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (outcome(CONTROL), ""),
        (outcome(CONTROL, status=Status.INCONCLUSIVE, runs=MOST_SEEDS), "the control does not PASS"),
        (outcome(loss=0.74), ""),
        (outcome(loss=0.76), "a loss of 1.5 sd or more PASSes"),
        (outcome(loss=0.76, status=Status.FAIL), ""),
        (outcome(loss=0.76, status=Status.INCONCLUSIVE, runs=MOST_SEEDS), ""),
        (outcome(loss=0.76, status=Status.INCONCLUSIVE, runs=9), "not decided, and seeds are left"),
        (outcome(loss=1.51, status=Status.INCONCLUSIVE, runs=MOST_SEEDS), "a loss of 3 sd or more does not FAIL"),
        (outcome(loss=1.51, status=Status.FAIL, runs=MOST_SEEDS), ""),
        (outcome(loss=None, p=None), "a loss of 3 sd or more does not FAIL"),
        (outcome(loss=None, p=None, status=Status.FAIL), ""),
        (outcome(status=Status.INCONCLUSIVE, runs=MOST_SEEDS), "what costs nothing does not PASS"),
        (outcome(status=Status.FAIL, runs=MOST_SEEDS), "what costs nothing does not PASS"),
        (outcome(status=Status.FAIL, shift=4.0), ""),
        (outcome(status=Status.INCONCLUSIVE, p=0.01, runs=MOST_SEEDS), ""),
        (outcome(status=Status.INCONCLUSIVE, failed=1, runs=MOST_SEEDS), ""),
        (outcome(status=Status.INCONCLUSIVE), "not decided, and seeds are left"),
        (outcome(status=Status.INVALID, loss=0.3, p=None), "not decided, and seeds are left"),
    ],
)
def test_what_the_gate_owes_is_noticed(given, said):
    assert given.problem.startswith(said)
    assert bool(given.problem) == bool(said)


def test_the_baselines_own_runs_shifted_by_two_deviations_lose_two_deviations():
    rows = baseline_of("intensity").rows
    sd = stdev(row.test for row in rows)
    shifted = [replace(row, test=row.test - 2 * sd, seed=f"s9{row.seed[1:]}", losses=row.seed) for row in rows]
    lost = outcome_of("no-decay", "intensity", shifted)
    # of the seeds up to the look that decides
    assert 1 < lost.deviations < 3
    assert lost.shift == pytest.approx(0, abs=1.5)
    assert lost.verdict.status is not Status.PASS


def test_a_line_says_the_loss_that_a_pass_lets_through():
    told = outcome(loss=0.3)
    told = replace(told, verdict=replace(told.verdict, difference=-0.3, loss_shown=4e-5, decided_by="location"))
    line = table([told]).splitlines()[-1]
    expected = "| `trec` | `no-decay` | PASS, loss shown: -0.30, p = 4e-05 | 6 | +0.30 | +0.60 | 0.5 | +0.00 | 0 of 6 |"
    assert line == f"{expected} location |"
    assert table([outcome(loss=None, p=None)]).splitlines()[-1].count("| - |") >= 1
