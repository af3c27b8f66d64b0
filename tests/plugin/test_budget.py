"""A session with a budget stops at the boundary of a look."""

import json

import pytest

from stablebert.project.values import seconds_of
from tests.plugin.fake_bench import CONFTEST, FRESH

pytest_plugins = ["pytester"]

# each run takes a minute of a clock that only runs move
CLOCK = """

import stablebert.plugin.controller as controller

_minutes = [0]
_timeless = train
controller.now = lambda: 60.0 * _minutes[0]


def train(spec):
    _minutes[0] += 1
    return _timeless(spec)
"""
ONE_CELL = (FRESH, "-k", "trec_debiased", "--stablebert-margin=0.75")


@pytest.fixture
def timed(bench, monkeypatch):
    monkeypatch.setattr(
        "tests.plugin.fake_bench.CONFTEST", CONFTEST.replace("\n\ndef obtain", f"{CLOCK}\n\ndef obtain")
    )
    return lambda *arguments: bench(*ONE_CELL, *arguments, loss={"trec_debiased": 0.55})


def verdict_of(pytester):
    return json.loads((pytester.path / ".stablebert" / "runs" / "verdicts.json").read_text())["verdicts"][0]


@pytest.mark.parametrize(("budget", "trained"), [("3m", 6), ("361s", 9), ("0.15h", 9)])
def test_a_look_that_was_begun_is_brought_to_its_end_and_none_is_begun_after(timed, pytester, budget, trained):
    result = timed(f"--stablebert-budget={budget}", "-rs")
    assert len(result.trained) == trained
    verdict = verdict_of(pytester)
    assert (verdict["status"], verdict["runs"]) == ("INCONCLUSIVE", trained)
    assert f"the budget is spent: {20 - trained} seeds are missing" in verdict["reason"]
    result.stdout.fnmatch_lines(["session: INCONCLUSIVE", "SKIPPED*the budget is spent*"])


def test_without_a_budget_it_goes_on(timed, pytester):
    assert len(timed().trained) > 10
    assert "budget" not in verdict_of(pytester)["reason"]


def test_what_is_stored_costs_nothing(timed, pytester):
    timed()
    reached = verdict_of(pytester)
    again = timed("--stablebert-budget=1s")
    assert again.trained == []
    assert verdict_of(pytester) == reached


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_a_budget_spent_before_anything_is_inconclusive(bench, processes):
    result = bench(*ONE_CELL, "--stablebert-budget=0.001s", *processes)
    result.stdout.fnmatch_lines(["*the budget is spent before the first look: 20 seeds are missing*"])
    assert (result.trained, result.ret) == ([], 1)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("20m", 1200), ("1.5h", 5400)])
def test_units(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["20", "m", "-1s", "0m", "20 m", "1d", "nans"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="20m"):
        seconds_of(text)


def test_a_wrong_budget_is_a_usage_error(bench):
    result = bench(*ONE_CELL, "--stablebert-budget=soon")
    assert "--stablebert-budget 'soon' must be" in result.stderr.str()
    assert result.ret == 4
