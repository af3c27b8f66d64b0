import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from stablebert.methods import MethodError, resolve, weight_decay_groups
from stablebert.optim import BertAdam
from stablebert.paper import CORRECTED, RELEASED
from stablebert.runs import Recipe
from tests.methods.models import Odd, bert, tied


def decaying(model, groups):
    names = {id(tensor): name for name, tensor in model.named_parameters()}
    held = [id(tensor) for group in groups for tensor in group["params"]]
    assert sorted(held) == sorted(id(tensor) for tensor in model.parameters() if tensor.requires_grad)
    return {names[id(tensor)] for group in groups if group["weight_decay"] for tensor in group["params"]}


def test_what_decays_is_found_by_the_type_of_its_module_not_by_its_name():
    model = Odd()
    assert decaying(model, weight_decay_groups(model, 0.1)) == {"layer_norm.weight", "biased.weight"}


def test_in_an_encoder_the_matrices_decay_and_nothing_else():
    model = bert(2)
    found = decaying(model, weight_decay_groups(model, 0.1))
    assert found == {
        name for name, _ in model.named_parameters() if not name.endswith("bias") and "LayerNorm" not in name
    }


def test_a_rule_by_shape_or_by_name_would_be_wrong():
    shapes = {name for name, tensor in Odd().named_parameters() if tensor.ndim >= 2}
    names = {name for name, _ in Odd().named_parameters() if not any(part in name for part in ("bias", "LayerNorm"))}
    right = {"layer_norm.weight", "biased.weight"}
    assert shapes != right
    assert names != right


def test_shared_and_frozen_parameters():
    model = tied()
    model.bert.encoder.layer[0].requires_grad_(False)
    found = decaying(model, weight_decay_groups(model, 0.1))
    assert "bert.embeddings.word_embeddings.weight" in found
    assert not [name for name in found if "layer.0." in name]


@pytest.mark.parametrize("kind", [torch.optim.AdamW, BertAdam])
@given(
    coefficient=st.sampled_from([1e-4, 1e-2, 0.1, 1.0]),
    rates=st.lists(st.sampled_from([0.0, 1e-3, 0.1]), min_size=1, max_size=6),
)
@settings(max_examples=25)
def test_without_gradient_only_the_decay_is_left_and_it_follows_the_rate(kind, coefficient, rates):
    model = nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2)).double()
    start = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
    optimizer = kind(weight_decay_groups(model, coefficient), lr=1.0)
    for rate in rates:
        for group in optimizer.param_groups:
            group["lr"] = rate
        for tensor in model.parameters():
            tensor.grad = torch.zeros_like(tensor)
        optimizer.step()
    factor = np.prod([1 - rate * coefficient for rate in rates])
    for name, tensor in model.named_parameters():
        torch.testing.assert_close(tensor, start[name] * (factor if name == "0.weight" else 1.0), rtol=1e-12, atol=0)


def test_in_the_released_code_it_does_nothing():
    model = bert(2)
    base = [{"params": list(model.parameters()), "lr": 1.0}]
    (method,) = resolve("wdecay.coefficient0.1")
    assert method.refine_groups(base, model, Recipe(), RELEASED) == base
    assert decaying(model, method.refine_groups(base, model, Recipe(), CORRECTED))


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_a_value_outside_its_range_is_refused(value):
    with pytest.raises(MethodError, match="must be >= 0"):
        weight_decay_groups(bert(), value)
