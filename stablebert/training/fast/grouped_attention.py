"""Attention within the texts of a packed row by torch alone, in groups of similar length that are padded."""

import torch
from torch import Tensor, nn

from stablebert.training.fast.packed_row import LengthGroup, PackedRow


def attend(
    query: Tensor, key: Tensor, value: Tensor, row: PackedRow, dropout: float, *, first_only: bool = False
) -> Tensor:
    """Return softmax(q k / sqrt(size)) v within every text, shape of `query`.

    Args:
        query: Shape (tokens, heads, size); (texts, heads, size) where only the first token of every text asks.
        key: Shape (tokens, heads, size), as is `value`.
        value: See `key`.
        row: Where the texts lie.
        dropout: Probability of dropout on the weights, in [0, 1).
        first_only: Whether the queries are those of the first tokens.
    """
    parts, start = [], 0
    for group in row.groups:
        k, v = (_spread(tensor, group) for tensor in (key, value))
        if first_only:
            end = start + len(group.tokens)
            parts.append(_attend(query[start:end, None], k, v, group, dropout)[:, 0])
            start = end
        else:
            flat = _attend(_spread(query, group), k, v, group, dropout).flatten(0, 1)
            parts.append(flat if group.real is None else flat.index_select(0, group.real))
    return torch.cat(parts)


def _spread(tensor: Tensor, group: LengthGroup) -> Tensor:
    """Return a group's part of a row, (tokens, heads, size), as (texts, longest, heads, size)."""
    spread: Tensor = tensor.index_select(0, group.tokens.flatten()).unflatten(0, group.tokens.shape)
    return spread


def _attend(query: Tensor, key: Tensor, value: Tensor, group: LengthGroup, dropout: float) -> Tensor:
    """Return attention within every text; all shapes (texts, tokens, heads, size)."""
    q, k, v = (tensor.transpose(1, 2) for tensor in (query, key, value))
    # on the processor torch's fused attention takes its slow path wherever there is dropout
    return (_fused if query.is_cuda else _plain)(q, k, v, group, dropout).transpose(1, 2)


def _fused(q: Tensor, k: Tensor, v: Tensor, group: LengthGroup, dropout: float) -> Tensor:
    """Return attention by the fastest kernel that torch has for it; all shapes (texts, heads, tokens, size)."""
    mask = None if group.padding is None else ~group.padding[:, None, None]
    return nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout)


def _plain(q: Tensor, k: Tensor, v: Tensor, group: LengthGroup, dropout: float) -> Tensor:
    """As `_fused`, step by step."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(2, 3)
    if group.padding is not None:
        scores = scores.masked_fill(group.padding[:, None, None], float("-inf"))
    weights = nn.functional.dropout(scores.softmax(-1), dropout)
    return weights @ v
