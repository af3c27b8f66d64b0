import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stablebert.optim import BertAdam, bias_ratio, linear_warmup_decay


def reference(weights, gradients, *, lr, beta1, beta2, eps, decay, corrected=False, inside=False, coupled=False):
    """Algorithm 1 in float64, without lines 9 and 10 unless `corrected`; the other switches are defects."""
    theta, m, v = (np.array(weights, dtype=np.float64), 0.0, 0.0)
    path = []
    for t, gradient in enumerate(gradients, 1):
        g = gradient + (decay * theta if coupled else 0.0)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        mhat, vhat = (m / (1 - beta1**t), v / (1 - beta2**t)) if corrected else (m, v)
        if not coupled:
            theta = theta * (1 - lr * decay)
        theta = theta - lr * mhat / (np.sqrt(vhat + eps) if inside else np.sqrt(vhat) + eps)
        path.append(theta)
    return np.array(path)


def trajectory(weights, gradients, **options):
    parameter = torch.nn.Parameter(torch.tensor(weights, dtype=torch.float64))
    optimizer = BertAdam([parameter], **options)
    path = []
    for gradient in gradients:
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        path.append(parameter.detach().numpy().copy())
    return np.array(path)


CORNERS = {
    "lr": st.sampled_from([1e-5, 1e-3, 0.1]),
    "beta1": st.sampled_from([0.0, 0.9, 0.99]),
    "beta2": st.sampled_from([0.0, 0.99, 0.999]),
    "eps": st.sampled_from([1e-12, 1e-8, 1e-3]),
    "decay": st.sampled_from([0.0, 0.01, 0.5]),
    "scale": st.sampled_from([1e-8, 1e-3, 1.0, 1e4]),
    "seed": st.integers(0, 5),
}


def draws(scale, seed, steps=12):
    generator = np.random.default_rng(seed)
    gradients = scale * generator.normal(size=(steps, 5))
    gradients[generator.random(gradients.shape) < 0.2] = 0
    return generator.normal(size=5), gradients


@pytest.mark.parametrize("kernel", [{"foreach": False, "fused": False}, {"foreach": True}, {"fused": True}])
@given(**CORNERS)
@settings(max_examples=40)
def test_trajectories_are_those_of_the_equation(kernel, lr, beta1, beta2, eps, decay, scale, seed):
    weights, gradients = draws(scale, seed)
    ours = trajectory(weights, gradients, lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=decay, **kernel)
    expected = reference(weights, gradients, lr=lr, beta1=beta1, beta2=beta2, eps=eps, decay=decay)
    np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("defect", ["corrected", "inside", "coupled"])
def test_the_comparison_catches_defects(defect):
    weights, gradients = draws(1e-3, 0)
    ours = trajectory(weights, gradients, lr=1e-3, betas=(0.9, 0.999), eps=1e-3, weight_decay=0.5)
    wrong = reference(weights, gradients, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-3, decay=0.5, **{defect: True})
    assert np.abs(ours - wrong).max() > 1e-5


def test_the_first_step_is_the_bias_ratio_times_the_rate():
    path = trajectory([0.0], [[7.0]], lr=1e-3, eps=1e-12)
    assert path[0, 0] == pytest.approx(-1e-3 * bias_ratio(1))


@given(st.integers(1, 5000), st.floats(0, 0.999), st.floats(0, 0.9999))
def test_bias_ratio_is_its_formula(step, beta1, beta2):
    assert bias_ratio(step, (beta1, beta2)) == pytest.approx((1 - beta1**step) / (1 - beta2**step) ** 0.5)


def test_bias_ratio_has_the_shape_of_figure_1():
    values = [bias_ratio(step) for step in range(1, 30_000)]
    assert values[0] == pytest.approx(3.162, abs=1e-3)
    assert 8 < int(np.argmax(values)) + 1 < 16
    assert max(values) == pytest.approx(6.6, abs=0.1)
    assert values[-1] == pytest.approx(1, abs=1e-6)


def model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 2)).double()


def groups(net):
    return [
        {"params": net[0].parameters(), "lr": 1e-2, "weight_decay": 0.1},
        {"params": net[1].parameters(), "lr": 1e-3},
    ]


def step(net, optimizer, seed):
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(8, 4, generator=generator, dtype=torch.float64)
    optimizer.zero_grad()
    net(inputs).square().sum().backward()
    optimizer.step()


def weights_of(net):
    return torch.cat([parameter.detach().flatten() for parameter in net.parameters()])


def test_groups_keep_their_own_rate_and_decay_and_are_put_back():
    net, alone = model(), model()
    together = BertAdam(groups(net))
    apart = [BertAdam([group]) for group in groups(alone)]
    for seed in range(3):
        step(net, together, seed)
        inputs = torch.randn(8, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        alone.zero_grad()
        alone(inputs).square().sum().backward()
        for optimizer in apart:
            optimizer.step()
    assert torch.equal(weights_of(net), weights_of(alone))
    assert [group["lr"] for group in together.param_groups] == [1e-2, 1e-3]
    assert len(together.param_groups[0]["params"]) == 2


def test_saved_and_loaded_equals_uninterrupted():
    net = model()
    optimizer = BertAdam(groups(net))
    for seed in range(3):
        step(net, optimizer, seed)
    twin = copy.deepcopy(net)
    loaded = BertAdam(groups(twin))
    loaded.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for seed in range(3, 6):
        step(net, optimizer, seed)
        step(twin, loaded, seed)
    assert torch.equal(weights_of(net), weights_of(twin))


def test_a_parameter_that_joins_late_starts_with_its_own_first_step():
    early, late = (torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(2))
    optimizer = BertAdam([early, late], lr=1e-3, eps=1e-12, weight_decay=0.5)
    early.grad = torch.ones(1, dtype=torch.float64)
    optimizer.step()
    assert late.item() == 0
    late.grad = torch.ones(1, dtype=torch.float64)
    optimizer.step()
    assert late.item() == pytest.approx(-1e-3 * bias_ratio(1))


def test_a_scheduler_and_a_closure_work():
    parameter = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = BertAdam([parameter], lr=1e-3)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: linear_warmup_decay(done, 4, 1))

    def closure():
        optimizer.zero_grad()
        loss = parameter.square().sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 1.0
    assert parameter.item() == 1.0
    scheduler.step()
    optimizer.step(closure)
    assert parameter.item() < 1.0


def test_hooks_run_once_a_step():
    torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))])
    parameter = torch.nn.Parameter(torch.zeros(1))
    parameter.grad = torch.ones(1)
    optimizer = BertAdam([parameter])
    calls = []
    optimizer.register_step_post_hook(lambda *_: calls.append(1))
    optimizer.step()
    assert calls == [1]


def test_a_tensor_as_rate_works():
    one = trajectory([1.0], [[2.0], [1.0]], lr=1e-3)
    other = trajectory([1.0], [[2.0], [1.0]], lr=torch.tensor(1e-3, dtype=torch.float64), foreach=False)
    np.testing.assert_allclose(one, other)


@pytest.mark.parametrize("options", [{"lr": -1.0}, {"betas": (1.0, 0.9)}, {"eps": -1.0}, {"weight_decay": -1.0}])
def test_hyperparameters_outside_their_range_are_refused(options):
    with pytest.raises(ValueError, match="Invalid"):
        BertAdam([torch.nn.Parameter(torch.zeros(1))], **options)


@given(st.integers(1, 400), st.data())
def test_the_schedule_is_transformers_linear_one(total, data):
    from transformers import get_linear_schedule_with_warmup

    warmup = data.draw(st.integers(0, total))
    step_ = data.draw(st.integers(0, total + 5))
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = get_linear_schedule_with_warmup(optimizer, warmup, total).lr_lambdas[0](step_)
    assert linear_warmup_decay(step_, total, warmup) == pytest.approx(theirs)


@pytest.mark.parametrize("arguments", [(-1, 10, 1), (0, 0, 0), (0, 10, 11), (0, 10, -1)])
def test_a_schedule_outside_its_range_is_refused(arguments):
    with pytest.raises(ValueError, match="warmup_steps"):
        linear_warmup_decay(*arguments)
