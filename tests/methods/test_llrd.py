import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stablebert.encoders.sources import EncoderError
from stablebert.methods import MethodError, layerwise_lr_groups, resolve
from stablebert.optim import BertAdam, linear_warmup_decay
from stablebert.paper import CORRECTED, RELEASED
from stablebert.runs import Recipe
from tests.methods.models import bert, tied


def rates(model, groups):
    """Return the rate of every parameter by name, and hold that each trainable one is in one group."""
    names = {id(tensor): name for name, tensor in model.named_parameters()}
    held = [id(tensor) for group in groups for tensor in group["params"]]
    assert sorted(held) == sorted(id(tensor) for tensor in model.parameters() if tensor.requires_grad)
    return {names[id(tensor)]: group["lr"] for group in groups for tensor in group["params"]}


def expected(name, blocks, lr, decay):
    """The equation of the card, by name."""
    if "embeddings" in name:
        return lr * decay**blocks
    if ".layer." in name:
        return lr * decay ** (blocks - 1 - int(name.split(".layer.")[1].split(".")[0]))
    return lr


@pytest.mark.parametrize("blocks", [1, 2, 12])
@given(lr=st.sampled_from([2e-5, 5e-5, 1e-4]), decay=st.sampled_from([0.9, 0.95, 1.0]))
def test_every_depth_has_the_rate_of_the_equation(blocks, lr, decay):
    model = bert(blocks)
    found = rates(model, layerwise_lr_groups(model, lr, decay))
    for name, rate in found.items():
        assert rate == pytest.approx(expected(name, blocks, lr, decay), rel=1e-12)


def test_rates_rise_from_the_embeddings_to_the_head():
    groups = layerwise_lr_groups(bert(12), 1.0, 0.9)
    ascending = [group["lr"] for group in groups]
    assert ascending == sorted(ascending)
    assert len(set(ascending)) == 13


def test_a_scheduler_moves_every_rate_by_the_same_factor():
    model = bert(2)
    groups = layerwise_lr_groups(model, 1e-3, 0.5)
    optimizer = BertAdam(groups)
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: linear_warmup_decay(step + 3, 10, 4))
    np.testing.assert_allclose([group["lr"] for group in optimizer.param_groups], [0.25e-3 * f for f in (0.75, 1.5, 3)])


def test_the_rate_reaches_the_update():
    model = bert(2)
    before = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
    optimizer = torch.optim.SGD(layerwise_lr_groups(model, 1.0, 0.5))
    for tensor in model.parameters():
        tensor.grad = torch.ones_like(tensor)
    optimizer.step()
    for name, tensor in model.named_parameters():
        moved = (before[name] - tensor).mean().item()
        assert moved == pytest.approx(expected(name, 2, 1.0, 0.5), rel=1e-4)


def test_shared_weights_count_once_and_frozen_ones_not_at_all():
    model = tied()
    model.bert.encoder.layer[0].requires_grad_(False)
    found = rates(model, layerwise_lr_groups(model, 1.0, 0.5))
    assert found["bert.embeddings.word_embeddings.weight"] == 0.25
    assert found["cls.predictions.transform.dense.weight"] == 1.0
    assert not [name for name in found if "layer.0." in name]


def test_a_model_without_pooler_or_head_has_the_same_rates():
    model = bert(2, pooler=False)
    assert sorted(set(rates(model, layerwise_lr_groups(model, 1.0, 0.5)).values())) == [0.25, 0.5, 1.0]


def test_decay_of_the_matrices_comes_with_it():
    model = bert(2)
    groups = layerwise_lr_groups(model, 1.0, 0.5, weight_decay=0.1)
    rates(model, groups)
    assert {(group["lr"], group["weight_decay"]) for group in groups} == {
        (lr, decay) for lr in (0.25, 0.5, 1.0) for decay in (0.0, 0.1)
    }
    assert all((tensor.ndim >= 2) == (group["weight_decay"] > 0) for group in groups for tensor in group["params"])


def test_the_released_code_decays_the_top_block_already():
    model = bert(2)
    (method,) = resolve("llrd.decay0.5")
    base = [{"params": list(model.parameters()), "lr": 9.0}]
    recipe = Recipe(learning_rate=1.0)
    ours, theirs = (rates(model, method.refine_groups(base, model, recipe, kind)) for kind in (CORRECTED, RELEASED))
    assert {name: rate / ours[name] for name, rate in theirs.items() if "pooler" not in name} == {
        name: 0.5 for name in ours if "pooler" not in name
    }
    assert theirs["pooler.dense.weight"] == ours["pooler.dense.weight"] == 1.0


def test_a_rate_of_its_own_comes_before_the_recipes():
    model = bert(2)
    (method,) = resolve("llrd.decay0.5.lr0.003")
    groups = method.refine_groups([{"params": list(model.parameters()), "lr": 9.0}], model, Recipe(), CORRECTED)
    assert max(group["lr"] for group in groups) == 0.003


@pytest.mark.parametrize(
    ("arguments", "message"), [((0.0, 0.9), "lr is"), ((1.0, 0.0), "decay is"), ((1.0, 1.5), "decay is")]
)
def test_values_outside_their_range_are_refused(arguments, message):
    with pytest.raises(MethodError, match=message):
        layerwise_lr_groups(bert(), *arguments)


def test_a_model_of_unknown_shape_is_refused():
    with pytest.raises(EncoderError, match="no transformers model"):
        layerwise_lr_groups(torch.nn.Linear(2, 2), 1.0, 0.9)
    with pytest.raises(MethodError, match="weight_decay is"):
        layerwise_lr_groups(bert(), 1.0, 0.9, weight_decay=-1.0)
