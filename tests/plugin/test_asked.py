"""A session that is asked for a verdict ends with one, or as a usage error: never in silence."""

import json
import shutil
from types import SimpleNamespace

import pytest

from stablebert.plugin.asked import judging_options, unanswered
from stablebert.plugin.selection import Selection
from stablebert.project.options import settings_of
from tests.plugin.fake_bench import FRESH
from tests.plugin.test_boundaries import said, without_crash

pytest_plugins = ["pytester"]

OPTIMIZER = "--stablebert-optimizer=torch.optim:AdamW"
LAWS = {"test_law[candidate_some-law]": "some-law"}
TYPO = Selection(laws=LAWS, declared=5, notes=("x: not gated",))


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["bench", "-k", "trec"], ()),
        (["--stablebert-all", "--stablebert-seeds=6", "--stablebert-store", "here"], ()),
        ([OPTIMIZER, OPTIMIZER], ("--stablebert-optimizer",)),
        (["--stablebert-accept", "--stablebert-why", "x"], ("--stablebert-accept", "--stablebert-why")),
        (["--stablebert-optimizers=x", "stablebert-model"], ()),
    ],
)
def test_which_options_ask_for_a_verdict(words, asked):
    assert judging_options(words) == asked


def session_of(words):
    option = SimpleNamespace(keyword="trek" if "-k" in words else "", markexpr="")
    return SimpleNamespace(invocation_params=SimpleNamespace(args=words), option=option)


@pytest.mark.parametrize(
    ("words", "optimizer", "selection", "reason"),
    [
        (["-k", "trek", OPTIMIZER], "a:B", TYPO, "-k trek selects no gate of 5 cells; x: not gated"),
        ([OPTIMIZER], "a:B", Selection(declared=5), "what is named selects no gate of 5 cells"),
        ([OPTIMIZER], "a:B", Selection(), "no gate was found"),
        (["--stablebert-model=m"], None, Selection(), "--stablebert-model: nothing would be judged"),
        # an optimizer of the ini file is judged wherever a bench is
        ([], "a:B", TYPO, "--stablebert-optimizer: nothing"),
        ([], "a:B", Selection(), None),
        ([], None, Selection(declared=5), None),
        # the contract alone was named
        ([OPTIMIZER], "a:B", Selection(laws=LAWS), None),
        (["--stablebert-model=m"], None, Selection(laws=LAWS), "no gate was found"),
        ([OPTIMIZER], "a:B", Selection(gates={"test_gate[x]": "x"}, laws=LAWS, declared=5), None),
    ],
)
def test_what_would_not_be_judged_is_said(words, optimizer, selection, reason):
    found = unanswered(session_of(words), settings_of({"optimizer": optimizer}), selection)
    assert found is None if reason is None else reason in found


@pytest.mark.parametrize(("runs", "refused"), [((), True), (("test_run[x]",), False)])
def test_runs_that_are_to_be_measured_are_made(runs, refused):
    settings = settings_of({"optimizer": "a:B", "all": True})
    selection = Selection(laws=LAWS, declared=5, runs=runs)
    assert (unanswered(session_of([OPTIMIZER]), settings, selection) is not None) == refused


@pytest.mark.parametrize(("processes", "continuous"), [([], "true"), (["-n", "2"], "")])
def test_a_typo_in_the_selection_is_a_usage_error(bench, monkeypatch, processes, continuous):
    monkeypatch.setenv("CI", continuous)
    result = bench("-k", "trek", OPTIMIZER, *processes)
    assert "nothing would be judged: -k trek selects no gate of 6 cells" in said(result)
    assert without_crash(result)
    assert (result.ret, result.trained) == (4, [])


def test_a_folder_named_bench_of_other_tests_is_a_usage_error(pytester):
    folder = pytester.mkdir("bench")
    (folder / "test_speed.py").write_text("def test_speed(): pass")
    result = pytester.runpytest_subprocess("bench", "--stablebert-optimizer=no_such.package:Adam")
    assert "no gate was found where it was looked for; without a path the installed bench is taken" in said(result)
    assert result.ret == 4
    # the control: nobody asks
    assert pytester.runpytest_subprocess("bench").ret == 0


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_without_a_path_the_installed_bench_is_taken(pytester, request, processes):
    # a checkout has no installed baselines, and the bench needs the paper's recipes
    shutil.copytree(request.config.rootpath / "baselines" / "paper", pytester.path / "baselines" / "paper")
    pytester.makeini("[pytest]\ntestpaths = tests\n")
    (pytester.mkdir("tests") / "test_own.py").write_text("def test_own(): raise SystemExit(3)")
    (pytester.mkdir("mypackage") / "optim.py").write_text("from torch.optim import AdamW as Mine")
    words = ("--stablebert-optimizer=mypackage.optim:Mine", "-k", "trec_debiased_3ep", "--stablebert-all")
    result = pytester.runpytest_subprocess(*words, "--collect-only", "-q", *processes)
    assert result.ret == 0, said(result)
    assert "test_own" not in said(result)
    if not processes:
        result.stdout.fnmatch_lines(["*test_law[[]candidate_*", "*test_gate[[]trec_debiased_3ep_minilm_fp32]"])


def test_measured_cells_are_no_verdict_on_what_was_asked(bench, pytester):
    words = (FRESH, "-k", "sms_bertadam", "--stablebert-all", "--stablebert-seeds=6")
    result = bench(*words, "--stablebert-margin=1")
    result.stdout.fnmatch_lines(["NO VERDICT*"])
    assert result.ret == 1
    # what `explain` reads is of this session, not of one before
    left = json.loads((pytester.path / ".stablebert" / "runs" / "verdicts.json").read_text())
    assert (left["session"], left["verdicts"]) == ("NO VERDICT", [])
    assert "measured, not gated: 6 seeds" in left["notes"][0]
    # the control: nobody asks
    assert bench(*words).ret == 0
