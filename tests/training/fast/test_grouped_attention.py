"""Attention in length groups: what runs on a graphics card computes what runs on the processor."""

import pytest
import torch

from stablebert.training.fast import grouped_attention
from stablebert.training.fast.packed_row import PackedRow

LENGTHS = (2, 3, 3, 7, 8, 20)
MIXED = PackedRow(LENGTHS, torch.device("cpu"))
EQUAL = PackedRow((5, 5, 5), torch.device("cpu"))


def attended(way, row, first_only, monkeypatch, dropout=0.0):
    """Return the output in float64 and the gradients of query, key and value, all groups going one way."""
    generator = torch.Generator().manual_seed(0)
    sizes = [sum(row.lengths)] * 3
    if first_only:
        sizes[0] = len(row.lengths)
    q, k, v = (torch.randn(size, 2, 4, dtype=torch.float64, generator=generator).requires_grad_() for size in sizes)
    with monkeypatch.context() as patch:
        patch.setattr(grouped_attention, "_plain", way)
        output = grouped_attention.attend(q, k, v, row, dropout, first_only=first_only)
    weights = torch.randn(output.shape, dtype=torch.float64, generator=generator)
    return output.detach(), *torch.autograd.grad((output * weights).sum(), (q, k, v))


@pytest.mark.parametrize("first_only", [False, True])
@pytest.mark.parametrize("row", [MIXED, EQUAL])
def test_fused_attention_is_the_plain_one(row, first_only, monkeypatch):
    plain = attended(grouped_attention._plain, row, first_only, monkeypatch)
    fused = attended(grouped_attention._fused, row, first_only, monkeypatch)
    for one, other in zip(fused, plain, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_attention_to_padding_would_be_seen(monkeypatch):
    def careless(q, k, v, _, dropout):
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, dropout_p=dropout)

    plain = attended(grouped_attention._plain, MIXED, False, monkeypatch)
    with pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(attended(careless, MIXED, False, monkeypatch)[0], plain[0])


@pytest.mark.parametrize("way", ["_plain", "_fused"])
def test_dropout_keeps_the_mean_and_follows_the_generator(way, monkeypatch):
    chosen = getattr(grouped_attention, way)
    exact = attended(chosen, EQUAL, False, monkeypatch)[0]

    def dropped(seed):
        torch.manual_seed(seed)
        return attended(chosen, EQUAL, False, monkeypatch, dropout=0.5)[0]

    assert torch.equal(dropped(0), dropped(0))
    assert not torch.equal(dropped(0), dropped(1))
    found = torch.stack([dropped(seed) for seed in range(400)])
    # within five standard errors of the mean of what was drawn
    assert ((found.mean(0) - exact).abs() < 5 * found.std(0) / 20).all()
