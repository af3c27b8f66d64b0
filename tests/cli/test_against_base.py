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


@pytest.mark.parametrize(
    ("loss", "status", "code", "pairs"), [(0.0, "PASS", 0, 12), (2.0, "FAIL", 1, 6), (22.6, "FAIL", 1, 6)]
)
def test_it_exits_by_its_verdict_and_says_what_is_compared(sides, capsys, loss, status, code, pairs):
    sides["loss"] = loss
    assert main([*WORDS, "--margin", "1"]) == code
    printed = capsys.readouterr().out
    assert "base: main (cccccccccccc); head: " in printed
    assert "with changes that are not committed" in printed
    assert printed.count("  base ") == pairs
    assert f"session: {status}" in printed


def test_several_cells_are_one_session_and_share_its_alarms_alone(sides, capsys, tmp_path):
    # nobody else's grid counts
    names = [f"{task}_{method}_3ep" for task in ("trec", "sms") for method in ("debiased", "reinit", "bertadam")]
    (tmp_path / "pyproject.toml").write_text(f"[tool.stablebert.grid]\nmini = {json.dumps(names)}\n")
    other = CELL.replace("debiased", "reinit")
    words = [*WORDS[:2], other, *WORDS[2:], "--margin", "1", "--json"]
    assert main(words) == 0
    printed = capsys.readouterr()
    assert [(one["cell"], one["runs"]) for one in json.loads(printed.out)] == [(CELL, 6), (other, 6), ("pooled", 6)]
    assert "session: PASS" in printed.err
    sides["loss"] = 22.6
    assert main([*WORDS, "--margin", "1", "--json"]) == 1
    (verdict,) = json.loads(capsys.readouterr().out)
    assert (verdict["status"], verdict["runs"]) == ("FAIL", 6)


def test_a_cell_of_which_nothing_says_how_large_a_loss_matters_is_not_trained(sides, capsys):
    assert main(WORDS) == 4
    printed = capsys.readouterr().out
    assert "it has no baseline, so nothing says how large a loss matters; --margin says it" in printed
    assert "  base " not in printed


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
    assert "4 of the 6 pairs" in capsys.readouterr().out
    assert main([*WORDS, "--margin", "-1"]) == 2
