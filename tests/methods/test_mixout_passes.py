"""Mixout under gradient checkpointing, and in models whose linear layers are not all what they seem."""

import copy

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification

from stablebert.hf import prepare
from stablebert.methods import apply_mixout

# transformers has a new name for it, and older versions the old one alone
pytestmark = pytest.mark.filterwarnings("ignore:`gradient_checkpointing_enable` is deprecated:FutureWarning")
SIZE = {"vocab_size": 11, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 16}
WORDS = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 8]])


def gradients(checkpointing, fidelity="corrected", passes=1):
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig(num_hidden_layers=3, **SIZE))
    prepare(model, "mixout.p0.5", total_steps=4, fidelity=fidelity)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor += 0.1 * torch.randn_like(tensor)
    if checkpointing is not None:
        model.gradient_checkpointing_enable({"use_reentrant": checkpointing})
        model.enable_input_require_grads()
    model.train()
    losses = []
    for _ in range(passes):
        loss = sum(model(input_ids=ids[None]).logits.square().sum() for ids in WORDS)
        loss.backward()
        losses.append(loss.item())
    return losses, {name: tensor.grad for name, tensor in model.named_parameters()}


@pytest.mark.parametrize("fidelity", ["corrected", "released"])
@pytest.mark.parametrize("reentrant", [True, False])
def test_gradient_checkpointing_gives_the_same_gradients(reentrant, fidelity):
    losses, expected = gradients(None, fidelity, passes=3)
    found_losses, found = gradients(reentrant, fidelity, passes=3)
    assert found_losses == losses
    # masks are new at every pass
    assert len(set(losses)) == 3
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-5, atol=1e-7)


def test_masks_that_are_drawn_anew_would_be_seen(monkeypatch):
    _, expected = gradients(None)
    monkeypatch.setattr(torch._C, "_current_graph_task_id", lambda: -1)
    _, found = gradients(False)
    assert any(not torch.allclose(found[name], gradient, rtol=1e-3) for name, gradient in expected.items())


class Scaled(nn.Linear):
    """A linear layer with a forward pass of its own."""

    def forward(self, hidden):
        return 2 * nn.functional.linear(hidden, self.weight, self.bias)


class Mixed(nn.Module):
    """Layers of every kind, two of them one."""

    def __init__(self):
        super().__init__()
        self.plain = nn.Linear(4, 4)
        self.again = self.plain
        self.scaled = Scaled(4, 4)
        self.attention = nn.MultiheadAttention(4, 2)
        self.dropout_prob, self.attention_dropout, self.rate = 0.5, 0.5, 0.5

    def forward(self, hidden):
        attended, _ = self.attention(hidden, hidden, hidden)
        return self.again(self.scaled(self.plain(attended)))


def test_only_what_is_mixed_is_named():
    torch.manual_seed(0)
    model = Mixed()
    before = copy.deepcopy(model)
    targets = {name: torch.zeros_like(tensor) for name, tensor in model.named_parameters()}
    assert apply_mixout(model, 0.5, pretrained=targets, generator=torch.Generator().manual_seed(0)) == ["plain.weight"]
    assert model.again is model.plain
    assert type(model.scaled) is Scaled
    assert (model.dropout_prob, model.attention_dropout, model.rate) == (0.0, 0.0, 0.5)
    words = torch.randn(3, 4)
    assert torch.equal(model.eval()(words), before.eval()(words))
    assert not torch.equal(model.train()(words), model(words))
