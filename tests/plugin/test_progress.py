"""A session that trains says how far it is, on its terminal and nowhere else."""

import re

import pytest

from tests.plugin.fake_bench import CONFTEST, FRESH

pytest_plugins = ["pytester"]

SLOW = """
import time

import stablebert.report.ticker as ticker
from stablebert.records.under_way import noted

ticker.LOOK, ticker.LINE = 0.02, 0.0
_at_once = obtain


def obtain(spec, store):
    with noted(format_id(spec), store.folder, run_keys(spec).record):
        print("CAPTURED")
        time.sleep(0.5)
        return _at_once(spec, store)


bench_session.obtain = obtain
"""
WORDS = (FRESH, "--stablebert-seeds=6", "-k", "trec_debiased", "--stablebert-inconclusive=pass")


@pytest.fixture
def slow(bench, monkeypatch):
    """As `bench`, with runs that take a while, and a look at them that does not."""
    monkeypatch.setattr("tests.plugin.fake_bench.CONFTEST", CONFTEST + SLOW)
    return bench


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_runs_under_way_are_said_and_captured_by_nothing(slow, pytester, processes):
    result = slow(*WORDS, "--junitxml=junit.xml", "-o", "junit_logging=all", *processes)
    assert result.ret == 0
    assert "stablebert: 0 of 6 runs done; trec_debiased_3ep_minilm_fp32_s10" in result.stdout.str()
    # how long, before the runs: a terminal cuts a long line
    assert re.search(r"runs done; at most \d+ s left; trec_\S+ begins", result.stdout.str())
    written = (pytester.path / "junit.xml").read_text()
    # the control: what a run prints is there
    assert "CAPTURED" in written
    assert "runs done" not in written
    assert not list((pytester.path / ".stablebert" / "runs" / "under-way").iterdir())


@pytest.mark.parametrize("words", [(*WORDS, "-q"), (*WORDS, "--collect-only")])
def test_a_quiet_session_says_nothing(slow, words):
    result = slow(*words)
    assert result.ret == 0
    assert "runs done" not in result.stdout.str()
