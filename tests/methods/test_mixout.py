import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from stablebert.encoders.model import Classifier, load_encoder
from stablebert.encoders.parts import pretrained_values
from stablebert.methods import (
    MethodError,
    PretrainedDecay,
    Start,
    apply_mixout,
    keep_mixout_stream,
    reinitialize,
    resolve,
)
from stablebert.paper import RELEASED
from tests.methods.models import bert


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def mixed(p, seed=0, *, size=(5, 4), granularity="element", scaled=True):
    """Return a mixed layer in double precision, its weight and its target."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(size[1], size[0])).double()
    target = torch.randn(size, dtype=torch.float64)
    apply_mixout(
        model,
        p,
        pretrained={"0.weight": target},
        granularity=granularity,
        generator=stream(seed),
        scaled_gradient=scaled,
    )
    return model[0], model[0].weight.detach().clone(), target


@given(p=st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]), seed=st.integers(0, 10_000))
@settings(max_examples=40)
def test_every_weight_is_the_target_or_what_the_equation_makes_of_it(p, seed):
    layer, weight, target = mixed(p, seed)
    value = layer.mixed_weight().detach()
    replaced = torch.isclose(value, target, rtol=0, atol=1e-12)
    kept = torch.isclose(value, (weight - p * target) / (1 - p), rtol=1e-9, atol=1e-9)
    assert bool((replaced ^ kept).all())


@pytest.mark.parametrize("granularity", ["element", "neuron"])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_expectation_over_masks_is_the_weight(granularity, p):
    layer, weight, target = mixed(p, granularity=granularity)
    draws = 4000
    mean = sum(layer.mixed_weight().detach() for _ in range(draws)) / draws
    # the standard deviation of one draw is |w - u| sqrt(p / (1 - p)); five of them, for 20 elements
    error = (weight - target).abs() * (p / (1 - p) / draws) ** 0.5
    assert bool(((mean - weight).abs() < 5 * error).all())


@pytest.mark.parametrize(("granularity", "columns_agree"), [("element", False), ("neuron", True)])
def test_a_mask_is_drawn_for_every_weight_or_for_every_input_feature(granularity, columns_agree):
    layer, _, target = mixed(0.5, size=(16, 64), granularity=granularity)
    replaced = torch.isclose(layer.mixed_weight().detach(), target, rtol=0, atol=1e-12)
    assert bool((replaced == replaced[:1]).all()) == columns_agree
    assert 0.2 < replaced.double().mean().item() < 0.8


@pytest.mark.parametrize("granularity", ["element", "neuron"])
def test_the_gradient_is_that_of_the_forward_pass(granularity):
    layer, _, _ = mixed(0.5, granularity=granularity)

    def output(inputs, weight):
        layer.generator.manual_seed(7)
        return torch.func.functional_call(layer, {"weight": weight}, (inputs,))

    inputs = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(output, (inputs, layer.weight))


def test_the_released_gradient_is_not_that_of_its_forward_pass():
    layer, _, _ = mixed(0.5, scaled=False)
    twin, _, _ = mixed(0.5)
    ours, theirs = twin.mixed_weight(), layer.mixed_weight()
    torch.testing.assert_close(ours.detach(), theirs.detach())
    ours.sum().backward()
    theirs.sum().backward()
    torch.testing.assert_close(layer.weight.grad, 0.5 * twin.weight.grad)


def test_evaluation_is_a_plain_linear_layer_and_draws_nothing():
    layer, weight, _ = mixed(0.9)
    inputs = torch.randn(2, 4, dtype=torch.float64)
    state = layer.generator.get_state()
    layer.eval()
    expected = nn.functional.linear(inputs, weight, layer.bias)
    assert torch.equal(layer(inputs), expected)
    assert torch.equal(layer.generator.get_state(), state)
    # the control: in training it mixes
    layer.train()
    assert not torch.equal(layer(inputs), expected)


def test_without_probability_it_is_a_plain_linear_layer():
    layer, weight, _ = mixed(0.0)
    inputs = torch.randn(2, 4, dtype=torch.float64)
    assert torch.equal(layer(inputs), nn.functional.linear(inputs, weight, layer.bias))


def test_the_target_stays_while_the_weight_moves():
    layer, weight, target = mixed(0.5)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(3):
        layer(torch.randn(2, 4, dtype=torch.float64)).sum().backward()
        optimizer.step()
    assert torch.equal(layer.target, target)
    assert not torch.equal(layer.weight, weight)


def test_masks_come_from_the_generator_alone_and_repeat_with_it():
    layer, _, _ = mixed(0.5)
    state = torch.get_rng_state()
    first = [layer.mixed_weight() for _ in range(2)]
    layer.generator.manual_seed(0)
    second = [layer.mixed_weight() for _ in range(2)]
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one, two) for one, two in zip(first, second, strict=True))
    assert not torch.equal(first[0], first[1])


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_run_that_goes_on_has_the_masks_of_one_that_was_not_interrupted(wrapped):
    def start():
        layer, _, target = mixed(0.5)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        keep_mixout_stream(optimizer, layer)
        if wrapped:
            optimizer = PretrainedDecay(optimizer, layer, 0.1, pretrained={"weight": target})
        return layer, optimizer

    layer, optimizer = start()
    first = layer.mixed_weight()
    saved = copy.deepcopy(optimizer.state_dict())
    second = layer.mixed_weight()
    again, resumed = start()
    # the control: before the state is loaded the stream stands at its start
    assert torch.equal(again.mixed_weight(), first)
    resumed.load_state_dict(saved)
    assert torch.equal(again.mixed_weight(), second)
    del saved["mixout_stream"]
    with pytest.raises(MethodError, match="the state to load has no 'mixout_stream'"):
        resumed.load_state_dict(saved)


def test_a_stream_that_is_not_the_layers_own_is_not_kept():
    model = nn.Sequential(nn.Linear(2, 2))
    apply_mixout(model, 0.5, pretrained={"0.weight": torch.zeros(2, 2)})
    for each in (model, nn.Linear(2, 2)):
        optimizer = torch.optim.SGD(each.parameters(), lr=0.1)
        keep_mixout_stream(optimizer, each)
        assert set(optimizer.state_dict()) == {"state", "param_groups"}


def test_an_encoder_is_mixed_without_its_head_and_its_dropout_is_off(tiny_encoder):
    encoder = load_encoder("tiny", source=str(tiny_encoder))
    model = Classifier(encoder, 2, 0.1, stream())
    names = [name for name, _ in model.named_parameters()]
    values = list(model.parameters())
    found = apply_mixout(model, 0.5, generator=stream())
    assert [name for name, _ in model.named_parameters()] == names
    assert all(one is two for one, two in zip(model.parameters(), values, strict=True))
    matrices = [name for name in names if name.endswith(("dense.weight", "query.weight", "key.weight", "value.weight"))]
    assert found == matrices
    assert {module.p for module in model.modules() if isinstance(module, nn.Dropout)} == {0.0}


def test_the_target_is_the_pretrained_value_also_after_reinitialisation(tiny_encoder):
    model = Classifier(load_encoder("tiny", source=str(tiny_encoder)), 2, 0.1, stream())
    pretrained = pretrained_values(model)
    names = reinitialize(model, 1, generator=stream(1))
    (method,) = resolve("mixout.p0.5")
    method.change_model(model, Start(lambda purpose: stream(), pretrained))
    for name in names:
        if name.endswith("dense.weight"):
            layer = model.get_submodule(name.removesuffix(".weight"))
            assert torch.equal(layer.target, pretrained[name])
            assert not torch.equal(layer.target, layer.weight)


def test_the_released_code_mixes_the_head_too(tiny_encoder):
    model = Classifier(load_encoder("tiny", source=str(tiny_encoder)), 2, 0.1, stream())
    (method,) = resolve("mixout.p0.5")
    start = Start(lambda purpose: stream(), pretrained_values(model), RELEASED)
    assert "classifier.weight" in method.change_model(model, start)["mixed"]
    assert (model.classifier.granularity, model.classifier.scaled_gradient) == ("neuron", False)
    assert torch.equal(model.classifier.target, model.classifier.weight)
    assert model.classifier.target.data_ptr() != model.classifier.weight.data_ptr()


def test_a_mixed_model_is_copied_saved_and_moved_like_any_other():
    model = bert()
    apply_mixout(model, 0.5)
    twin = copy.deepcopy(model)
    assert list(twin.state_dict()) == list(bert().state_dict())
    half = twin.to(torch.bfloat16)
    assert half.pooler.dense.target.dtype == torch.bfloat16
    np.testing.assert_array_equal(model.pooler.dense.target.numpy(), model.pooler.dense.weight.detach().numpy())


def test_what_does_not_fit_is_refused():
    for p in (-0.1, 1.0, float("nan")):
        with pytest.raises(MethodError, match="p is"):
            apply_mixout(bert(), p)
    with pytest.raises(MethodError, match="granularity is 'row'"):
        apply_mixout(bert(), 0.5, granularity="row")
    with pytest.raises(MethodError, match="nothing to mix"):
        apply_mixout(bert(), 0.5, pretrained={})
    with pytest.raises(MethodError, match="of shape"):
        apply_mixout(bert(), 0.5, pretrained={"pooler.dense.weight": torch.zeros(1)})
