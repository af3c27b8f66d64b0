"""What a user sees of accept, release, bridge and gate, over a folder of synthetic runs."""

import importlib
import re
from dataclasses import replace

import pytest

from stablebert.cli import main
from stablebert.records import Keys, RunStore
from stablebert.runs import Recipe, digest_of, format_id, parse_id, record_key
from tests.synthetic import synthetic_record, wobble
from tests.test_documents import page

CELL = "trec_debiased_3ep_minilm_fp32"
HALF = CELL.replace("fp32", "bf16")
FOLDERS = ["--store", "s", "--baselines", "b"]
FRESH = ["--seed-block", "100", "--seeds", "6"]
# no failed run among so many bounds their rate for a PASS
ENOUGH = ["--seed-block", "100", "--seeds", "12"]


def _keys(spec):
    meaning, code = digest_of(format_id(replace(spec, precision="fp32"))), digest_of("code")
    return Keys(record_key(meaning, code, "cpu", spec.precision), meaning, "cell", code, "data", "weights")


@pytest.fixture(autouse=True)
def make(monkeypatch, tmp_path):
    """Return what stores runs of a cell; keys need no task, and the tree is clean."""
    for place in ("baselines.acceptance", "baselines.bridging", "project.judging", "records.obtain"):
        monkeypatch.setattr(importlib.import_module(f"stablebert.{place}"), "run_keys", _keys)
    monkeypatch.setattr("stablebert.baselines.commit.uncommitted_changes", lambda home: "")
    monkeypatch.chdir(tmp_path)

    def store(cell, mean, seeds, **given):
        spec = replace(parse_id(f"{cell}_s000"), **given)
        for seed in seeds:
            run = spec.with_seed(seed)
            RunStore("s").publish(_keys(run).record, synthetic_record(run, mean + wobble(seed)))

    return store


@pytest.fixture
def accepted(make, capsys):
    """Both optimizers accepted, so that the margin is 1.5 sd, 0.66 points, and released."""
    for cell, mean in ((CELL, 90.0), (CELL.replace("debiased", "bertadam"), 80.0)):
        make(cell, mean, range(20))
        assert main(["accept", cell, "--why", "first", *FOLDERS]) == 0
    assert main(["release", "1.0", "--why", "first", "--baselines", "b"]) == 0
    capsys.readouterr()


@pytest.fixture
def changed(accepted, monkeypatch):
    """What was accepted was so by other code."""
    monkeypatch.setattr(
        importlib.import_module("stablebert.baselines.acceptance"),
        "run_keys",
        lambda spec: replace(_keys(spec), code=digest_of("changed")),
    )


def test_accept_shows_before_and_after(make, changed, capsys, tmp_path):
    make(CELL, 89.8, range(20, 40))
    words = ["accept", CELL, "--seed-block", "20", *FOLDERS]
    ledger = (tmp_path / "b" / "LEDGER.md").read_text()
    assert main([*words, "--dry-run"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown] == [*(CELL, "runs", "before", "after", "margin:", "change:", "written:")]
    assert shown[-1] == "written: nothing"
    assert (tmp_path / "b" / "LEDGER.md").read_text() == ledger
    assert main([*words, "--why", "again"]) == 0
    again = capsys.readouterr().out.splitlines()
    assert again[:-1] == shown[:-1]
    assert again[-1] == f"written: {tmp_path / 'b' / 'minilm' / 'trec' / 'debiased_3ep.csv'}"
    assert (tmp_path / "b" / "LEDGER.md").read_text().endswith("again\n")


def test_a_loss_beyond_the_budget_is_shown_and_refused(make, changed, capsys):
    make(CELL, 88.0, range(20, 40))
    words = ["accept", CELL, "--seed-block", "20", *FOLDERS]
    assert main([*words, "--dry-run"]) == 0
    assert "written: nothing, and it would be refused: " in capsys.readouterr().out
    assert main([*words, "--why", "again"]) == 2
    printed = capsys.readouterr()
    assert "change: a loss: -1.9" in printed.out
    assert "of 0.33 points would be lost since release 1.0; more than half a margin needs a waiver" in printed.err


@pytest.mark.parametrize("words", [["--why", " "], []])
def test_accept_needs_a_reason(make, accepted, capsys, words):
    try:
        status = main(["accept", CELL, *words, *FOLDERS])
    except SystemExit as left:
        status = left.code
    assert status == 2
    assert "--why" in capsys.readouterr().err


def test_margins_are_made_anew_and_can_be_looked_at_first(accepted, capsys, tmp_path):
    path, ledger = tmp_path / "b" / "margins.csv", tmp_path / "b" / "LEDGER.md"
    right, said = path.read_text(), ledger.read_text()
    path.write_text("rubbish")
    assert main(["accept", "--margins", "--dry-run", "--baselines", "b"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown[1:]] == ["trec_bertadam_3ep", "trec_debiased_3ep", "written:"]
    assert (path.read_text(), ledger.read_text()) == ("rubbish", said)
    assert main(["accept", "--margins", "--why", "it was damaged", "--baselines", "b"]) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == shown[:-1]
    assert path.read_text() == right
    assert ledger.read_text().endswith("`margins`: 2 made anew, 0 of them none. it was damaged\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [([], "name the cells to accept"), (["--margins", CELL], "it takes no cells")],
)
def test_accept_takes_cells_or_all_margins(accepted, capsys, words, message):
    assert main(["accept", *words, "--dry-run", *FOLDERS]) == 2
    assert message in capsys.readouterr().err


def test_an_edited_margin_makes_its_cell_invalid(make, accepted, capsys, tmp_path):
    make(CELL, 90.0, range(100, 106))
    path = tmp_path / "b" / "margins.csv"
    path.write_text(path.read_text().replace("0.6575", "50.0"))
    assert main(["gate", CELL, *FRESH, *FOLDERS]) == 4
    assert "margin 50.0 where they give 0.6575" in capsys.readouterr().out


def test_a_release_can_be_looked_at_first(accepted, capsys, tmp_path):
    before = (tmp_path / "b" / "releases.csv").read_text()
    assert main(["release", "1.1", "--dry-run", "--baselines", "b"]) == 0
    assert "+0.00 of 0.33 (1.0)" in capsys.readouterr().out
    assert (tmp_path / "b" / "releases.csv").read_text() == before
    assert main(["release", "1.0", "--why", "again", "--baselines", "b"]) == 2
    assert "frozen already" in capsys.readouterr().err


def test_gate_prints_the_budget_and_lets_a_waived_fail_pass(make, accepted, capsys, tmp_path):
    make(CELL, 84.0, range(100, 106))
    assert main(["gate", CELL, *FRESH, *FOLDERS]) == 1
    assert "+0.00 of 0.33" in capsys.readouterr().out
    waiver = tmp_path / "b" / "waivers" / "one.toml"
    waiver.parent.mkdir()
    waiver.write_text(f'cell = "{CELL}"\nreason = "known"\nwho = "Ada"\nuntil = 2999-12-31\n')
    assert main(["gate", CELL, *FRESH, *FOLDERS]) == 0
    out = capsys.readouterr().out
    assert " FAIL " in out
    assert f"waived: {CELL}: FAIL is let pass until 2999-12-31 by Ada: known (one.toml)" in out
    # a missing seed is INVALID, and a waiver never hides that
    assert main(["gate", CELL, "--seed-block", "103", "--seeds", "6", *FOLDERS]) == 4
    assert main(["gate", CELL, "--json", *FRESH, *FOLDERS]) == 0
    printed = capsys.readouterr()
    assert "waived" in printed.err
    waiver.write_text(waiver.read_text().replace("2999", "2020"))
    assert main(["gate", CELL, *FRESH, *FOLDERS]) == 2
    assert "one.toml has expired" in capsys.readouterr().err


def test_a_bridge_from_plan_to_verdict(make, accepted, capsys):
    make(HALF, 90.0, range(100, 112))
    assert main(["gate", HALF, *ENOUGH, *FOLDERS]) == 4
    assert "no bridge of these rows joins them (`stablebert bridge` makes one)" in capsys.readouterr().out
    for cell in (CELL, HALF):
        make(cell, 90.0, range(200, 210))
    assert main(["bridge", HALF, "--plan", *FOLDERS]) == 0
    planned = capsys.readouterr().out.splitlines()
    assert planned[0] == "cpu-fp32 and cpu-bf16 on minilm, trec: planned, 20 seeds from 210, limit 0.33"
    assert planned[2:] == [
        f"  stablebert run {CELL} --seed-block 210 --seeds 20",
        f"  stablebert run {HALF} --seed-block 210 --seeds 20",
        f'  stablebert bridge {HALF} --why "..."',
    ]
    for cell in (CELL, HALF):
        make(cell, 90.0, range(210, 230))
    assert main(["bridge", HALF, "--why", "bf16 halves the time", *FOLDERS]) == 0
    assert "passed" in capsys.readouterr().out
    assert main(["gate", HALF, *ENOUGH, *FOLDERS]) == 0
    assert "bridge: cpu-fp32 and cpu-bf16 on minilm, trec: passed" in capsys.readouterr().out


def test_a_bridge_that_fails_says_so(make, accepted, capsys):
    for cell, mean in ((CELL, 90.0), (HALF, 88.9)):
        make(cell, mean, range(200, 230))
    assert main(["bridge", HALF, "--plan", *FOLDERS]) == 2
    assert "were run in both classes already" in capsys.readouterr().err
    assert main(["bridge", HALF, "--plan", "--seeds", "30", *FOLDERS]) == 0
    for cell, mean in ((CELL, 90.0), (HALF, 88.9)):
        make(cell, mean, range(230, 250))
    assert main(["bridge", HALF, "--why", "bf16", *FOLDERS]) == 1
    assert "failed" in capsys.readouterr().out


def test_an_optimizer_of_ones_own_is_held_to_its_last_release_as_a_method(make, capsys, tmp_path, monkeypatch):
    import torch

    (code,) = re.findall(r"```python\n(from dataclasses.*?)```", page("docs/own.md"), re.DOTALL)
    (tmp_path / "ownpackage.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.stablebert.methods]\nmine = "ownpackage:Mine"\n')
    mine = CELL.replace("debiased", "mine")
    source = {"method_sources": '{"mine":"ownpackage:Mine"}'}
    make(mine, 90.0, range(20), **source)
    assert main(["accept", mine, "--why", "release 1.2", *FOLDERS]) == 0
    make(mine, 90.0, range(100, 112), **source)
    assert main(["gate", mine, *ENOUGH, *FOLDERS]) == 0
    # the control: a release that is worse
    make(mine, 88.0, range(200, 212), **source)
    assert main(["gate", mine, "--seed-block", "200", "--seeds", "12", *FOLDERS]) == 1
    assert "trec_mine_3ep_minilm_fp32  FAIL" in capsys.readouterr().out
    built = importlib.import_module("ownpackage").Mine().build_optimizer([torch.nn.Parameter(torch.ones(1))], Recipe())
    assert isinstance(built, torch.optim.AdamW)
