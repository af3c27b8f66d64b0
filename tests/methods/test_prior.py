import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from stablebert.encoders.model import Classifier, load_encoder
from stablebert.encoders.parts import pretrained_values
from stablebert.methods import MethodError, PretrainedDecay, Start, reinitialize, resolve
from stablebert.optim import BertAdam
from stablebert.paper import RELEASED
from tests.methods.models import bert


@pytest.fixture
def classifier(tiny_encoder):
    return Classifier(load_encoder("tiny", source=str(tiny_encoder)), 2, 0.1, torch.Generator().manual_seed(0))


def line(size=3):
    torch.manual_seed(0)
    return nn.Linear(size, size).double()


def descend(optimizer, model, gradients, rates):
    """Do one step a gradient with the rates given; gradients by parameter name."""
    for gradient, rate in zip(gradients, rates, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for name, tensor in model.named_parameters():
            tensor.grad = torch.tensor(gradient[name])
        optimizer.step()


def reference(weights, anchor, gradients, rates, coefficient, *, to_zero=False, undecayed_rate=False):
    """Plain descent with the pull of the equation before each update; the switches are defects."""
    w = np.array(weights)
    for gradient, rate in zip(gradients, rates, strict=True):
        w = w - (1.0 if undecayed_rate else rate) * coefficient * (w - (0 if to_zero else anchor))
        w = w - rate * gradient
    return w


def case(seed, steps):
    generator = np.random.default_rng(seed)
    model = line()
    anchor = {name: torch.tensor(generator.normal(size=tuple(t.shape))) for name, t in model.named_parameters()}
    gradients = [
        {
            name: generator.normal(size=tuple(t.shape)) * 10.0 ** generator.integers(-6, 3)
            for name, t in model.named_parameters()
        }
        for _ in range(steps)
    ]
    return model, anchor, gradients


@given(
    seed=st.integers(0, 20),
    coefficient=st.sampled_from([0.0, 1e-3, 0.1, 1.0]),
    rates=st.lists(st.sampled_from([0.0, 1e-4, 0.1]), min_size=1, max_size=8),
)
@settings(max_examples=50)
def test_the_path_is_that_of_the_equation(seed, coefficient, rates):
    model, anchor, gradients = case(seed, len(rates))
    start = {name: tensor.detach().numpy().copy() for name, tensor in model.named_parameters()}
    optimizer = PretrainedDecay(torch.optim.SGD(model.parameters(), lr=1.0), model, coefficient, pretrained=anchor)
    descend(optimizer, model, gradients, rates)
    for name, tensor in model.named_parameters():
        steps = [gradient[name] for gradient in gradients]
        expected = reference(start[name], anchor[name].numpy(), steps, rates, coefficient)
        np.testing.assert_allclose(tensor.detach().numpy(), expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("defect", ["to_zero", "undecayed_rate"])
def test_the_comparison_catches_defects(defect):
    model, anchor, gradients = case(1, 4)
    rates = [0.1, 0.05, 0.0, 0.1]
    start = model.weight.detach().numpy().copy()
    optimizer = PretrainedDecay(torch.optim.SGD(model.parameters(), lr=1.0), model, 0.5, pretrained=anchor)
    descend(optimizer, model, gradients, rates)
    steps = [gradient["weight"] for gradient in gradients]
    wrong = reference(start, anchor["weight"].numpy(), steps, rates, 0.5, **{defect: True})
    assert np.abs(model.weight.detach().numpy() - wrong).max() > 1e-2


@pytest.mark.parametrize("kind", [torch.optim.AdamW, BertAdam])
def test_without_gradient_weights_go_home_at_the_rate_of_the_equation(kind):
    model = line()
    anchor = {"weight": torch.ones(3, 3, dtype=torch.float64)}
    away = model.weight.detach() - 1
    bias = model.bias.detach().clone()
    optimizer = PretrainedDecay(kind(model.parameters(), lr=0.1, weight_decay=0.0), model, 0.5, pretrained=anchor)
    for _ in range(5):
        model.weight.grad, model.bias.grad = torch.zeros_like(model.weight), torch.zeros_like(model.bias)
        optimizer.step()
    torch.testing.assert_close(model.weight.detach() - 1, away * 0.95**5, rtol=1e-12, atol=1e-14)
    assert torch.equal(model.bias, bias)


def test_to_a_scheduler_and_a_checkpoint_it_is_the_wrapped_optimizer():
    model = line()
    inner = torch.optim.AdamW(model.parameters(), lr=0.1)
    optimizer = PretrainedDecay(inner, model, 0.5, pretrained={"weight": torch.ones(3, 3)})
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5**step)
    model.weight.grad, model.bias.grad = torch.ones_like(model.weight), torch.ones_like(model.bias)
    optimizer.step()
    scheduler.step()
    assert inner.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"] == 0.05
    assert optimizer.state_dict()["state"].keys() == inner.state_dict()["state"].keys() == {0, 1}


def test_saved_and_loaded_or_copied_equals_uninterrupted():
    model, anchor, gradients = case(3, 6)
    build = lambda net: PretrainedDecay(torch.optim.AdamW(net.parameters(), lr=0.1), net, 0.5, pretrained=anchor)  # noqa: E731
    optimizer = build(model)
    descend(optimizer, model, gradients[:3], [0.1] * 3)
    twin = copy.deepcopy(model)
    loaded = build(twin)
    loaded.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    pair, copied = copy.deepcopy((model, optimizer))
    for each, net in ((optimizer, model), (loaded, twin), (copied, pair)):
        descend(each, net, gradients[3:], [0.05, 0.1, 0.02])
    assert torch.equal(model.weight, twin.weight)
    assert torch.equal(model.weight, pair.weight)


def test_a_closure_sees_the_weights_before_the_pull():
    model = line()
    optimizer = PretrainedDecay(
        torch.optim.SGD(model.parameters(), lr=0.1), model, 1.0, pretrained={"weight": torch.zeros(3, 3)}
    )
    before = model.weight.detach().clone()

    def closure():
        optimizer.zero_grad()
        loss = model.weight.sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == pytest.approx(before.sum().item())
    torch.testing.assert_close(model.weight.detach(), 0.9 * before - 0.1)


def test_a_parameter_without_gradient_stays_as_it_does_in_the_wrapped_optimizer():
    model = line()
    before = model.weight.detach().clone()
    PretrainedDecay(torch.optim.AdamW(model.parameters()), model, 1.0, pretrained={"weight": torch.zeros(3, 3)}).step()
    assert torch.equal(model.weight, before)


def test_the_head_and_what_else_has_no_pretrained_value_is_never_pulled(classifier):
    head = classifier.classifier.weight.detach().clone()
    optimizer = PretrainedDecay(torch.optim.SGD(classifier.parameters(), lr=0.1), classifier, 1.0)
    with torch.no_grad():
        for tensor in classifier.parameters():
            tensor.add_(1.0)
    moved = {name: tensor.detach().clone() for name, tensor in classifier.named_parameters()}
    for tensor in classifier.parameters():
        tensor.grad = torch.zeros_like(tensor)
    optimizer.step()
    for name, tensor in classifier.named_parameters():
        pulled = not torch.equal(tensor, moved[name])
        assert pulled == name.startswith("encoder.")
    assert not torch.equal(classifier.classifier.weight, head)


def test_the_target_is_the_pretrained_value_also_after_reinitialisation(classifier):
    pretrained = pretrained_values(classifier)
    (method,) = resolve("prior.coefficient1")
    reinitialize(classifier, 2, generator=torch.Generator().manual_seed(1))
    start = Start(lambda purpose: torch.Generator(), pretrained)
    optimizer = method.wrap_optimizer(torch.optim.SGD(classifier.parameters(), lr=1.0), classifier, start)
    for tensor in classifier.parameters():
        tensor.grad = torch.zeros_like(tensor)
    optimizer.step()
    for name, tensor in classifier.named_parameters():
        if name in pretrained:
            torch.testing.assert_close(tensor.detach(), pretrained[name])


def test_the_released_code_pulls_the_head_to_its_own_start_and_spares_by_name(classifier):
    (method,) = resolve("prior.coefficient1")
    start = Start(lambda purpose: torch.Generator(), pretrained_values(classifier), RELEASED)
    optimizer = method.wrap_optimizer(torch.optim.SGD(classifier.parameters(), lr=1.0), classifier, start)
    home = {name: tensor.detach().clone() for name, tensor in classifier.named_parameters()}
    with torch.no_grad():
        for tensor in classifier.parameters():
            tensor.add_(1.0)
            tensor.grad = torch.zeros_like(tensor)
    optimizer.step()
    for name, tensor in classifier.named_parameters():
        spared = "bias" in name or "LayerNorm.weight" in name
        torch.testing.assert_close(tensor.detach(), home[name] + float(spared))


def test_what_does_not_fit_is_refused():
    model = bert()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(MethodError, match="'nowhere' has a pretrained value and is no parameter"):
        PretrainedDecay(optimizer, model, 0.1, pretrained={"nowhere": torch.zeros(1)})
    with pytest.raises(MethodError, match="of shape"):
        PretrainedDecay(optimizer, model, 0.1, pretrained={"pooler.dense.bias": torch.zeros(1)})
    for value in (-1.0, float("nan")):
        with pytest.raises(MethodError, match="coefficient is"):
            PretrainedDecay(optimizer, model, value)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_pretrained_values_follow_the_model(dtype):
    moved, never_moved = (nn.Linear(2, 2).to(torch.float32) for _ in range(2))
    never_moved.load_state_dict(moved.state_dict())
    never_moved.to(dtype)
    anchor = {"weight": torch.full((2, 2), 0.5)}
    results = []
    for model in (moved, never_moved):
        optimizer = PretrainedDecay(torch.optim.SGD(model.parameters(), lr=0.1), model, 0.5, pretrained=anchor)
        # after the optimizer was built, as a Trainer does it
        model.to(dtype)
        model.weight.grad, model.bias.grad = torch.ones_like(model.weight), torch.ones_like(model.bias)
        optimizer.step()
        results.append(model.weight.detach().clone())
    assert results[0].dtype is dtype
    assert torch.equal(*results)


def test_the_pull_is_there_after_a_move():
    model = nn.Linear(2, 2)
    optimizer = PretrainedDecay(
        torch.optim.SGD(model.parameters(), lr=0.5), model, 1.0, pretrained={"weight": torch.zeros(2, 2)}
    )
    model.to(torch.float64)
    before = model.weight.detach().clone()
    model.weight.grad = torch.zeros_like(model.weight)
    optimizer.step()
    torch.testing.assert_close(model.weight.detach(), 0.5 * before)
