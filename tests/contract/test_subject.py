"""What an optimizer takes, what its laws need, what it waives, and what goes wrong before a law is checked."""

import pytest
import torch

from stablebert.contract import (
    LAWS,
    BrokenLaw,
    ContractError,
    Effort,
    OptimizerUnderTest,
    Status,
    examine,
    load_subject,
    waivers_of,
)
from stablebert.contract.checking import hold
from tests.contract.plain import Plain
from tests.contract.plain_kinds import PlainSign

LAW = {law.name: law for law in LAWS}


class PassesOn(torch.optim.AdamW):
    def __init__(self, params, **arguments):
        super().__init__(params, **arguments)


def group(**more):
    return {"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.1, "weight_decay": 0.5, **more}


def test_every_law_has_a_name_a_sentence_a_cause_and_a_check():
    assert len(LAW) == len(LAWS)
    for law in LAWS:
        assert law.statement.endswith(".")
        assert not law.cause.endswith(".")
        assert callable(law.check)
        assert law.check.__doc__


def test_a_subject_gets_only_what_its_class_takes():
    plain = OptimizerUnderTest("plain", torch.optim.SGD).build([group()], eps=1e-3)
    assert "eps" not in plain.param_groups[0]
    rprop = OptimizerUnderTest("rprop", torch.optim.Rprop).build([group()])
    assert "weight_decay" not in rprop.param_groups[0]
    assert rprop.param_groups[0]["lr"] == 0.1


def test_arguments_that_are_passed_on_count():
    subject = OptimizerUnderTest("passes on", PassesOn, {"eps": 1e-4})
    assert subject.takes("foreach")
    assert subject.build([group()]).param_groups[0]["eps"] == 1e-4
    assert subject.build([group()], eps=1e-5).param_groups[0]["eps"] == 1e-5


@pytest.mark.parametrize(
    ("kind", "need", "reason"),
    [
        (torch.optim.SGD, "eps", "takes no eps as one number"),
        (torch.optim.Adafactor, "eps", "takes no eps as one number"),
        (torch.optim.Rprop, "decoupled decay", "takes no weight_decay"),
        (torch.optim.Adam, "decoupled decay", "says or shows that its weight decay is coupled"),
        (torch.optim.AdamW, "coupled decay", "says or shows that its weight decay is decoupled"),
        (Plain, "foreach or fused", "takes neither foreach nor fused"),
    ],
)
def test_a_law_that_says_nothing_says_why(kind, need, reason):
    subject = OptimizerUnderTest(kind.__name__, kind)
    assert subject.lacks(need) == reason
    kind = subject.behaves_as
    law = next((law for law in LAWS if need in law.needs and (not law.kinds or kind in law.kinds)), None)
    if law is None:
        return
    finding = examine(law, subject)
    assert (finding.status, finding.detail) == (Status.NOT_APPLICABLE, reason)


@pytest.mark.parametrize(
    ("path", "arguments", "reason"),
    [
        ("no_such_module:Adam", "{}", "does not import: ModuleNotFoundError"),
        ("torch.optim", "{}", "does not import"),
        ("torch:manual_seed", "{}", "is not a class"),
        ("torch.optim:Adam", '{"momentum": 1}', "does not take the arguments"),
        ("torch.optim:Adam", '{"eps": -1}', "does not take the arguments"),
        ("builtins:list", "{}", "is not a torch.optim.Optimizer"),
    ],
)
def test_what_cannot_be_built_is_one_clear_error(path, arguments, reason):
    with pytest.raises(ContractError, match=f"'{path}'.*{reason}"):
        load_subject(path, arguments)


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"impulse-faeds": "why"}, "'impulse-faeds', which is no law; choose from zero-rate"),
        ({"impulse-fades": " "}, "'impulse-fades' without a reason"),
        ({"impulse-fades": None}, "'impulse-fades' without a reason"),
        (["impulse-fades"], "is a list; it must map law names to reasons"),
    ],
)
def test_waivers_that_are_not_well_formed_are_refused(declared, reason):
    kind = type("Waiving", (Plain,), {"stablebert_waives": declared})
    with pytest.raises(ContractError, match=f"Waiving.stablebert_waives.*{reason}"):
        waivers_of(kind)
    with pytest.raises(ContractError):
        examine(LAWS[0], OptimizerUnderTest("waiving", kind))


def test_a_waived_law_is_not_checked():
    class Breaks(Plain):
        stablebert_waives = {"zero-rate-moves-nothing": "it never stops"}  # noqa: RUF012

        def step(self, closure=None):
            raise RuntimeError("checked")

    finding = examine(LAW["zero-rate-moves-nothing"], OptimizerUnderTest("breaks", Breaks))
    assert (finding.status, finding.detail) == (Status.WAIVED, "it never stops")


def test_what_an_optimizer_raises_breaks_the_law():
    class Raises(Plain):
        def step(self, closure=None):
            raise RuntimeError("no such kernel")

    finding = examine(LAWS[0], OptimizerUnderTest("raises", Raises))
    assert finding.status is Status.BROKEN
    assert finding.detail == "it raised RuntimeError: no such kernel"


def test_a_breach_that_does_not_come_again_is_one_too():
    class Moody(Plain):
        calls = 0

        def move(self, parameter, group, direction):
            Moody.calls += 1
            parameter.add_(1.0 if Moody.calls == 5 else 0.0)

    finding = examine(LAW["zero-rate-moves-nothing"], OptimizerUnderTest("moody", Moody))
    assert finding.status is Status.BROKEN
    assert "not when tried again" in finding.detail


def test_the_counterexample_is_small_and_can_be_pasted():
    from stablebert.contract.setting import Group, Setting

    class Grows(Plain):
        def decay(self, parameter, group):
            parameter.mul_(1 + group["lr"] * group["weight_decay"])

    with pytest.raises(BrokenLaw) as caught:
        hold(LAW["decay-alone-is-a-product"], OptimizerUnderTest("grows", Grows), Effort())
    setting = eval(caught.value.counterexample, {"Group": Group, "Setting": Setting})
    assert setting == Setting(groups=(Group(rate=0.1, decay=0.5, shapes=((1,),)),), steps=1)
    with pytest.raises(Exception, match="wanted"):
        LAW["decay-alone-is-a-product"].check(OptimizerUnderTest("grows", Grows), setting)


class RoundsToFloat32(Plain):
    def move(self, parameter, group, direction):
        super().move(parameter, group, direction)
        parameter.copy_(parameter.float())


def test_one_that_computes_in_float32_is_asked_in_float32():
    assert OptimizerUnderTest("rounds", RoundsToFloat32).precisions == ("float32",)
    assert OptimizerUnderTest("plain", Plain).precisions == ("float64", "float32")


class RefusesAmsgrad(Plain):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False):
        if amsgrad:
            raise ValueError("no amsgrad here")
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad=amsgrad)


def test_a_switch_that_is_refused_is_no_broken_law():
    subject = OptimizerUnderTest("refuses", RefusesAmsgrad)
    assert "no amsgrad here" in str(subject.lacks("amsgrad"))
    assert examine(LAW["amsgrad-keeps-the-largest"], subject, Effort(examples=1)).status is Status.NOT_APPLICABLE


class SmallOnly(Plain):
    """Its kernel for large tensors is of another machine."""

    def update(self, parameter, group):
        if parameter.numel() >= 4096:
            raise NotImplementedError("no such kernel")
        super().update(parameter, group)


def test_one_that_cannot_step_on_a_large_tensor_is_one_sentence():
    with pytest.raises(
        ContractError, match=r"SmallOnly cannot be driven here: an update of a matrix of 80 x 64 raised"
    ) as raised:
        load_subject(f"{__name__}:SmallOnly")
    assert "\n" not in str(raised.value)


class SilentLion(PlainSign):
    stablebert_kind = None


class WithoutEpsilon(Plain):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), weight_decay=0.0):
        super().__init__(params, lr, betas, 1e-8, weight_decay)


class Unbuilt(WithoutEpsilon):
    def update(self, parameter, group):
        raise RuntimeError


@pytest.mark.parametrize(("kind", "wanted"), [(SilentLion, "sign"), (WithoutEpsilon, "adam"), (Unbuilt, "adam")])
def test_betas_without_an_epsilon_are_those_of_a_lion_where_it_moves_so(kind, wanted):
    assert OptimizerUnderTest("silent", kind).behaves_as == wanted


class MovesTwice(Plain):
    def move(self, parameter, group, direction):
        super().move(parameter, group, 2 * direction)


@pytest.mark.parametrize("says", [False, True])
def test_what_is_taken_for_a_kind_by_its_arguments_is_told_so(says):
    kind = type("Says", (MovesTwice,), {"stablebert_kind": "adam"}) if says else MovesTwice
    law = LAW["constant-gradient-moves-one-rate"]
    message = examine(law, OptimizerUnderTest("moves", kind), Effort(examples=1)).message
    hint = 'taken for adam by its arguments; what is of another kind says stablebert_kind = "other"'
    assert (hint in message) != says
    of_all = examine(LAW["zero-rate-moves-nothing"], OptimizerUnderTest("drifts", Drifts), Effort(examples=1)).message
    assert "breaks the law" in of_all
    assert "taken for" not in of_all


class Drifts(Plain):
    def move(self, parameter, group, direction):
        parameter.add_(1e-3)


class RefusesTensors(Plain):
    def move(self, parameter, group, direction):
        if isinstance(group["lr"], torch.Tensor):
            raise TypeError("a number is wanted")
        super().move(parameter, group, direction)


def test_a_tensor_rate_that_is_refused_is_no_broken_law():
    subject = OptimizerUnderTest("refuses", RefusesTensors)
    finding = examine(LAW["a-tensor-rate-is-read-at-every-update"], subject, Effort(examples=1))
    assert finding.status is Status.NOT_APPLICABLE
    assert "a number is wanted" in finding.detail
