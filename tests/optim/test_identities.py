"""Identities of whole steps: schedule, accumulation, clipping, loss scaling, tensor rates."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stablebert.optim import BertAdam, linear_warmup_decay

KERNELS = {"loop": {"foreach": False, "fused": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}
KINDS = {"uncorrected": BertAdam, "corrected": torch.optim.AdamW}
optimizers = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
kernels = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)


def factors(total, warmup, schedule=linear_warmup_decay):
    return np.array([schedule(step, total, warmup) for step in range(total)])


def one_step_late(step, total, warmup):
    return linear_warmup_decay(step + 1, total, warmup)


def area(total, warmup):
    """The sum of the factors: a triangle of warm-up and one of decay."""
    rising = (warmup - 1) / 2 if warmup else 0.0
    falling = (total - warmup + 1) / 2 if warmup < total else 0.0
    return rising + falling


@given(st.integers(1, 400), st.data())
def test_the_schedule_has_the_area_of_its_two_triangles(total, data):
    warmup = data.draw(st.integers(0, total))
    found = factors(total, warmup)
    assert found.sum() == pytest.approx(area(total, warmup))
    assert found[:warmup].sum() == pytest.approx(area(total, warmup) - area(total - warmup, 0) * (warmup < total))
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found[: warmup + 1]) > 0).all()
    assert (np.diff(found[warmup:]) < 0).all()
    if warmup < total:
        assert found[warmup] == 1
        assert found[-1] == pytest.approx(1 / (total - warmup))


def test_a_schedule_that_is_one_step_late_has_other_areas():
    assert area(100, 0) - factors(100, 0, one_step_late).sum() == pytest.approx(1)
    assert factors(100, 10, one_step_late)[:10].sum() - factors(100, 10)[:10].sum() == pytest.approx(1)


@optimizers
@given(st.integers(1, 60), st.sampled_from([0.01, 0.5]), st.data())
def test_decay_alone_over_a_schedule_is_the_product_of_its_factors(kind, total, decay, data):
    warmup = data.draw(st.integers(0, total))
    weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = kind([weight], lr=0.1, weight_decay=decay)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: linear_warmup_decay(done, total, warmup))
    weight.grad = torch.zeros_like(weight)
    for _ in range(total):
        optimizer.step()
        scheduler.step()
    wanted = np.prod(1 - 0.1 * decay * factors(total, warmup))
    assert weight.item() == pytest.approx(wanted, rel=1e-12)
    if decay == 0.5 and total > 2:
        assert weight.item() != pytest.approx(np.prod(1 - 0.1 * decay * np.ones(total)), rel=1e-6)


def batch(count=10):
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(count, 3, generator=generator, dtype=torch.float64)
    return inputs, inputs @ torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64) + 1


def train(kind, sizes, *, weigh=True, clip_each=False, steps=4):
    """Fit a linear model with each batch in parts of these sizes, gradients clipped once all are there."""
    inputs, targets = batch(sum(sizes))
    weight = torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))
    optimizer = kind([weight], lr=0.1, eps=1e-3, weight_decay=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        for part, wanted in zip(inputs.split(sizes), targets.split(sizes), strict=True):
            errors = (part @ weight - wanted).square()
            (errors.sum() / len(inputs) if weigh else errors.mean() / len(sizes)).backward()
            if clip_each:
                torch.nn.utils.clip_grad_norm_([weight], 1e-2)
        torch.nn.utils.clip_grad_norm_([weight], 1e-2)
        optimizer.step()
    return weight.detach().numpy()


@optimizers
@given(st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_parts_of_a_batch_do_what_the_batch_does_also_with_an_uneven_end(kind, sizes):
    np.testing.assert_allclose(train(kind, sizes), train(kind, [sum(sizes)]), rtol=1e-10)


@optimizers
@pytest.mark.parametrize("defect", [{"weigh": False}, {"clip_each": True}], ids=str)
def test_parts_that_are_not_weighed_or_each_clipped_do_something_else(kind, defect):
    uneven = [4, 4, 1]
    assert np.abs(train(kind, uneven, **defect) - train(kind, [9])).max() > 1e-4


def linear(kind, kernel, **options):
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    groups = [{"params": [model.weight], "lr": 1e-2, "weight_decay": 0.1}, {"params": [model.bias]}]
    return model, kind(groups, lr=1e-3, **kernel, **options)


def scaled_step(model, optimizer, scaler, poison=False):
    optimizer.zero_grad()
    inputs, targets = (tensor.float() for tensor in batch())
    scaler.scale((model(inputs).squeeze() - targets).square().mean()).backward()
    if poison:
        model.weight.grad[0, 0] = float("inf")
    scaler.step(optimizer)
    scaler.update()


def weights_and_rates(model, optimizer):
    weights = [parameter.tolist() for parameter in model.parameters()]
    return weights, [group["lr"] for group in optimizer.param_groups]


def state_of(optimizer):
    """Steps and moments as numbers, nothing where they are all 0."""
    states = [[value.tolist() for value in state.values()] for state in optimizer.state.values()]
    return states if any(np.any(value) for state in states for value in state) else []


@optimizers
@kernels
@pytest.mark.parametrize("before", [0, 2])
def test_a_step_that_overflows_changes_nothing(kind, kernel, before):
    model, optimizer = linear(kind, kernel)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    for _ in range(before):
        scaled_step(model, optimizer, scaler)
    seen, state = weights_and_rates(model, optimizer), state_of(optimizer)
    scaled_step(model, optimizer, scaler, poison=True)
    assert weights_and_rates(model, optimizer) == seen
    assert state_of(optimizer) == state
    assert scaler.get_scale() == 4.0
    scaled_step(model, optimizer, scaler)
    assert weights_and_rates(model, optimizer) != seen
    assert state_of(optimizer) != state


@optimizers
@kernels
def test_the_scale_of_the_loss_does_not_matter_and_an_overflow_leaves_no_trace(kind, kernel):
    plain, scaled = linear(kind, kernel), linear(kind, kernel)
    off, on = torch.amp.GradScaler("cpu", enabled=False), torch.amp.GradScaler("cpu", init_scale=1024.0)
    for step in range(4):
        scaled_step(*plain, off)
        scaled_step(*scaled, on, poison=True)
        scaled_step(*scaled, on)
        assert on.get_scale() == 1024.0 / 2 ** (step + 1)
    torch.testing.assert_close(list(scaled[0].parameters()), list(plain[0].parameters()), rtol=1e-5, atol=1e-7)


def test_gradients_that_stay_scaled_would_be_seen():
    plain, scaled = (linear(BertAdam, KERNELS["loop"], eps=1e-2) for _ in range(2))
    off, on = torch.amp.GradScaler("cpu", enabled=False), torch.amp.GradScaler("cpu", init_scale=1024.0)
    scaled_step(*plain, off)
    inputs, targets = (tensor.float() for tensor in batch())
    on.scale((scaled[0](inputs).squeeze() - targets).square().mean()).backward()
    scaled[1].step()
    assert (scaled[0].weight - plain[0].weight).abs().max() > 1e-3


@optimizers
@pytest.mark.parametrize("kernel", [KERNELS["loop"], KERNELS["fused"], {}], ids=["loop", "fused", "default"])
def test_a_tensor_as_rate_does_what_the_number_does_under_a_scheduler_too(kind, kernel):
    found = []
    for rate in (1e-2, torch.tensor(1e-2, dtype=torch.float64)):
        weight = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
        optimizer = kind([{"params": [weight], "weight_decay": 0.5}], lr=rate, **kernel)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: linear_warmup_decay(done, 5, 1))
        for _ in range(5):
            weight.grad = 2 * weight.detach()
            optimizer.step()
            scheduler.step()
        found.append(weight.detach().numpy())
    np.testing.assert_allclose(found[1], found[0], rtol=1e-12)


def test_a_tensor_as_rate_is_left_alone():
    rate = torch.tensor(1e-2, dtype=torch.float64)
    weight = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
    optimizer = BertAdam([weight], lr=rate)
    weight.grad = torch.ones_like(weight)
    optimizer.step()
    assert optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == 1e-2


def test_foreach_with_a_tensor_as_rate_is_refused_as_torch_does():
    with pytest.raises(ValueError, match="lr as a Tensor is not supported"):
        BertAdam([torch.nn.Parameter(torch.ones(1))], lr=torch.tensor(1e-2), foreach=True)


@pytest.mark.parametrize("name", ["capturable", "differentiable"])
def test_what_the_host_cannot_do_is_one_clear_error(name):
    weight = torch.nn.Parameter(torch.ones(1))
    weight.grad = torch.ones(1)
    with pytest.raises(TypeError, match=name):
        BertAdam([weight], **{name: True})
    in_group = BertAdam([{"params": [weight], name: True}])
    with pytest.raises(ValueError, match=f"on the host: {name} is True, must be False"):
        in_group.step()
    loaded = BertAdam([weight])
    loaded.load_state_dict(in_group.state_dict())
    with pytest.raises(ValueError, match=name):
        loaded.step()
    assert weight.item() == 1


def test_a_copy_goes_on_alone():
    weight = torch.nn.Parameter(torch.ones(1))
    weight.grad = torch.ones(1)
    optimizer = BertAdam([weight], lr=0.1)
    optimizer.step()
    other = copy.deepcopy(optimizer)
    (mine,) = other.param_groups[0]["params"]
    mine.grad = torch.ones(1)
    before = weight.item()
    other.step()
    assert weight.item() == before
    assert mine.item() < before
