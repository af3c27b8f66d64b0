"""Every method on models at the awkward corners: it is right, or it is one clear error."""

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertForMaskedLM, BertForTokenClassification

from stablebert.hf import prepare
from stablebert.methods import MethodError, reinitialize
from stablebert.runs import Recipe
from tests.methods.models import bert, tied
from tests.methods.settings import TRAINER_TEXTS

SIZE = {"vocab_size": 11, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 16}
WORDS = torch.tensor([[1, 2, 3, 4]])


class RootNorm(nn.Module):
    """A normalisation of somebody's, in the place of torch's."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.full((size,), 1.1))

    def forward(self, hidden):
        return self.gain * nn.functional.rms_norm(hidden, hidden.shape[-1:])


def tagger(blocks):
    """A BERT without pooler, with a head for every token."""
    torch.manual_seed(0)
    model = BertForTokenClassification(BertConfig(num_hidden_layers=blocks, **SIZE))
    with torch.no_grad():
        for tensor in model.parameters():
            tensor += 0.1 * torch.randn_like(tensor)
    return model


def step(model, method):
    """Prepare a model, do one update and return what moved, by name."""
    prepared = prepare(model, method, total_steps=4, warmup_steps=0, recipe=Recipe(learning_rate=0.01))
    before = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
    model.train()
    found = model(input_ids=WORDS)
    output = found.logits if hasattr(found, "logits") else found.last_hidden_state
    output.square().sum().backward()
    prepared.optimizer.step()
    moved = {name for name, tensor in model.named_parameters() if not torch.equal(tensor, before[name])}
    held = [id(tensor) for group in prepared.optimizer.param_groups for tensor in group["params"]]
    assert sorted(held) == sorted(id(tensor) for tensor in model.parameters() if tensor.requires_grad)
    return moved


@pytest.mark.parametrize("method", TRAINER_TEXTS)
@pytest.mark.parametrize("blocks", [2, 12])
def test_a_flat_and_a_deep_model_without_pooler_move_in_all_parts(blocks, method):
    moved = step(tagger(blocks), method)
    for part in ("embeddings.word", "classifier.weight", *(f"encoder.layer.{index}." for index in range(blocks))):
        assert any(part in name for name in moved), part


@pytest.mark.parametrize("method", TRAINER_TEXTS)
def test_tied_weights_stay_tied_and_are_moved_once(method):
    model = tied()
    assert isinstance(model, BertForMaskedLM)
    if method == "reinit":
        # the default redraws one block; a masked language model has no pooler
        assert not any("pooler" in name for name in reinitialize(tied(), 1))
    moved = step(model, method)
    assert "bert.embeddings.word_embeddings.weight" in moved
    assert model.cls.predictions.decoder.weight is model.bert.embeddings.word_embeddings.weight


@pytest.mark.parametrize("method", TRAINER_TEXTS)
def test_frozen_parameters_stay(method):
    model = tagger(2)
    model.bert.embeddings.requires_grad_(False)
    moved = step(model, method)
    assert moved
    assert not any("embeddings" in name for name in moved)


def test_what_is_frozen_is_not_redrawn_for_good():
    model = bert()
    model.encoder.layer[1].requires_grad_(False)
    before = [tensor.detach().clone() for tensor in model.parameters()]
    with pytest.raises(MethodError, match=r"reinit: encoder.layer.1\S+ is frozen"):
        reinitialize(model, 1)
    assert all(torch.equal(one, other) for one, other in zip(before, model.parameters(), strict=True))


@pytest.mark.parametrize("method", TRAINER_TEXTS)
def test_a_parameter_without_gradient_stays_where_it_is(method):
    model = tagger(2)
    model.spare = nn.Parameter(torch.ones(3, 3))
    assert "spare" not in step(model, method)


@pytest.mark.parametrize("method", TRAINER_TEXTS)
def test_a_normalisation_of_another_name_and_kind(method):
    model = tagger(2)
    model.bert.encoder.layer[1].output.LayerNorm = RootNorm(8)
    if method == "reinit":
        with pytest.raises(MethodError, match=r"output.LayerNorm is a RootNorm, which it does not know how to draw"):
            step(model, method)
        return
    assert "bert.encoder.layer.1.output.LayerNorm.gain" in step(model, method)


def test_a_normalisation_of_another_name_does_not_decay():
    model = tagger(2)
    model.bert.encoder.layer[1].output.LayerNorm = RootNorm(8)
    prepared = prepare(model, "wdecay.coefficient0.5", total_steps=4)
    gain = model.bert.encoder.layer[1].output.LayerNorm.gain
    decays = {
        group["weight_decay"] for group in prepared.optimizer.param_groups for one in group["params"] if one is gain
    }
    assert decays == {0.0}
