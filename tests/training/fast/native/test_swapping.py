"""The native path in a whole model: the same logits and gradients, the same names, and what is not ours left alone."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from stablebert.encoders.family import FAMILIES, Family
from stablebert.encoders.model import Classifier, load_encoder
from stablebert.methods import apply_mixout
from stablebert.training.examples import encode
from stablebert.training.fast.native import kernels, modules
from stablebert.training.fast.native.swapping import can_be_native, swap_in
from stablebert.training.fast.packing import pack_encoder, packed_logits
from stablebert.training.forward import padded_logits
from tests.tiny import tiny_task
from tests.training.fast.native.kept import NEEDS_KERNELS

pytestmark = NEEDS_KERNELS


def classifier(folder, dropout=0.0, *, native=True, dtype=torch.float64):
    encoder = load_encoder("tiny", source=str(folder), dropout=dropout)
    model = Classifier(encoder, 2, dropout, torch.Generator().manual_seed(0)).to(dtype)
    if native:
        swap_in(model)
        pack_encoder(model, native=True)
    return encoder, model.train()


@pytest.fixture
def batch(tiny_encoder):
    return encode(tiny_task().train, classifier(tiny_encoder)[0].tokenizer, 32)[:9]


def logits_and_gradients(model, logits):
    weights = torch.randn(logits.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    (logits * weights).sum().backward()
    return [logits.detach(), *(parameter.grad for parameter in model.parameters())]


def test_logits_and_gradients_are_the_padded_ones(tiny_encoder, batch):
    encoder, padded = classifier(tiny_encoder, native=False)
    _, native = classifier(tiny_encoder)
    expected = logits_and_gradients(padded, padded_logits(encoder.tokenizer)(padded, batch))
    found = logits_and_gradients(native, packed_logits(native, batch))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def test_a_wrong_kernel_would_be_seen(tiny_encoder, batch, monkeypatch):
    encoder, padded = classifier(tiny_encoder, native=False)
    _, native = classifier(tiny_encoder)
    right = kernels.gelu_backward
    monkeypatch.setattr(kernels, "gelu_backward", lambda gradient, rows: 1.001 * right(gradient, rows))
    expected = logits_and_gradients(padded, padded_logits(encoder.tokenizer)(padded, batch))
    with pytest.raises(AssertionError):
        torch.testing.assert_close(logits_and_gradients(native, packed_logits(native, batch)), expected)


def test_in_bfloat16_it_is_near(tiny_encoder, batch):
    _, wide = classifier(tiny_encoder)
    _, narrow = classifier(tiny_encoder, dtype=torch.float32)
    expected = packed_logits(wide, batch)
    with torch.autocast("cpu", torch.bfloat16):
        found = packed_logits(narrow, batch)
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=3e-2)
    found.float().sum().backward()
    expected.sum().backward()
    for one, other in zip(narrow.parameters(), wide.parameters(), strict=True):
        assert one.grad.dtype is torch.float32
        # of the keys' bias the gradient is zero but for rounding
        if other.grad.norm() > 1e-9:
            assert torch.cosine_similarity(one.grad.double().flatten(), other.grad.flatten(), 0) > 0.99


def test_the_eps_of_every_norm_is_its_own(tiny_encoder, batch):
    encoder, padded = classifier(tiny_encoder, native=False)
    _, native = classifier(tiny_encoder)
    for model in (padded, native):
        for place, norm in enumerate(module for module in model.modules() if isinstance(module, nn.LayerNorm)):
            norm.eps = 0.1 * (place + 1)
    expected = logits_and_gradients(padded, padded_logits(encoder.tokenizer)(padded, batch))
    found = logits_and_gradients(native, packed_logits(native, batch))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def test_a_model_in_evaluation_stays_there(tiny_encoder, batch):
    encoder, padded = classifier(tiny_encoder, dropout=0.5, native=False)
    _, native = classifier(tiny_encoder, dropout=0.5, native=False)
    assert swap_in(native.eval())
    pack_encoder(native, native=True)
    expected = padded_logits(encoder.tokenizer)(padded.eval(), batch)
    torch.testing.assert_close(packed_logits(native, batch), expected)


def test_names_and_parameters_stay(tiny_encoder):
    _, model = classifier(tiny_encoder, native=False)
    before = {name: id(tensor) for name, tensor in model.named_parameters()}
    swapped = swap_in(model)
    assert {name: id(tensor) for name, tensor in model.named_parameters()} == before
    assert swapped == [
        "embeddings.dropout",
        *(
            f"encoder.layer.{block}.{part}"
            for block in (0, 1)
            for part in ("attention.output", "output", "intermediate.intermediate_act_fn")
        ),
    ]


def test_what_others_have_put_in_stays(tiny_encoder):
    class Own(nn.LayerNorm):
        pass

    _, model = classifier(tiny_encoder, native=False)
    blocks = model.encoder.encoder.layer
    blocks[0].output.LayerNorm = Own(16)
    blocks[0].attention.output.LayerNorm = nn.LayerNorm(16, bias=False)
    blocks[1].attention.output.register_forward_hook(lambda *_: None)
    blocks[1].intermediate.intermediate_act_fn = nn.ReLU()
    swapped = swap_in(model)
    assert "encoder.layer.0.output" not in swapped
    assert "encoder.layer.0.attention.output" not in swapped
    assert "encoder.layer.1.attention.output" not in swapped
    assert isinstance(blocks[1].intermediate.intermediate_act_fn, nn.ReLU)
    assert len(swapped) == 3


@pytest.mark.parametrize(
    "hook",
    [
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
    ],
)
@pytest.mark.parametrize("place", ["output", "output.LayerNorm", "output.dropout"])
def test_a_module_with_a_hook_of_any_kind_stays(tiny_encoder, hook, place):
    _, model = classifier(tiny_encoder, native=False)
    block = model.encoder.encoder.layer[0]
    getattr(block.get_submodule(place), hook)(lambda *_: None)
    swapped = swap_in(model)
    assert "encoder.layer.0.output" not in swapped
    assert "encoder.layer.1.output" in swapped


def test_mixout_mixes_and_drops_nothing(tiny_encoder, batch):
    _, model = classifier(tiny_encoder, dropout=0.5, native=False)
    apply_mixout(model, 0.5, generator=torch.Generator().manual_seed(0))
    swap_in(model)
    pack_encoder(model, native=True)
    before = torch.get_rng_state()
    first, second = packed_logits(model, batch), packed_logits(model, batch)
    assert torch.equal(torch.get_rng_state(), before)
    # what is mixed starts at its target: the first masks change nothing
    torch.testing.assert_close(first, second)
    modules_mixed = [type(module).__name__ for module in model.modules()].count("MixoutLinear")
    assert modules_mixed > 0


def test_dropout_is_in_every_place(tiny_encoder, batch, monkeypatch):
    _, model = classifier(tiny_encoder, dropout=0.5)
    drawn = []
    monkeypatch.setattr(modules, "dropout_key", lambda rate: drawn.append(rate) or 7)
    packed_logits(model, batch)
    # embeddings, and in both blocks attention and the ends of its halves; the head's own is torch's
    assert drawn == [0.5] * 7
    drawn.clear()
    packed_logits(model.eval(), batch)
    assert drawn == [0.0] * 6


def test_where_the_native_path_can_be_taken():
    bert = FAMILIES["bert"]
    assert can_be_native(bert, "cpu")
    assert not can_be_native(bert, "cuda")
    assert not can_be_native(replace(bert, packed=False), "cpu")
    assert not can_be_native(Family("other", "embeddings", "layers", None, packed=True), "cpu")
