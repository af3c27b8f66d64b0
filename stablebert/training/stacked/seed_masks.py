"""What dropout keeps in a stack: each seed's own draws, in the order in which its run alone would make them.

Inside an encoder an element is kept by a hash of (key, row, column), as the compiled kernels have it
(`fast/native/numbers.hpp`), where the key is one draw a module and a seed, and the row is that of the seed's own packed
row. So a mask does not depend on who stands beside a seed, nor on the device.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from stablebert.training.seeding import Streams

_RATE_BITS = 24


class Draws:
    """The dropout streams of the seeds of a stack.

    Args:
        streams: One a seed, in the stack's order.
        device: Where what is drawn is used.
    """

    def __init__(self, streams: Sequence[Streams], device: torch.device) -> None:
        self._streams, self._device = streams, device
        self._generators = [torch.Generator() for _ in streams]

    def begin(self, steps: Sequence[int]) -> None:
        """Go to the start of a step's stream.

        Args:
            steps: 0-based update of each seed.
        """
        for generator, streams, step in zip(self._generators, self._streams, steps, strict=True):
            generator.manual_seed(streams.dropout_seed(step))

    def keys(self) -> Tensor:
        """Return one key a seed, int64, shape (seeds,)."""
        drawn = [torch.randint(2**63 - 1, (), generator=generator) for generator in self._generators]
        return torch.stack(drawn).to(self._device)

    def kept_rows(self, like: Tensor, rate: float) -> Tensor:
        """Return what torch's own dropout keeps in one call a seed, bool.

        Args:
            like: Of the shape (seeds, ...) and the type that is dropped.
            rate: In [0, 1).
        """
        parts = [
            torch.empty(like.shape[1:], dtype=like.dtype).bernoulli_(1 - rate, generator=generator)
            for generator in self._generators
        ]
        return torch.stack(parts).to(self._device).bool()


def kept(keys: Tensor, rows: Tensor, columns: int, rate: float) -> Tensor:
    """Return which elements are kept, bool, shape (seeds, ..., columns).

    Args:
        keys: One a seed, int64, each in [0, 2**63), shape (seeds,).
        rows: Number of each row, int64, >= 0, shape (seeds or 1, ...).
        columns: Elements a row.
        rate: Probability that an element is dropped, in [0, 1).

    Example:
        >>> keys, rows = torch.tensor([3, 4]), torch.arange(1000)[None]
        >>> found = kept(keys, rows, 50, 0.25)
        >>> found.shape, round(found.float().mean().item(), 2)
        (torch.Size([2, 1000, 50]), 0.75)
    """
    mixed = keys.view(-1, *[1] * (rows.ndim - 1)) + (rows + 1) * _signed(0x9E3779B97F4A7C15)
    mixed = (mixed ^ _shifted(mixed, 30)) * _signed(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ _shifted(mixed, 27)) * _signed(0x94D049BB133111EB)
    mixed = mixed ^ _shifted(mixed, 31)
    low, high = _half(mixed)[..., None], _half(_shifted(mixed, 32))[..., None]
    # whole numbers of 32 bits from here on: there is one for every element
    places = _half(torch.arange(columns, device=rows.device) * 0x9E3779B9)
    word = places + low
    word = (word ^ _shifted(word, 16)) * _signed(0x7FEB352D, 32) ^ high
    word = (word ^ _shifted(word, 15)) * _signed(0x846CA68B, 32)
    return _shifted(word ^ _shifted(word, 16), 8) >= int(rate * 2**_RATE_BITS + 0.5)


def dropped(values: Tensor, kept: Tensor, rate: float) -> Tensor:
    """Return what is kept of values, scaled, and 0 elsewhere, of the values' shape."""
    # a product with 0 would keep what is not a number
    return torch.where(kept, values * (1 / (1 - rate)), 0.0)


def _signed(constant: int, bits: int = 64) -> int:
    return constant - (1 << bits) if constant >> (bits - 1) else constant


def _half(words: Tensor) -> Tensor:
    """Return the lower 32 bits of int64 as int32."""
    low = words & 0xFFFFFFFF
    return torch.where(low >= 1 << 31, low - (1 << 32), low).to(torch.int32)


def _shifted(words: Tensor, places: int) -> Tensor:
    """Return bits shifted to the right with zeros coming in, which torch's own shift of signed numbers does not do."""
    bits = torch.iinfo(words.dtype).bits
    return (words >> places) & ((1 << (bits - places)) - 1)
