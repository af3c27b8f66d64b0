"""Batches as one packed row of real tokens, through transformers' own attention interface.

Padding a batch to its longest text nearly doubles the work on short texts. Here a batch is one row, and attention runs
within its texts. The classifier reads the first token of every text alone, so the last block computes keys and values
for all tokens and everything else for the first ones. Logits and gradients equal the padded model's.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface

from stablebert.encoders.model import Classifier
from stablebert.training.examples import Encoding
from stablebert.training.fast import grouped_attention
from stablebert.training.fast.native import modules
from stablebert.training.fast.packed_row import PackedRow
from stablebert.training.fast.products import filler


class Attend(Protocol):
    """Attention within the texts of a packed row; see `grouped_attention.attend`."""

    def __call__(  # noqa: D102 the class says it
        self, query: Tensor, key: Tensor, value: Tensor, row: PackedRow, dropout: float, *, first_only: bool = False
    ) -> Tensor: ...


# names under which transformers knows them
_ATTENTION: dict[bool, tuple[str, Attend]] = {
    False: ("stablebert_grouped", grouped_attention.attend),
    True: ("stablebert_native", modules.attend),
}


def pack_encoder(model: Classifier, *, native: bool = False) -> None:
    """Let a classifier's encoder take packed rows, in place; `packed_logits` feeds it from then on.

    Args:
        model: A classifier whose family says that it can be packed.
        native: Whether attention goes through the compiled kernels, which must be there.
    """
    name, attend = _ATTENTION[native]
    model.encoder.set_attn_implementation(name)
    blocks = model.encoder.get_submodule(model.family.blocks)
    blocks[-1] = FirstTokenBlock(blocks[-1], attend)


def packed_logits(model: Classifier, batch: Sequence[Encoding], *, multiple: int = 1) -> Tensor:
    """Return the logits of a batch, shape (examples, labels), in the order given.

    Args:
        model: A classifier after `pack_encoder`.
        batch: At least one example.
        multiple: What the tokens of a row are filled up to a multiple of at the least, by a text that nothing asks for;
            see `products.filler`.
    """
    examples, places = in_row(batch, multiple)
    row = PackedRow(tuple(len(example.input_ids) for example in examples), model.device)
    first = model.encoder(
        input_ids=_flat([example.input_ids for example in examples], row),
        token_type_ids=_flat([example.token_type_ids for example in examples], row),
        position_ids=row.positions[None] + model.family.position_of_first(model.encoder),
        packed_row=row,
    ).last_hidden_state[0]
    logits: Tensor = model.classify(first[torch.tensor(places, device=row.device)])
    return logits


def in_row(batch: Sequence[Encoding], multiple: int) -> tuple[list[Encoding], list[int]]:
    """Return the texts of a packed row in the order in which they stand, and the place of each of the batch among them.

    Args:
        batch: At least one example.
        multiple: As in `packed_logits`; a text that fills the row up is one of those returned.
    """
    missing = filler(sum(len(example.input_ids) for example in batch), multiple)
    texts = [*batch, Encoding((0,) * missing, (0,) * missing, 0)] if missing else batch
    by_length = sorted(range(len(texts)), key=lambda index: len(texts[index].input_ids))
    places = sorted(range(len(texts)), key=lambda place: by_length[place])[: len(batch)]
    return [texts[index] for index in by_length], places


def _flat(values: Sequence[tuple[int, ...]], row: PackedRow) -> Tensor:
    return torch.tensor([[value for text in values for value in text]], device=row.device)


class FirstTokenBlock(nn.Module):
    """The last block of a BERT-like encoder, computed for the first token of every text.

    Args:
        block: The block, whose parameters are used as they are.
        attend: Attention within texts.
    """

    def __init__(self, block: nn.Module, attend: Attend) -> None:
        super().__init__()
        self.block: Any = block
        self.attend = attend
        self.train(block.training)

    def forward(self, hidden: Tensor, *_: Any, packed_row: PackedRow, **__: Any) -> Tensor:
        """Return the block's output for the first tokens, shape (1, texts, size), from (1, tokens, size)."""
        attention = self.block.attention
        inner = attention.self
        first = hidden[:, packed_row.starts[:-1]]
        query, key, value = (
            tensor.unflatten(-1, (-1, inner.attention_head_size))[0]
            for tensor in (inner.query(first), inner.key(hidden), inner.value(hidden))
        )
        rate = inner.dropout.p if self.training else 0.0
        context = self.attend(query, key, value, packed_row, rate, first_only=True).flatten(1)[None]
        attended = attention.output(context, first)
        output: Tensor = self.block.output(self.block.intermediate(attended), attended)
        return output


def interface_function(attend: Attend) -> Callable[..., tuple[Tensor, None]]:
    """Return attention within texts as transformers calls its attention functions."""

    def packed_attention(
        module: nn.Module,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attention_mask: Tensor | None,  # noqa: ARG001 the interface passes it; the row replaces it
        *,
        packed_row: PackedRow,
        dropout: float = 0.0,
        **_: Any,
    ) -> tuple[Tensor, None]:
        """Return the output, shape (1, tokens, heads, size), from (1, heads, tokens, size); no weights."""
        q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
        return attend(q, k, v, packed_row, dropout if module.training else 0.0)[None], None

    return packed_attention


def no_mask(*_: Any, **__: Any) -> None:
    """Return no mask, as transformers calls for one: the row says what attends to what."""


for _name, _attend in _ATTENTION.values():
    AttentionInterface.register(_name, interface_function(_attend))
    AttentionMaskInterface.register(_name, no_mask)
