import json
import re

import pytest

from stablebert.cli import main
from stablebert.gate import Status
from stablebert.report import SessionReport, write_verdicts
from tests.report.verdicts import CELL, PASSED, POOLED


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A root directory whose last session has left two verdicts."""
    monkeypatch.delenv("STABLEBERT_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    write_verdicts(tmp_path / ".stablebert" / "runs", SessionReport(Status.PASS, [PASSED, POOLED]))
    return tmp_path


def test_a_cell_of_the_last_session_is_explained(capsys):
    assert main(["explain", CELL]) == 0
    out = capsys.readouterr().out
    assert out.startswith("verdicts in ")
    assert ".stablebert/runs/verdicts.json\n" in out
    assert f"\n{CELL}: PASS\n" in out
    assert "pooled: " not in out


def test_without_a_name_the_whole_session_is(capsys):
    assert main(["explain"]) == 0
    out = capsys.readouterr().out
    assert f"\n{CELL}: PASS\n" in out
    assert "\npooled: INCONCLUSIVE\n" in out


@pytest.mark.parametrize("given", [["--store", "other"], ["--report", "other"]])
def test_another_folder_can_be_named(folder, given, capsys):
    write_verdicts(folder / "other", SessionReport(Status.PASS, [POOLED]))
    assert main(["explain", "pooled", *given]) == 0
    assert capsys.readouterr().out.startswith(f"verdicts in {folder}/other/verdicts.json\n")


def test_a_file_is_read_as_it_is(folder, capsys):
    (folder / "gate.json").write_text(json.dumps([PASSED.to_dict()]))
    assert main(["explain", "gate.json"]) == 0
    assert f"\n{CELL}: PASS\n" in capsys.readouterr().out


def test_a_cell_that_was_not_judged_says_which_were_and_where(capsys):
    assert main(["explain", "rte_debiased_3ep_minilm_fp32"]) == 2
    error = capsys.readouterr().err
    assert f"there are: {CELL}, pooled" in error
    assert ".stablebert/runs/verdicts.json" in error


@pytest.mark.parametrize("words", [["none.json"], [CELL, "--store", "none"]])
def test_where_there_are_no_verdicts_it_says_where_it_looked(words, capsys):
    assert main(["explain", *words]) == 2
    assert re.search(r"no verdicts in (/.+/)?none", capsys.readouterr().err)


FINDING = {"optimizer": "a.b:C", "law": "some-law", "status": "broken", "detail": "it grows"}


@pytest.mark.parametrize(
    ("report", "lines"),
    [
        (
            SessionReport(Status.FAIL, (), [FINDING]),
            ["session: FAIL", "contract FAIL: a.b:C: 1 broken", "broken law some-law: it grows"],
        ),
        (SessionReport(None, (), (), ["NO VERDICT: no gate was judged"]), ["session: NO VERDICT"]),
        (SessionReport(Status.FAIL, [PASSED], [FINDING]), ["session: FAIL", f"{CELL}: PASS"]),
    ],
)
def test_a_session_without_a_judged_gate_is_explained_and_none_before_it(folder, capsys, report, lines):
    write_verdicts(folder / ".stablebert" / "runs", report)
    assert main(["explain"]) == 0
    out = capsys.readouterr().out
    assert [line for line in lines if f"{line}\n" in out] == lines
    assert ("pooled" in out, f"{CELL}: PASS" in out) == (False, bool(report.verdicts))
    # what is asked for by its name must be there
    assert main(["explain", "pooled"]) == 2
