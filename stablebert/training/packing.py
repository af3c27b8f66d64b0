"""Batches as one packed row of real tokens, through transformers' own attention interface.

Padding a batch to its longest text nearly doubles the work on short texts. Here a batch is one row; attention runs in
groups of similar length, so that only a group is padded. The classifier reads the first token of every text alone, so
the last block computes keys and values for all tokens and everything else for the first ones. Logits and gradients
equal the padded model's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface

from stablebert.encoders.classifier import Classifier
from stablebert.training.encoding import Encoding

_ATTENTION = "stablebert_packed"
_GROUPS = 4


@dataclass(frozen=True)
class LengthGroup:
    """Neighbouring sequences of a packed row that attend within themselves.

    Attributes:
        tokens: Row position of every token, padded with 0, shape (sequences, longest).
        padding: Where `tokens` is no token, same shape; None where nothing is padded.
        real: Places of the tokens in `tokens`, flattened; None where nothing is padded.
    """

    tokens: Tensor
    padding: Tensor | None
    real: Tensor | None


def pack_encoder(model: Classifier) -> None:
    """Let a classifier's encoder take packed rows, in place; `packed_logits` feeds it from then on.

    Args:
        model: A classifier whose family says that it can be packed.
    """
    model.encoder.set_attn_implementation(_ATTENTION)
    blocks = model.encoder.get_submodule(model.family.blocks)
    blocks[-1] = FirstTokenBlock(blocks[-1])


def packed_logits(model: Classifier, batch: Sequence[Encoding]) -> Tensor:
    """Return the logits of a batch, shape (examples, labels), in the order given.

    Args:
        model: A classifier after `pack_encoder`.
        batch: At least one example.
    """
    by_length = sorted(range(len(batch)), key=lambda index: len(batch[index].input_ids))
    rows = [batch[index] for index in by_length]
    lengths = [len(row.input_ids) for row in rows]
    device = model.device
    first = model.encoder(
        input_ids=torch.tensor([[token for row in rows for token in row.input_ids]], device=device),
        token_type_ids=torch.tensor([[kind for row in rows for kind in row.token_type_ids]], device=device),
        position_ids=torch.tensor([[place for length in lengths for place in range(length)]], device=device),
        length_groups=group_by_length(lengths, device=device),
    ).last_hidden_state[0]
    places = sorted(range(len(batch)), key=lambda place: by_length[place])
    logits: Tensor = model.classify(first[torch.tensor(places, device=device)])
    return logits


def group_by_length(
    lengths: Sequence[int], groups: int = _GROUPS, device: torch.device | None = None
) -> list[LengthGroup]:
    """Cut a packed row of ascending lengths into at most `groups` runs of neighbouring sequences.

    Args:
        lengths: Tokens of every sequence, ascending.
        groups: Groups at the most.
        device: Where the groups are used; None is the processor.
    """
    share = -(-len(lengths) // groups)
    found, start = [], 0
    for first in range(0, len(lengths), share):
        part = np.array(lengths[first : first + share])
        place = np.arange(part[-1])
        real = place < part[:, None]
        begins = start + part.cumsum() - part
        parts = (np.where(real, begins[:, None] + place, 0), ~real, real.ravel().nonzero()[0])
        tokens, padding, places = (torch.from_numpy(array).to(device) for array in parts)
        found.append(LengthGroup(tokens, None, None) if real.all() else LengthGroup(tokens, padding, places))
        start += int(part.sum())
    return found


class FirstTokenBlock(nn.Module):
    """The last block of a BERT-like encoder, computed for the first token of every text.

    Args:
        block: The block, whose parameters are used as they are.
    """

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block: Any = block

    def forward(self, hidden: Tensor, *_: Any, length_groups: Sequence[LengthGroup], **__: Any) -> Tensor:
        """Return the block's output for the first tokens, shape (1, texts, size), from (1, tokens, size)."""
        attention = self.block.attention
        inner = attention.self
        first = hidden[:, torch.cat([group.tokens[:, 0] for group in length_groups])]
        query, key, value = (
            tensor.unflatten(-1, (-1, inner.attention_head_size))[0]
            for tensor in (inner.query(first), inner.key(hidden), inner.value(hidden))
        )
        rate = inner.dropout.p if self.training else 0.0
        parts, start = [], 0
        for group in length_groups:
            end = start + len(group.tokens)
            parts.append(_attend(query[start:end, None], _spread(key, group), _spread(value, group), group, rate))
            start = end
        context = torch.cat(parts).flatten(1)[None]
        attended = attention.output(context, first)
        output: Tensor = self.block.output(self.block.intermediate(attended), attended)
        return output


def packed_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,  # noqa: ARG001 the interface passes it; groups replace it
    *,
    length_groups: Sequence[LengthGroup],
    dropout: float = 0.0,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attend within every sequence of a packed row; signature of transformers' attention functions.

    Args:
        module: The attention module; its `training` flag switches dropout.
        query: Shape (1, heads, tokens, size), as are `key` and `value`.
        key: See `query`.
        value: See `query`.
        attention_mask: Not used.
        length_groups: Where the sequences lie; together they cover the row in order.
        dropout: Probability of attention dropout.

    Returns:
        Shape (1, tokens, heads, size), and None for the weights.
    """
    rows = [tensor[0].transpose(0, 1) for tensor in (query, key, value)]
    rate = dropout if module.training else 0.0
    parts = []
    for group in length_groups:
        q, k, v = (_spread(row, group) for row in rows)
        attended = _attend(q, k, v, group, rate)
        flat = attended.flatten(0, 1)
        parts.append(flat if group.real is None else flat.index_select(0, group.real))
    return torch.cat(parts)[None], None


def _spread(row: Tensor, group: LengthGroup) -> Tensor:
    """Return a group's part of a row, (tokens, heads, size), as (sequences, longest, heads, size)."""
    spread: Tensor = row.index_select(0, group.tokens.flatten()).unflatten(0, group.tokens.shape)
    return spread


def _attend(query: Tensor, key: Tensor, value: Tensor, group: LengthGroup, dropout: float) -> Tensor:
    """Return softmax(q k / sqrt(size)) v within every sequence; all shapes (sequences, tokens, heads, size)."""
    q, k, v = (tensor.transpose(1, 2) for tensor in (query, key, value))
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(2, 3)
    if group.padding is not None:
        scores = scores.masked_fill(group.padding[:, None, None], float("-inf"))
    weights = nn.functional.dropout(scores.softmax(-1), dropout)
    return (weights @ v).transpose(1, 2)


def _no_mask(*_: Any, **__: Any) -> None:
    return None


AttentionInterface.register(_ATTENTION, packed_attention)
AttentionMaskInterface.register(_ATTENTION, _no_mask)
