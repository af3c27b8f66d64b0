"""Every family whose batches are packed: logits and gradients of its padded model, on either path."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModel

from stablebert.encoders.family import FAMILIES
from stablebert.encoders.model import Classifier, Encoder
from stablebert.training.examples import Encoding
from stablebert.training.fast.native.swapping import swap_in
from stablebert.training.fast.packing import pack_encoder, packed_logits
from tests.training.fast.native.kept import NEEDS_KERNELS

PACKED = sorted(name for name, family in FAMILIES.items() if family.packed)
PATHS = ["packed", pytest.param("native", marks=NEEDS_KERNELS)]
SMALL = {
    "vocab_size": 40,
    "hidden_size": 16,
    "embedding_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
}
TEXTS = [Encoding(tuple(range(3, 3 + length)), (0,) * length, 0) for length in (9, 3, 17, 5)]


def classifier(model_type, family, **settings):
    config = AutoConfig.for_model(model_type, **SMALL, **settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = AutoModel.from_config(config)
        for parameter in model.parameters():
            parameter.data += 0.05 * torch.randn_like(parameter)
    encoder = Encoder("tiny", Path(), model, family, "")
    return Classifier(encoder, 2, 0.0, torch.Generator().manual_seed(0)).double().eval()


def padded(model, padding):
    longest = max(len(text.input_ids) for text in TEXTS)
    rows = [list(text.input_ids) + [padding] * (longest - len(text.input_ids)) for text in TEXTS]
    ids = torch.tensor(rows)
    mask = torch.tensor([[1] * len(text.input_ids) + [0] * (longest - len(text.input_ids)) for text in TEXTS])
    return model(input_ids=ids, attention_mask=mask)


def packed(model, path):
    swapped = swap_in(model) if path == "native" else []
    pack_encoder(model, native=path == "native")
    return packed_logits(model, TEXTS), swapped


def gradients(model, logits):
    logits.square().sum().backward()
    return {name: parameter.grad for name, parameter in model.named_parameters()}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("padding", [None, 0, 2])
@pytest.mark.parametrize("name", PACKED)
def test_packed_is_padded(name, padding, path):
    settings = {} if padding is None else {"pad_token_id": padding}
    one, other = (classifier(name, FAMILIES[name], **settings) for _ in range(2))
    expected = padded(one, one.encoder.config.pad_token_id)
    found, swapped = packed(other, path)
    assert len(swapped) == (7 if path == "native" else 0)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
    mine, theirs = gradients(other, found), gradients(one, expected)
    for place, gradient in theirs.items():
        packed_place = place.replace("encoder.layer.1.", "encoder.layer.1.block.")
        torch.testing.assert_close(mine[packed_place], gradient, rtol=1e-9, atol=1e-12)


def test_positions_that_begin_elsewhere_would_be_seen():
    right = classifier("roberta", FAMILIES["roberta"])
    wrong = classifier("roberta", replace(FAMILIES["roberta"], first_position=0))
    expected, (found, _) = padded(right, 1), packed(wrong, "packed")
    assert not torch.allclose(found, expected, rtol=1e-6)
