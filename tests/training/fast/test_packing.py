from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stablebert.encoders.model import Classifier, load_encoder
from stablebert.training.examples import Encoding, encode
from stablebert.training.fast.packed_row import group_by_length
from stablebert.training.fast.packing import pack_encoder, packed_logits
from stablebert.training.fast.vocabulary import compact_vocabulary
from stablebert.training.forward import padded_logits
from tests.tiny import tiny_task


def classifier(folder, dropout=0.0):
    encoder = load_encoder("tiny", source=str(folder), dropout=dropout)
    return encoder, Classifier(encoder, 2, dropout, torch.Generator().manual_seed(0)).double()


@pytest.fixture
def batch(tiny_encoder):
    encoder, _ = classifier(tiny_encoder)
    return encode(tiny_task().train, encoder.tokenizer, 32)[:9]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.integers(1, 6))
def test_groups_cover_the_row_in_order(lengths, groups):
    lengths = sorted(lengths)
    found = group_by_length(lengths, groups)
    real = [
        token
        for group in found
        for token in (group.tokens.flatten() if group.real is None else group.tokens.flatten()[group.real]).tolist()
    ]
    assert real == list(range(sum(lengths)))
    assert len(found) <= groups


def test_packed_logits_and_gradients_are_the_padded_ones(tiny_encoder, batch):
    encoder, padded = classifier(tiny_encoder)
    _, packed = classifier(tiny_encoder)
    pack_encoder(packed)
    expected, found = padded_logits(encoder.tokenizer)(padded, batch), packed_logits(packed, batch)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)
    weights = torch.randn(expected.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    (expected * weights).sum().backward()
    (found * weights).sum().backward()
    for one, other in zip(padded.parameters(), packed.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=1e-9, atol=1e-12)


def test_the_comparison_catches_attention_across_texts(tiny_encoder, batch, monkeypatch):
    _, right = classifier(tiny_encoder)
    _, wrong = classifier(tiny_encoder)
    pack_encoder(right)
    pack_encoder(wrong)
    expected = packed_logits(right, batch)
    monkeypatch.setattr(
        "stablebert.training.fast.packed_row.group_by_length",
        lambda *given, **options: [replace(group, padding=None) for group in group_by_length(*given, **options)],
    )
    with pytest.raises(AssertionError):
        torch.testing.assert_close(packed_logits(wrong, batch), expected, rtol=1e-6, atol=1e-8)


def test_the_order_of_a_batch_does_not_matter(tiny_encoder, batch):
    _, model = classifier(tiny_encoder)
    pack_encoder(model)
    there = packed_logits(model, batch)
    back = packed_logits(model, batch[::-1])
    torch.testing.assert_close(back.flip(0), there)


def test_dropout_acts_in_training_only_and_repeats_with_its_seed(tiny_encoder, batch):
    _, model = classifier(tiny_encoder, dropout=0.5)
    pack_encoder(model)
    model.eval()
    assert torch.equal(packed_logits(model, batch), packed_logits(model, batch))
    model.train()
    torch.manual_seed(3)
    first = packed_logits(model, batch)
    torch.manual_seed(3)
    assert torch.equal(packed_logits(model, batch), first)
    assert not torch.equal(packed_logits(model, batch), first)


def test_a_compacted_vocabulary_trains_to_the_same_weights(tiny_encoder, batch):
    _, whole = classifier(tiny_encoder)
    _, cut = classifier(tiny_encoder)
    pack_encoder(whole)
    pack_encoder(cut)
    short = compact_vocabulary(cut, {"train": batch})[0]["train"]
    table = cut.encoder.get_input_embeddings().weight
    assert len(table) < len(whole.encoder.get_input_embeddings().weight)
    labels = torch.tensor([example.label for example in batch])
    for model, examples in ((whole, batch), (cut, short)):
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
        for _ in range(3):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(packed_logits(model, examples), labels).backward()
            optimizer.step()
    kept = sorted({token for example in batch for token in example.input_ids})
    torch.testing.assert_close(
        cut.encoder.get_input_embeddings().weight, whole.encoder.get_input_embeddings().weight[kept]
    )
    torch.testing.assert_close(packed_logits(cut, short), packed_logits(whole, batch))


def test_with_weight_decay_it_would_not(tiny_encoder, batch):
    _, whole = classifier(tiny_encoder)
    table = whole.encoder.get_input_embeddings().weight
    before = table.detach().clone()
    optimizer = torch.optim.AdamW([table], lr=1e-2, weight_decay=0.1)
    pack_encoder(whole)
    packed_logits(whole, batch).sum().backward()
    optimizer.step()
    used = {token for example in batch for token in example.input_ids}
    unused = [token for token in range(len(before)) if token not in used]
    assert not torch.equal(table[unused], before[unused])


@settings(max_examples=20)
@given(st.lists(st.integers(3, 12), min_size=1, max_size=8))
def test_any_mix_of_lengths_is_packed_right(tiny_encoder, lengths):
    encoder, padded = classifier(tiny_encoder)
    _, packed = classifier(tiny_encoder)
    pack_encoder(packed)
    examples = [
        Encoding(tuple([2, *range(5, 5 + length - 2), 3]), (0,) * 2 + (1,) * (length - 2), 0) for length in lengths
    ]
    torch.testing.assert_close(packed_logits(packed, examples), padded_logits(encoder.tokenizer)(padded, examples))


@pytest.mark.parametrize("multiple", [7, 64])
@pytest.mark.parametrize("count", [1, 4, 9])
def test_a_row_filled_up_computes_the_same(tiny_encoder, batch, multiple, count, monkeypatch):
    _, plain = classifier(tiny_encoder)
    _, filled = classifier(tiny_encoder)
    pack_encoder(plain)
    pack_encoder(filled)
    sizes, encode_row = [], filled.encoder.forward
    monkeypatch.setattr(
        filled.encoder, "forward", lambda **row: sizes.append(row["input_ids"].numel()) or encode_row(**row)
    )
    expected = packed_logits(plain, batch[:count])
    found = packed_logits(filled, batch[:count], multiple=multiple)
    tokens = sum(len(text.input_ids) for text in batch[:count])
    assert sizes == [-(-tokens // multiple) * multiple]
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)
    for logits in (expected, found):
        logits.square().sum().backward()
    for one, other in zip(plain.parameters(), filled.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=1e-9, atol=1e-12)
