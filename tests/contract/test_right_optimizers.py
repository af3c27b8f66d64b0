"""Right optimizers keep the contract; honestly different ones do but for what they waive."""

import pytest
import torch

from stablebert.contract import LAWS, BrokenLaw, Effort, OptimizerUnderTest, Status, check_contract, waivers_of
from stablebert.contract.checking import hold
from stablebert.contract.kinds import kind_of
from stablebert.optim import BertAdam
from tests.contract.plain import Plain, PlainCoupled, PlainKernels, PlainSwitches
from tests.contract.plain_kinds import PlainFree, PlainOrthogonal, PlainSign

QUICK = Effort(examples=8)


RIGHT = {
    "ours": (BertAdam, {}),
    "ours, fused": (BertAdam, {"fused": True}),
    "ours, other betas": (BertAdam, {"betas": (0.8, 0.95), "eps": 1e-6}),
    "AdamW": (torch.optim.AdamW, {}),
    "AdamW, AMSGrad, foreach": (torch.optim.AdamW, {"amsgrad": True, "foreach": True}),
    "Adam": (torch.optim.Adam, {}),
    "NAdam, decoupled": (torch.optim.NAdam, {"decoupled_weight_decay": True}),
    "written out": (Plain, {}),
    "written out, coupled": (PlainCoupled, {}),
    "written out, kernels": (PlainKernels, {}),
    "written out, switches": (PlainSwitches, {}),
    "RAdam": (torch.optim.RAdam, {}),
    "Adamax": (torch.optim.Adamax, {}),
    "Lion": (PlainSign, {}),
}


@pytest.mark.parametrize(("kind", "arguments"), RIGHT.values(), ids=RIGHT)
def test_a_right_optimizer_keeps_every_law_that_it_does_not_waive(kind, arguments):
    findings = check_contract(OptimizerUnderTest(kind.__name__, kind, arguments), QUICK)
    assert [finding.message for finding in findings if finding.status is Status.BROKEN] == []
    assert {finding.law for finding in findings if finding.status is Status.WAIVED} == set(waivers_of(kind))
    kept = sum(finding.status is Status.KEPT for finding in findings)
    asked = sum(not law.kinds or kind_of(kind) in law.kinds for law in LAWS)
    # what is left is about switches that one has not, and about the other kind of decay
    assert kept >= asked - len(waivers_of(kind)) - 7


@pytest.mark.parametrize("kind", [torch.optim.RAdam, torch.optim.Adamax, torch.optim.NAdam])
def test_what_is_waived_is_not_kept(kind):
    names = set(waivers_of(kind))
    assert names
    for law in LAWS:
        if law.name in names:
            with pytest.raises(BrokenLaw):
                hold(law, OptimizerUnderTest(kind.__name__, kind), QUICK)


@pytest.mark.parametrize("kind", [PlainOrthogonal, PlainFree, torch.optim.Muon])
def test_a_right_one_of_another_kind_keeps_what_is_asked_of_it(kind):
    findings = check_contract(OptimizerUnderTest(kind.__name__, kind), QUICK)
    assert [finding.message for finding in findings if finding.status is Status.BROKEN] == []
    asked = {law.name for law in LAWS if law.kinds and kind_of(kind) in law.kinds and "adam" not in law.kinds}
    assert asked
    assert asked <= {finding.law for finding in findings if finding.status is Status.KEPT}


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Rprop, torch.optim.Adagrad, torch.optim.Adafactor])
def test_what_is_no_adam_is_asked_what_holds_of_all(kind):
    findings = check_contract(OptimizerUnderTest(kind.__name__, kind), QUICK)
    assert [finding.message for finding in findings if finding.status is Status.BROKEN] == []


@pytest.mark.parametrize(("kind", "broken"), [(torch.optim.SGD, 4), (torch.optim.Adagrad, 2)])
def test_what_says_that_it_is_an_adam_and_is_none_is_noticed(kind, broken):
    claims = type("Claims", (kind,), {"stablebert_kind": "adam"})
    findings = check_contract(OptimizerUnderTest("claims", claims), QUICK)
    assert sum(finding.status is Status.BROKEN for finding in findings) >= broken


def test_another_seed_draws_other_settings_and_finds_nothing_more():
    findings = check_contract(OptimizerUnderTest("ours", BertAdam), Effort(examples=8, seed=1))
    assert [finding.message for finding in findings if finding.status is Status.BROKEN] == []
