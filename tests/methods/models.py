"""Models at the awkward corners: deep and flat, tied, frozen, without pooler, with a normalisation by another name."""

import torch
from torch import nn
from transformers import BertConfig, BertForMaskedLM, BertModel

_SIZE = {"vocab_size": 11, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 16}


def bert(blocks: int = 2, *, pooler: bool = True) -> BertModel:
    """Return a BERT without head, weights drawn from a fixed seed."""
    torch.manual_seed(0)
    return BertModel(BertConfig(num_hidden_layers=blocks, **_SIZE), add_pooling_layer=pooler)


def tied() -> BertForMaskedLM:
    """Return a masked language model whose decoder shares the embedding matrix."""
    torch.manual_seed(0)
    return BertForMaskedLM(BertConfig(num_hidden_layers=2, **_SIZE))


class ScaleNorm(nn.Module):
    """A normalisation that inherits from none of torch's, with a matrix of its own to tempt a rule by shape."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(2, 2))


class Odd(nn.Module):
    """Layers named to mislead a rule by name."""

    def __init__(self) -> None:
        super().__init__()
        self.layer_norm = nn.Linear(3, 3)
        self.dense = nn.LayerNorm(3)
        self.biased = nn.Embedding(4, 3)
        self.scale = ScaleNorm()
        self.r_w_bias = nn.Parameter(torch.ones(2, 3))
