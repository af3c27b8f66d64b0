"""Where the texts of a packed row lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

_GROUPS = 4


@dataclass(frozen=True)
class LengthGroup:
    """Neighbouring texts of a packed row that attend within themselves.

    Attributes:
        tokens: Row position of every token, padded with 0, shape (texts, longest).
        padding: Where `tokens` is no token, same shape; None where nothing is padded.
        real: Places of the tokens in `tokens`, flattened; None where nothing is padded.
    """

    tokens: Tensor
    padding: Tensor | None
    real: Tensor | None


@dataclass(frozen=True)
class PackedRow:
    """The texts of a batch one after another, in the order of their lengths.

    Attributes:
        lengths: Tokens of every text, ascending, each >= 1.
        device: Where the row is.
    """

    lengths: tuple[int, ...]
    device: torch.device

    @cached_property
    def starts(self) -> Tensor:
        """First token of every text, and the number of tokens; int64, shape (texts + 1,)."""
        return torch.tensor(np.concatenate([[0], np.cumsum(self.lengths)]), device=self.device)

    @cached_property
    def every_text(self) -> Tensor:
        """As `starts` in a row of one token a text."""
        return torch.arange(len(self.lengths) + 1, device=self.device)

    @cached_property
    def positions(self) -> Tensor:
        """Place of every token in its text, shape (tokens,)."""
        return torch.tensor(np.concatenate([np.arange(length) for length in self.lengths]), device=self.device)

    @cached_property
    def groups(self) -> list[LengthGroup]:
        """The row in runs of similar length."""
        return group_by_length(self.lengths, device=self.device)


def group_by_length(
    lengths: Sequence[int], groups: int = _GROUPS, device: torch.device | None = None
) -> list[LengthGroup]:
    """Cut a packed row of ascending lengths into at most `groups` runs of neighbouring texts.

    Args:
        lengths: Tokens of every text, ascending.
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
