"""Right optimizers keep the contract; honestly different ones do but for what they waive."""

import pytest
import torch

from stablebert.contract import LAWS, Effort, OptimizerUnderTest, Status, check_contract
from stablebert.optim import BertAdam
from tests.contract.plain import Plain, PlainCoupled, PlainKernels

QUICK = Effort(examples=8)
COUPLED = ("decay-alone-is-a-product", "decay-follows-the-rate", "gradient-scale-leaves-decay-alone")


class Rectified(torch.optim.RAdam):
    """RAdam: the first five updates are plain momentum, as large as the gradient."""

    stablebert_waives = dict.fromkeys(
        (
            "first-step-is-a-constant-times-rate",
            "updates-ignore-gradient-scale",
            "epsilon-has-the-unit-of-gradients",
        ),
        "the first five updates have no second moment",
    )


class Infinity(torch.optim.Adamax):
    """Adamax: its decay is coupled, and its groups do not say so."""

    stablebert_waives = dict.fromkeys(COUPLED, "decay is coupled, as in Adam")


class Sign(torch.optim.Optimizer):
    """Lion (Chen et al., 2023): the sign of a momentum."""

    stablebert_waives = dict.fromkeys(
        ("impulse-fades", "large-gradient-is-remembered"), "an update is a sign: its size never changes"
    )

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for parameter in group["params"]:
                if parameter.grad is not None:
                    mean = self.state[parameter].setdefault("mean", torch.zeros_like(parameter))
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.sub_(group["lr"] * mean.lerp(parameter.grad, 1 - beta1).sign())
                    mean.lerp_(parameter.grad, 1 - beta2)
        return loss


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
    "RAdam": (Rectified, {}),
    "Adamax": (Infinity, {}),
    "Lion": (Sign, {}),
}


@pytest.mark.parametrize(("kind", "arguments"), RIGHT.values(), ids=RIGHT)
def test_a_right_optimizer_keeps_every_law_that_it_does_not_waive(kind, arguments):
    findings = check_contract(OptimizerUnderTest(kind.__name__, kind, arguments), QUICK)
    assert [finding.message for finding in findings if finding.status is Status.BROKEN] == []
    assert {finding.law for finding in findings if finding.status is Status.WAIVED} == set(
        getattr(kind, "stablebert_waives", {})
    )
    kept = sum(finding.status is Status.KEPT for finding in findings)
    assert kept >= len(LAWS) - 7


@pytest.mark.parametrize("kind", [Rectified, Infinity, Sign])
def test_what_is_waived_is_not_kept(kind):
    class Unwaived(kind):
        stablebert_waives = {}  # noqa: RUF012

    names = set(kind.stablebert_waives)
    laws = [law for law in LAWS if law.name in names]
    findings = check_contract(OptimizerUnderTest(kind.__name__, Unwaived), QUICK, laws)
    assert {finding.law for finding in findings if finding.status is Status.BROKEN} == names


@pytest.mark.parametrize(("kind", "broken"), [(torch.optim.SGD, 4), (torch.optim.Adagrad, 3)])
def test_what_is_no_adam_is_noticed(kind, broken):
    findings = check_contract(OptimizerUnderTest(kind.__name__, kind), QUICK)
    assert sum(finding.status is Status.BROKEN for finding in findings) >= broken


def test_another_seed_draws_other_settings_and_finds_nothing_more():
    findings = check_contract(OptimizerUnderTest("ours", BertAdam), Effort(examples=8, seed=1))
    assert [finding.message for finding in findings if finding.status is Status.BROKEN] == []
