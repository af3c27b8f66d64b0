"""Claims as items: only where they are asked for, each with the words that cite it."""

import json
import shutil

import pytest

from stablebert.baselines import baseline_path, write_baseline
from stablebert.paper import CLAIMS
from stablebert.runs import Cell
from tests.gate.exact_rows import exact_rows

pytest_plugins = ["pytester"]
MODULE = """
import pytest


@pytest.mark.claims({sections})
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)


def test_of_others():
    pass
"""


@pytest.fixture
def claims(pytester, request, monkeypatch):
    """A root directory with a module of claims; call it with sections and pytest's arguments."""
    monkeypatch.delenv("STABLEBERT_STORE", raising=False)
    shutil.copytree(request.config.rootpath / "baselines" / "paper", pytester.path / "baselines" / "paper")
    monkeypatch.setattr("stablebert.project.project.INSTALLED", pytester.path / "none")

    def run(sections, *arguments):
        (pytester.path / "test_claims_here.py").write_text(MODULE.format(sections=sections))
        # in this process: no torch is needed to judge
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-rs", *arguments)

    return run


def accept(folder, method, mean):
    cell = Cell("trec", method)
    header = {"cell": cell.id, "cell_key": "cell", "environment_class": "cpu-fp32"}
    write_baseline(baseline_path(folder, cell), header, exact_rows(mean, 1.0))


def test_a_session_that_does_not_ask_for_claims_has_none(claims):
    result = claims("'5'")
    result.assert_outcomes(passed=1, deselected=sum(claim.section == "5" for claim in CLAIMS))
    assert result.ret == 0


def test_a_claim_passes_fails_or_is_missing_and_cites_its_line(claims, pytester):
    accept(pytester.path / "baselines", "debiased", 80.0)
    accept(pytester.path / "baselines", "reinit", 84.0)
    result = claims("'5'", "-m", "claims", "-k", "reinit-mean or pooler", "--junitxml=out.xml")
    result.assert_outcomes(passed=1, skipped=1, deselected=len([c for c in CLAIMS if c.section == "5"]) - 1)
    result.stdout.fnmatch_lines(
        ["*missing: pooler-alone: not run: no runs of reinit.blocks0_3ep; `stablebert run trec_reinit.blocks0_3ep_*`*"]
    )
    text = (pytester.path / "out.xml").read_text()
    assert "c055-reinit-mean" in text
    assert json.loads(text.partition('name="stablebert_claim" value="')[2].partition('"')[0].replace("&quot;", '"'))


def test_runs_that_contradict_a_claim_fail_its_item(claims, pytester):
    accept(pytester.path / "baselines", "debiased", 84.0)
    accept(pytester.path / "baselines", "reinit", 80.0)
    result = claims("'5'", "-m", "claims", "-k", "reinit-mean")
    result.assert_outcomes(failed=1, deselected=len([c for c in CLAIMS if c.section == "5"]))
    result.stdout.fnmatch_lines(["FAIL: reinit-mean: *the opposite is shown*Table 1: c055 (5, p6): Re-init raises*"])


@pytest.mark.parametrize("sections", ["", "'Section 4'"])
def test_a_module_without_sections_is_refused(claims, sections):
    result = claims(sections, "-m", "claims")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*pytest.mark.claims names the sections of its claims, each one of 4, 5,*"])
