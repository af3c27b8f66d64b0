"""How optimizers of others are built and driven: rates, spared groups, matrices apart, modes, and what cannot be driven."""

import pytest
import torch

from stablebert.optim import Adapter, OptimizerError, adapter_of, left_to_the_optimizer
from stablebert.optim.driving import build, evaluating, load_class, probe, set_rate
from stablebert.optim.split import Split
from tests.optim.muon import NEEDS_MUON


def tensors(*shapes):
    return [torch.nn.Parameter(torch.ones(shape)) for shape in shapes]


def with_gradients(parameters):
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)


def test_a_given_rate_scales_the_methods_rates():
    groups = [{"params": tensors((2,)), "lr": rate} for rate in (4e-5, 2e-5, 1e-5)]
    built = build(torch.optim.AdamW, groups, {"lr": 1e-3}, rate=2e-5)
    assert [group["lr"] for group in built.param_groups] == pytest.approx([2e-3, 1e-3, 5e-4])


def test_spared_groups_stay_spared():
    groups = [{"params": tensors((2,)), "lr": 1e-3, "weight_decay": decay} for decay in (0.1, 0.0)]
    built = build(torch.optim.AdamW, groups, {"weight_decay": 0.5}, rate=1e-3)
    assert [group["weight_decay"] for group in built.param_groups] == [0.1, 0.0]


def test_all_that_nobody_sets_can_be_had():
    left = left_to_the_optimizer(torch.optim.AdamW, [{"params": [], "lr": 1e-3}], {"eps": 1e-6})
    assert (left["weight_decay"], left["betas"]) == (0.01, (0.9, 0.999))
    assert not {"lr", "eps", "params"} & set(left)
    spared = left_to_the_optimizer(torch.optim.AdamW, [{"params": [], "lr": 1e-3, "weight_decay": 0.0}])
    assert "weight_decay" not in spared


@NEEDS_MUON
def test_a_preset_is_left_to_the_optimizer():
    assert left_to_the_optimizer(torch.optim.Muon, [])["adjust_lr_fn"] == "match_rms_adamw"


@NEEDS_MUON
def test_muon_takes_the_matrices_and_adam_the_rest():
    matrix, embedding, vector = tensors((4, 3), (5, 4), (4,))
    groups = [{"params": [matrix, embedding, vector], "lr": 1e-2}]
    built = build(torch.optim.Muon, groups, apart={id(embedding)})
    assert isinstance(built, Split)
    assert [[id(each) for each in group["params"]] for group in built.param_groups] == [
        [id(matrix)],
        [id(embedding), id(vector)],
    ]
    with_gradients([matrix, embedding, vector])
    built.step()
    assert vector[0].item() == pytest.approx(0.99)
    # the rest is not decayed, whatever Muon's own default is
    assert built.param_groups[1]["weight_decay"] == 0.0


@NEEDS_MUON
def test_a_split_goes_on_from_its_saved_state():
    def fresh(values):
        parameters = [torch.nn.Parameter(value.detach().clone()) for value in values]
        return parameters, build(torch.optim.Muon, [{"params": parameters, "lr": 1e-2}])

    parameters, old = fresh(tensors((4, 3), (4,)))
    with_gradients(parameters)
    old.step()
    again, new = fresh(parameters)
    new.load_state_dict(old.state_dict())
    for each, optimizer in ((parameters, old), (again, new)):
        with_gradients(each)
        optimizer.step()
    for one, other in zip(parameters, again, strict=True):
        torch.testing.assert_close(one, other)


@NEEDS_MUON
def test_a_split_takes_a_late_group_apart():
    split = build(torch.optim.Muon, [{"params": tensors((4, 3), (4,)), "lr": 1e-2}])
    split.add_param_group({"params": tensors((3, 3), (3,)), "lr": 1e-3})
    assert [group["part"] for group in split.param_groups] == [0, 1, 0, 1]
    assert [group["lr"] for group in split.param_groups] == [1e-2, 1e-2, 1e-3, 1e-3]


class Averages(torch.optim.SGD):
    """Other weights in evaluation."""

    def __init__(self, params, lr=1.0, weight_lr_power=2.0):
        super().__init__(params, lr=lr)
        self.mode = None

    def train(self):
        self.mode = "train"

    def eval(self):
        self.mode = "eval"


def test_modes_are_entered_and_left():
    built = build(Averages, [{"params": tensors((2,)), "lr": 0.1}])
    assert built.mode == "train"
    with evaluating(built):
        assert built.mode == "eval"
    assert built.mode == "train"
    assert adapter_of(Averages).own_schedule
    # one without modes is left alone
    with evaluating(torch.optim.SGD(tensors((2,)), lr=0.1)):
        pass


def test_a_tensor_rate_stays_that_tensor():
    rate = torch.tensor(0.5)
    group = {"lr": rate}
    set_rate(group, 0.25)
    assert group["lr"] is rate
    assert rate.item() == 0.25


def test_an_optimizer_that_finds_its_rate_gets_its_own():
    class Finds(torch.optim.SGD):
        def __init__(self, params, lr=1.0, d0=1e-6):
            super().__init__(params, lr=lr)

    groups = [{"params": tensors((2,)), "lr": 2e-5}, {"params": tensors((2,)), "lr": 1e-5}]
    assert [group["lr"] for group in build(Finds, groups, rate=2e-5).param_groups] == pytest.approx([1.0, 0.5])


def test_what_a_class_says_of_itself_comes_first():
    class Says(torch.optim.SGD):
        stablebert_adapter = Adapter(own_rate=3.0)

    assert adapter_of(Says).own_rate == 3.0
    wrong = type("Wrong", (torch.optim.SGD,), {"stablebert_adapter": {"matrices": "only"}})
    with pytest.raises(OptimizerError, match="Wrong.stablebert_adapter is a dict; it must be an Adapter"):
        adapter_of(wrong)
    with pytest.raises(ValueError, match="own_rate is 0; it must be > 0"):
        Adapter(own_rate=0)


class EndsTheProcess(torch.optim.SGD):
    def step(self, closure=None):
        raise SystemExit(0)


class DividesByTheRate(torch.optim.SGD):
    def step(self, closure=None):
        1 / self.param_groups[0]["lr"]


class NoNumberWithoutRate(torch.optim.SGD):
    @torch.no_grad()
    def step(self, closure=None):
        for parameter in self.param_groups[0]["params"]:
            parameter.div_(torch.tensor(self.param_groups[0]["lr"]))


def test_a_relative_step_is_switched_off_so_that_the_rate_is_read():
    class Relative(torch.optim.SGD):
        def __init__(self, params, lr=None, relative_step=True):
            super().__init__(params, lr=lr)
            self.relative_step = relative_step

    assert build(Relative, [{"params": tensors((2,)), "lr": 1e-3}]).relative_step is False


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("tests.optim.test_adapter:DividesByTheRate", "here: an update at rate 0 raised ZeroDivisionError: "),
        (
            "tests.optim.test_adapter:NoNumberWithoutRate",
            "here: an update at rate 0 leaves weights that are not finite",
        ),
        ("tests.optim.test_adapter:EndsTheProcess", "here: a first update raised SystemExit: 0"),
        ("torch.optim:LBFGS", "LBFGS cannot be driven: its step asks for a closure"),
        ("torch.optim:SparseAdam", "SparseAdam cannot be driven here: a first update raised RuntimeError"),
    ],
)
def test_what_cannot_be_driven_is_one_sentence(path, reason):
    with pytest.raises(OptimizerError, match=reason) as caught:
        probe(load_class(path))
    assert "\n" not in str(caught.value)


def test_a_probe_leaves_the_random_stream_alone():
    before = torch.get_rng_state()
    probe(torch.optim.AdamW)
    assert torch.equal(before, torch.get_rng_state())


def test_a_rate_that_is_none_is_named():
    with pytest.raises(OptimizerError, match="lr is 'fast'; it must be a finite number >= 0"):
        build(torch.optim.AdamW, [{"params": tensors((2,)), "lr": 1e-3}], {"lr": "fast"}, rate=1e-3)
