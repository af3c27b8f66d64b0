"""Sessions that judge an optimizer: its contract comes first, whatever is selected, and a broken law fails them."""

import json

import pytest

from stablebert.report import read_report
from tests.plugin.fake_bench import CONFTEST, FRESH
from tests.plugin.test_boundaries import NO_FETCH, said, without_crash

pytest_plugins = ["pytester"]

# three laws, two settings each: what they find is tested in tests/contract
FEW_LAWS = """
from functools import partial

import stablebert.plugin.contract as contract_items
from stablebert.contract import Effort, checking

NAMES = ("zero-rate-moves-nothing", "epsilon-has-the-unit-of-gradients", "decay-alone-is-a-product")
contract_items.LAWS = tuple(law for law in contract_items.LAWS if law.name in NAMES)
checking.examine = partial(checking.examine, effort=Effort(examples=2))
"""
PLANTED = """
import os

import torch


class Waiving(torch.optim.SGD):
    stablebert_waives = dict([("decay-alone-is-a-product", "its decay is coupled")])


class Misspelt(torch.optim.SGD):
    stablebert_waives = dict([("decay-is-a-product", "its decay is coupled")])


class Grows(torch.optim.AdamW):
    def step(self, closure=None):
        loss = super().step(closure)
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.data.mul_(1 + 2 * group["lr"] * group["weight_decay"])
        return loss


class Dies(torch.optim.AdamW):
    steps = 0

    def step(self, closure=None):
        # not yet where the selection asks whether it can step at all
        Dies.steps += 1
        if Dies.steps > 8:
            os._exit(9)
        return super().step(closure)
"""
LAWS = ("zero-rate-moves-nothing", "epsilon-has-the-unit-of-gradients", "decay-alone-is-a-product")
ONE_CELL = (FRESH, "--stablebert-seeds=12", "-k", "trec_debiased")
WITH = "--stablebert-optimizer=planted:"


@pytest.fixture
def judge(bench, pytester, request, monkeypatch):
    """As `bench`, with the contract's module and planted optimizers."""
    monkeypatch.setattr("tests.plugin.fake_bench.CONFTEST", CONFTEST + FEW_LAWS)
    module = request.config.rootpath / "bench" / "test_optimizer_contract.py"
    (pytester.path / "bench" / module.name).write_text(module.read_text())
    pytester.makepyfile(planted=PLANTED)
    return bench


def collected(result):
    return [line.split("::")[1] for line in result.outlines if "::" in line]


@pytest.mark.parametrize("words", [["-k", "trec_debiased"], ["-m", "paper(table='1')", "-k", "trec"]])
def test_the_contract_comes_first_whatever_is_selected(judge, words):
    names = collected(judge("--collect-only", "-q", *words, "--stablebert-optimizer=torch.optim:AdamW"))
    assert sorted(names[:3]) == sorted(f"test_law[candidate_{law}]" for law in LAWS)
    assert [name.split("[")[0] for name in names[3:]] == ["test_run"] * 20 + ["test_gate"]


def test_without_an_optimizer_to_judge_selection_is_pytests_own(judge):
    result = judge("--collect-only", "-q", "-k", "trec_debiased or test_law")
    names = collected(result)
    assert [name.split("[")[0] for name in names] == ["test_law"] * 6 + ["test_run"] * 20 + ["test_gate"]
    assert {name.split("_")[1] for name in names[:6]} == {"law[ours0", "law[ours1"}
    for words in ("rte", "trec", "debiased", "reinit"):
        assert not any("test_law" in name for name in collected(judge("--collect-only", "-q", "-k", words)))


def test_a_law_that_is_kept_leaves_the_verdict_to_the_runs(judge, pytester):
    result = judge(*ONE_CELL, "--stablebert-optimizer=torch.optim:AdamW")
    result.stdout.fnmatch_lines(["contract PASS: torch.optim:AdamW: 3 kept", "trec_debiased*PASS*", "session: PASS"])
    assert result.ret == 0
    data = json.loads((pytester.path / ".stablebert" / "runs" / "verdicts.json").read_text())
    assert {finding["law"]: finding["status"] for finding in data["contract"]} == dict.fromkeys(LAWS, "kept")


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_a_broken_law_fails_the_session_and_training_goes_on(judge, processes):
    result = judge(*ONE_CELL, f"{WITH}Grows", *processes)
    result.stdout.fnmatch_lines(
        [
            "*planted:Grows breaks the law decay-alone-is-a-product*",
            "*smallest counterexample: Setting(groups=*",
            "*usual cause: *",
            "contract FAIL: planted:Grows: 2 kept, 1 broken",
            "broken law decay-alone-is-a-product: with zero gradients, *",
            "trec_debiased*PASS*",
            "session: FAIL",
        ]
    )
    assert result.ret == 1
    assert len(result.trained) == 12


def test_the_first_broken_law_can_stop_a_session(judge):
    result = judge(*ONE_CELL, f"{WITH}Grows", "-x")
    result.stdout.fnmatch_lines(["broken law decay-alone-is-a-product: *", "session: FAIL"])
    assert result.trained == []
    assert result.ret == 1


def test_what_is_waived_or_not_applicable_is_printed_and_no_failure(judge):
    result = judge(*ONE_CELL, f"{WITH}Waiving", "-rs")
    result.stdout.fnmatch_lines(
        [
            "contract PASS: planted:Waiving: 1 kept, 1 waived, 1 not applicable",
            "waived law decay-alone-is-a-product: its decay is coupled",
            "not applicable: epsilon-has-the-unit-of-gradients: asked of adam, schedule-free; this one is taken for other",
            "session: PASS",
            "SKIPPED*waived: its decay is coupled",
        ]
    )
    assert result.ret == 0


@pytest.mark.parametrize(
    ("name", "reason"), [("Misspelt", "'decay-is-a-product', which is no law"), ("Absent", "does not import")]
)
def test_what_cannot_be_checked_stops_the_session_before_it_starts(judge, name, reason):
    result = judge(*ONE_CELL, f"{WITH}{name}")
    assert reason in said(result)
    assert without_crash(result)
    assert result.ret == 4


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_the_contract_alone_is_a_session_of_its_own(judge, pytester, monkeypatch, processes):
    monkeypatch.setenv("CI", "true")
    pytester.makeconftest(FEW_LAWS + NO_FETCH)
    result = pytester.runpytest_subprocess("bench/test_optimizer_contract.py", *processes)
    result.stdout.fnmatch_lines(["stablebert: profile mini*", "contract PASS: *BertAdam*", "contract PASS: *AdamW*"])
    assert not any(word in said(result) for word in ("VERDICT", "session:", "FETCHED"))
    assert result.ret == 0


@pytest.mark.parametrize(("name", "status"), [("Grows", "FAIL"), ("Waiving", "PASS")])
def test_the_contract_of_an_optimizer_alone_leaves_its_verdict(judge, pytester, name, status):
    pytester.makeconftest(FEW_LAWS + NO_FETCH)
    result = pytester.runpytest_subprocess("bench/test_optimizer_contract.py", f"{WITH}{name}")
    result.stdout.fnmatch_lines([f"contract {status}: planted:{name}: *"])
    assert result.ret == (status == "FAIL")
    report = read_report(pytester.path / ".stablebert" / "runs" / "verdicts.json")
    assert (str(report.status), report.verdicts) == (status, [])
    broken = [line for line in report.lines() if line.startswith("broken law decay-alone-is-a-product: ")]
    assert len(broken) == (status == "FAIL")


def test_a_kept_contract_is_no_verdict_on_cells_that_were_left_out(judge):
    result = judge(FRESH, "-k", "trec_bertadam", "--stablebert-optimizer=torch.optim:AdamW")
    assert "-k trec_bertadam selects no gate of 6 cells" in said(result)
    assert result.ret == 4


def test_a_law_that_was_collected_and_not_checked_is_invalid(judge):
    result = judge(*ONE_CELL, f"{WITH}Dies", "-n", "2")
    result.stdout.fnmatch_lines(["contract INVALID: collected and not checked: *", "session: INVALID"])
    assert result.ret == 1


def test_laws_of_other_projects_are_left_alone(pytester):
    pytester.makepyfile(
        test_physics="""
        import pytest

        @pytest.mark.parametrize("law", ["gravity"])
        def test_law(law):
            pass
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1)
    assert "contract" not in said(result)
    assert result.ret == 0
