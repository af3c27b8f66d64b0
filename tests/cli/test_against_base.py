"""`stablebert gate --base REF`, its trees and its runs in place of real ones."""

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest

from stablebert.cli import against_base, main
from stablebert.workers.base_and_head import TreeError
from tests.synthetic import synthetic_rows

CELL = "trec_debiased_3ep_minilm_fp32"
WORDS = ["gate", CELL, "--base", "main", "--optimizer", "mypackage.optim:MyAdam", "--store", "s"]


@pytest.fixture
def sides(tmp_path, monkeypatch):
    """A function that says what head loses; its runs are made without any process."""
    monkeypatch.chdir(tmp_path)
    given = {"loss": 0.0, "error": None}

    @contextmanager
    def checked_out(repository, commit):
        yield tmp_path / "base"

    def run_pairs(base, head, specs, report):
        assert base.store.resolve() == tmp_path / "base" / ("c" * 12)
        for spec in specs:
            if given["error"]:
                raise TreeError(given["error"])
            (before,) = synthetic_rows(90.0, range(spec.seed, spec.seed + 1))
            after = replace(before, test=before.test - given["loss"] + 0.01 * spec.seed, losses=f"head {spec.seed}")
            report(spec.seed, before, after)
            yield before, after

    monkeypatch.setattr(against_base, "repository_of", lambda folder: tmp_path)
    monkeypatch.setattr(against_base, "commit_of", lambda repository, ref: "c" * 40)
    monkeypatch.setattr(against_base, "is_changed", lambda repository: True)
    monkeypatch.setattr(against_base, "checked_out", checked_out)
    monkeypatch.setattr(against_base, "run_pairs", run_pairs)
    (tmp_path / "mypackage.py").touch()
    return given


@pytest.mark.parametrize(("loss", "status", "code", "pairs"), [(0.0, "PASS", 0, 5), (5.0, "FAIL", 1, 10)])
def test_it_exits_by_its_verdict_and_says_what_is_compared(sides, capsys, loss, status, code, pairs):
    sides["loss"] = loss
    assert main([*WORDS, "--margin", "1"]) == code
    printed = capsys.readouterr().out
    assert "base: main (cccccccccccc); head: " in printed
    assert "with changes that are not committed" in printed
    assert printed.count("  base ") == pairs
    assert status in printed


def test_a_tree_that_cannot_run_is_invalid_with_its_reason(sides, capsys):
    sides["error"] = "base: seed 0 was not made: no module named nowhere"
    assert main([*WORDS, "--margin", "1"]) == 4
    assert "no module named nowhere" in capsys.readouterr().out


def test_data_go_out_alone(sides, capsys):
    assert main([*WORDS, "--margin", "1", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)[0]["pairing"] == "paired"
    assert "base: main" in printed.err


def test_too_few_seeds_and_a_margin_below_0(sides, capsys):
    assert main([*WORDS, "--margin", "1", "--seeds", "4"]) == 4
    assert "4 of the 5 pairs" in capsys.readouterr().out
    assert main([*WORDS, "--margin", "-1"]) == 2
