"""The packed rows of several seeds, one after another, and attention within their texts.

Attention has no weights, so the texts of all seeds attend in one product, padded to the longest of the stack. Nothing
that is read for a seed comes from another's part: zero times what is not a number would carry it over.
"""

from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

from stablebert.training.stacked.seed_masks import Draws, dropped, kept


class StackedRow:
    """Where the texts of every seed lie, in parts of equal width.

    A part that is shorter than the widest is filled up by tokens that are of no text, and one of fewer texts by its
    first text again; nothing asks for either.

    Args:
        lengths: Tokens of every text, each >= 1, in the order of each seed's own packed row.
        draws: What dropout keeps.
        device: Where the row is.
    """

    def __init__(self, lengths: Sequence[Sequence[int]], draws: Draws, device: torch.device) -> None:
        self.draws, self.device = draws, device
        self.seeds = len(lengths)
        self.tokens = max(map(sum, lengths))
        self.texts = max(map(len, lengths))
        filled = [[*part, *[part[0]] * (self.texts - len(part))] for part in lengths]
        begins = [_begins(part, self.texts) for part in lengths]
        self._lengths = torch.tensor(filled, device=device)
        self._begins = torch.tensor(begins, device=device)
        self._real = [sum(part) for part in lengths]
        self._own = lengths

    @cached_property
    def starts(self) -> Tensor:
        """First token of every text of every seed, and the number of tokens; int64, shape (seeds * texts + 1,)."""
        end = torch.tensor([self.seeds * self.tokens], device=self.device)
        return torch.cat([(self._begins + self._offsets).flatten(), end])

    @cached_property
    def positions(self) -> Tensor:
        """Place of every token in its text, 0 for those of none, shape (seeds * tokens,)."""
        parts = [
            [place for length in part for place in range(length)] + [0] * (self.tokens - real)
            for part, real in zip(self._own, self._real, strict=True)
        ]
        return torch.tensor(parts, device=self.device).flatten()

    @cached_property
    def spread(self) -> Tensor:
        """Token at every place of every text, shape (seeds * texts, longest); past its end a text's own first."""
        return self.starts[:-1, None] + torch.where(self.padding, 0, self._places)

    @cached_property
    def padding(self) -> Tensor:
        """Where a place is past the end of its text, shape (seeds * texts, longest)."""
        return self._places >= self._lengths.flatten()[:, None]

    @cached_property
    def home(self) -> Tensor:
        """Where every token is found in `spread`, flattened; those of no text stand where their seed's first does."""
        longest = len(self._places)
        parts = []
        for seed, part in enumerate(self._own):
            first = seed * self.texts
            own = [(first + text) * longest + place for text, length in enumerate(part) for place in range(length)]
            parts.append(own + [first * longest] * (self.tokens - len(own)))
        return torch.tensor(parts, device=self.device).flatten()

    def kept_weights(self, heads: int, rate: float, *, first_only: bool) -> Tensor:
        """Return what dropout keeps of attention's weights, bool, shape (seeds * texts, heads, queries, longest)."""
        columns = len(self._places)
        texts = torch.arange(self.texts, device=self.device).expand(self.seeds, -1)
        rows = texts[..., None] if first_only else self._begins[..., None] + self._places
        numbers = rows[:, :, None] * heads + torch.arange(heads, device=self.device)[:, None]
        return kept(self.draws.keys(), numbers, columns, rate).flatten(0, 1)

    @cached_property
    def _places(self) -> Tensor:
        return torch.arange(int(self._lengths.max()), device=self.device)

    @cached_property
    def _offsets(self) -> Tensor:
        return self.tokens * torch.arange(self.seeds, device=self.device)[:, None]


def attend(
    query: Tensor, key: Tensor, value: Tensor, row: StackedRow, dropout: float, *, first_only: bool = False
) -> Tensor:
    """Return attention within every text of every seed; as `grouped_attention.attend`, of which it computes the same.

    Args:
        query: Shape (seeds * tokens, heads, size); (seeds * texts, heads, size) where only first tokens ask.
        key: Shape (seeds * tokens, heads, size), as is `value`.
        value: See `key`.
        row: Where the texts lie.
        dropout: Probability of dropout on the weights, in [0, 1).
        first_only: Whether the queries are those of the first tokens.
    """
    k, v = (_spread(tensor, row).transpose(1, 2) for tensor in (key, value))
    q = query[:, :, None] if first_only else _spread(query, row).transpose(1, 2)
    scores = ((q * q.shape[-1] ** -0.5) @ k.transpose(2, 3)).masked_fill(row.padding[:, None, None], float("-inf"))
    weights = scores.softmax(-1)
    if dropout:
        weights = dropped(weights, row.kept_weights(q.shape[1], dropout, first_only=first_only), dropout)
    found: Tensor = (weights.to(v.dtype) @ v).transpose(1, 2).flatten(0, 1)
    return found if first_only else found.index_select(0, row.home)


def _spread(tensor: Tensor, row: StackedRow) -> Tensor:
    """Return tokens, (seeds * tokens, heads, size), as (seeds * texts, longest, heads, size)."""
    spread: Tensor = tensor.index_select(0, row.spread.flatten()).unflatten(0, tuple(row.spread.shape))
    return spread


def _begins(lengths: Sequence[int], texts: int) -> list[int]:
    begins = [sum(lengths[:place]) for place in range(len(lengths))]
    return begins + [0] * (texts - len(lengths))
