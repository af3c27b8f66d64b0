"""Models that something wraps: torch.compile, PEFT, a module of one's own; found whole, or refused whole."""

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertPreTrainedModel

from stablebert.encoders.parts import find_encoder, parameter_blocks
from stablebert.encoders.sources import EncoderError
from stablebert.hf import prepare
from stablebert.methods import (
    MethodError,
    PretrainedDecay,
    apply_mixout,
    layerwise_lr_groups,
    reinitialize,
    weight_decay_groups,
)
from tests.methods.models import bert

# what torch.compile imports
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
SIZE = {"vocab_size": 11, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 16}


def with_head(blocks=2):
    torch.manual_seed(0)
    return BertForSequenceClassification(BertConfig(num_hidden_layers=blocks, **SIZE))


class Adapted(nn.Module):
    """As PEFT's: two wrappers that pass on every attribute that they lack."""

    def __init__(self, inner):
        super().__init__()
        self.model = inner

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("model"), name)


class Own(nn.Module):
    """A user's classifier."""

    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.1)
        self.bert = bert()
        self.out = nn.Linear(8, 2)


WRAPPED = {
    "bert": lambda: with_head(),
    "_orig_mod.bert": lambda: torch.compile(with_head()),
    "model.model.bert": lambda: Adapted(Adapted(with_head())),
    "_orig_mod.model.bert": lambda: torch.compile(Adapted(with_head())),
    "module.bert": lambda: nn.ModuleDict({"module": with_head()}),
    "own.bert": lambda: nn.ModuleDict({"own": Own()}),
    "_orig_mod": lambda: torch.compile(bert()),
}


@pytest.mark.parametrize("place", WRAPPED)
def test_the_encoder_is_found_and_every_depth_has_its_rate(place):
    model = WRAPPED[place]()
    assert find_encoder(model).prefix == f"{place}."
    groups = layerwise_lr_groups(model, 1.0, 0.5)
    assert [group["lr"] for group in groups] == [0.25, 0.5, 1.0]
    rates = {id(tensor): group["lr"] for group in groups for tensor in group["params"]}
    for name, tensor in model.named_parameters():
        inside = name.removeprefix(f"{place}.")
        depth = 2 if inside.startswith("embeddings") else 1 if inside.startswith("encoder.layer.0") else 0
        assert rates[id(tensor)] == 0.5**depth, name


@pytest.mark.parametrize("place", WRAPPED)
def test_the_right_tensors_are_redrawn(place):
    model = WRAPPED[place]()
    before = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
    names = reinitialize(model, 1)
    assert names == [name for name in before if name.startswith((f"{place}.encoder.layer.1.", f"{place}.pooler."))]
    moved = {name for name, tensor in model.named_parameters() if not torch.equal(tensor, before[name])}
    assert moved == {name for name in names if before[name].ndim > 1}


@pytest.mark.parametrize("place", WRAPPED)
def test_the_matrices_of_the_encoder_are_mixed(place):
    model = WRAPPED[place]()
    names = apply_mixout(model, 0.5)
    assert all(name.startswith(f"{place}.") for name in names)
    assert len(names) == 13
    assert parameter_blocks(model)["head"] == [
        name for name, _ in model.named_parameters() if not name.startswith(f"{place}.")
    ]


def test_what_has_no_encoder_or_two_is_refused_whole():
    two = nn.ModuleDict({"query": bert(), "document": bert()})
    before = [tensor.detach().clone() for tensor in two.parameters()]
    with pytest.raises(EncoderError, match=r"ModuleDict has 2 encoders \(query, document\); give one of them"):
        reinitialize(two, 1)
    assert all(torch.equal(one, other) for one, other in zip(before, two.parameters(), strict=True))
    # one encoder for both is one
    tower = bert()
    assert find_encoder(nn.ModuleDict({"query": tower, "document": tower})).prefix == "query."
    with pytest.raises(EncoderError, match="Sequential is no transformers model, and there is none in it"):
        layerwise_lr_groups(nn.Sequential(nn.Linear(2, 2)), 1.0, 0.5)


class Strange(nn.Module):
    """A layer that re-initialisation knows nothing of."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(8))


@pytest.mark.parametrize("place", ["attention.self.query", "output.LayerNorm", "intermediate.dense"])
@pytest.mark.parametrize("block", [0, 1])
def test_a_refused_redraw_leaves_every_tensor_as_it_was(place, block):
    model = BertModel(BertConfig(num_hidden_layers=2, **SIZE))
    parent, _, name = f"encoder.layer.{block}.{place}".rpartition(".")
    setattr(model.get_submodule(parent), name, Strange())
    before = [tensor.detach().clone() for tensor in model.parameters()]
    with pytest.raises(MethodError, match=rf"reinit: encoder.layer.{block}.{place} is a Strange"):
        reinitialize(model, 2)
    assert all(torch.equal(one, other) for one, other in zip(before, model.parameters(), strict=True))


class Inherited(BertPreTrainedModel):
    """A user's classifier after transformers' pattern, with a name of its own for the encoder."""

    def __init__(self, config):
        super().__init__(config)
        self.encoder = BertModel(config)
        self.out = nn.Linear(8, 2)


FUNCTIONS = {
    "reinitialize": lambda model: reinitialize(model, 1),
    "layerwise_lr_groups": lambda model: layerwise_lr_groups(model, 1.0, 0.5),
    "weight_decay_groups": lambda model: weight_decay_groups(model, 0.1),
    "apply_mixout": lambda model: apply_mixout(model, 0.5),
    "PretrainedDecay": lambda model: PretrainedDecay(torch.optim.SGD(model.parameters(), lr=0.1), model, 0.1),
    "prepare": lambda model: prepare(model, "reinit+llrd+mixout+prior", total_steps=20),
}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("build", [Own, lambda: Inherited(BertConfig(num_hidden_layers=2, **SIZE))])
def test_every_function_takes_a_module_of_ones_own(function, build):
    FUNCTIONS[function](build())
    # the control: without an encoder in it there is nothing to work on, except for decay, which any model has
    if function != "weight_decay_groups":
        with pytest.raises(EncoderError, match="is no transformers model"):
            FUNCTIONS[function](nn.Sequential(nn.Linear(2, 2)))


def test_an_encoder_by_another_name_is_found_where_it_is():
    assert find_encoder(Inherited(BertConfig(num_hidden_layers=2, **SIZE))).prefix == "encoder."
