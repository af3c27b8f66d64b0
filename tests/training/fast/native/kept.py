"""What the kernels' dropout keeps, written from its definition in Python's whole numbers."""

import pytest
import torch

from stablebert.training.fast.native.compiling import portable_note

NEEDS_KERNELS = pytest.mark.skipif(portable_note() is not None, reason=str(portable_note()))
_WORD, _DOUBLE_WORD = 2**32 - 1, 2**64 - 1


def keeps(rows, columns, rate, key):
    """Return a float64 matrix of ones where an element is kept and zeros elsewhere."""
    limit = int(rate * 2**24 + 0.5)
    return torch.tensor(
        [[float(_hash(key, row, column) >= limit) for column in range(columns)] for row in range(rows)],
        dtype=torch.float64,
    )


def _hash(key, row, column):
    mixed = (key + (row + 1) * 0x9E3779B97F4A7C15) & _DOUBLE_WORD
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & _DOUBLE_WORD
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & _DOUBLE_WORD
    mixed ^= mixed >> 31
    low, high = mixed & _WORD, mixed >> 32
    word = (column * 0x9E3779B9 + low) & _WORD
    word = ((word ^ (word >> 16)) * 0x7FEB352D & _WORD) ^ high
    word = (word ^ (word >> 15)) * 0x846CA68B & _WORD
    return (word ^ (word >> 16)) >> 8
