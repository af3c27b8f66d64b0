"""Batches as one packed row of real tokens, through transformers' own attention interface.

Padding a batch to its longest text nearly doubles the work on short texts. Here a batch is one row; attention runs in
groups of similar length, so that only a group is padded. Logits and gradients equal the padded model's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface

from stablebert.encoders import Classifier
from stablebert.training.encoding import Encoding

ATTENTION_NAME = "stablebert_packed"
_GROUPS = 4


@dataclass(frozen=True)
class LengthGroup:
    """Neighbouring sequences of a packed row that attend within themselves.

    Attributes:
        tokens: Row position of every token, padded with 0, shape (sequences, longest).
        real: Where `tokens` is a token, same shape; None where nothing is padded.
    """

    tokens: Tensor
    real: Tensor | None


def packed_logits(model: Classifier, batch: Sequence[Encoding]) -> Tensor:
    """Return the logits of a batch, shape (examples, labels), in the order given.

    Args:
        model: A classifier whose encoder attends through `ATTENTION_NAME`.
        batch: At least one example.
    """
    by_length = sorted(range(len(batch)), key=lambda index: len(batch[index].input_ids))
    rows = [batch[index] for index in by_length]
    lengths = [len(row.input_ids) for row in rows]
    starts = torch.tensor([0, *lengths[:-1]]).cumsum(0)
    hidden = model.encoder(
        input_ids=torch.tensor([[token for row in rows for token in row.input_ids]]),
        token_type_ids=torch.tensor([[kind for row in rows for kind in row.token_type_ids]]),
        position_ids=torch.cat([torch.arange(length) for length in lengths])[None],
        length_groups=group_by_length(lengths),
    ).last_hidden_state
    places = torch.empty(len(batch), dtype=torch.long)
    places[torch.tensor(by_length)] = starts
    logits: Tensor = model.classify(hidden[0, places])
    return logits


def group_by_length(lengths: Sequence[int], groups: int = _GROUPS) -> list[LengthGroup]:
    """Cut a packed row of ascending lengths into at most `groups` runs of neighbouring sequences.

    Args:
        lengths: Tokens of every sequence, ascending.
        groups: Groups at the most.
    """
    share = -(-len(lengths) // groups)
    found, start = [], 0
    for first in range(0, len(lengths), share):
        part = torch.tensor(lengths[first : first + share])
        place = torch.arange(int(part[-1]))
        real = place < part[:, None]
        begins = start + part.cumsum(0) - part
        found.append(LengthGroup((begins[:, None] + place) * real, None if bool(real.all()) else real))
        start += int(part.sum())
    return found


def packed_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,  # noqa: ARG001 the interface passes it; groups replace it
    *,
    length_groups: Sequence[LengthGroup],
    scaling: float,
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
        scaling: Factor of the scores.
        dropout: Probability of attention dropout.

    Returns:
        Shape (1, tokens, heads, size), and None for the weights.
    """
    rows = [tensor[0].transpose(0, 1) for tensor in (query, key, value)]
    parts = []
    for group in length_groups:
        sequences, longest = group.tokens.shape
        q, k, v = (
            row.index_select(0, group.tokens.flatten()).view(sequences, longest, *row.shape[1:]).transpose(1, 2)
            for row in rows
        )
        scores = (q * scaling) @ k.transpose(2, 3)
        if group.real is not None:
            scores = scores.masked_fill(~group.real[:, None, None], float("-inf"))
        weights = nn.functional.dropout(scores.softmax(-1), dropout, module.training)
        attended = (weights @ v).transpose(1, 2)
        parts.append(attended.flatten(0, 1) if group.real is None else attended[group.real])
    return torch.cat(parts)[None], None


def _no_mask(*_: Any, **__: Any) -> None:
    return None


AttentionInterface.register(ATTENTION_NAME, packed_attention)
AttentionMaskInterface.register(ATTENTION_NAME, _no_mask)
