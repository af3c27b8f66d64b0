"""Layers over the weights of all seeds of a stack, in the place of one seed's.

They own no weights: each seed's layers stay where they are, and their weights are stacked at every pass, so that a
gradient arrives at the seed that it is of.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from stablebert.methods.mixout import MixoutLinear
from stablebert.training.stacked.seed_masks import Draws, dropped, kept


def by_seed(rows: Tensor, seeds: int) -> Tensor:
    """Return rows that lie seed after seed, (..., size), as (seeds, rows a seed, size)."""
    return rows.reshape(seeds, -1, rows.shape[-1])


class StackedLinear(nn.Module):
    """A linear layer a seed, as one product; Mixout's layers mix as each of them would.

    Args:
        layers: One a seed.
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, rows: Tensor) -> Tensor:
        """Return the outputs, shape (..., out), from (..., in)."""
        weight = torch.stack([_weight(layer) for layer in self.layers]).transpose(1, 2)
        parts = by_seed(rows, len(self.layers))
        biases: list[Any] = [layer.bias for layer in self.layers]
        if biases[0] is None:
            found = torch.bmm(parts, weight)
        else:
            found = torch.baddbmm(torch.stack(biases)[:, None], parts, weight)
        return found.reshape(*rows.shape[:-1], -1)


class StackedNorm(nn.Module):
    """A LayerNorm a seed.

    Args:
        layers: One a seed.
    """

    def __init__(self, layers: Sequence[nn.LayerNorm]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self._shape, self._eps = layers[0].normalized_shape, layers[0].eps

    def forward(self, rows: Tensor) -> Tensor:
        """Return the rows normalised, of their shape."""
        parts = by_seed(nn.functional.layer_norm(rows, self._shape, eps=self._eps), len(self.layers))
        weight, bias = (torch.stack([_tensor(getattr(layer, name)) for layer in self.layers]) for name in _AFFINE)
        return torch.addcmul(bias[:, None], parts, weight[:, None]).to(rows.dtype).reshape(rows.shape)


class StackedEmbedding(nn.Module):
    """An embedding a seed.

    Args:
        layers: One a seed.
    """

    def __init__(self, layers: Sequence[nn.Embedding]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the rows of ids that lie seed after seed, shape (1, tokens, size), from (1, tokens)."""
        parts = ids.view(len(self.layers), -1)
        return torch.cat([layer(part) for layer, part in zip(self.layers, parts, strict=True)])[None]


class StackedDropout(nn.Dropout):
    """Dropout inside an encoder: what the kernels would keep, by each seed's own draw.

    Args:
        rate: In [0, 1).
        draws: Of the stack.
        seeds: In the stack.
    """

    def __init__(self, rate: float, draws: Draws, seeds: int) -> None:
        super().__init__(rate)
        self._draws, self._seeds = draws, seeds

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 the name is torch's
        """Return what is kept, scaled, of rows that lie seed after seed."""
        if not self.p:
            return input
        parts = by_seed(input, self._seeds)
        return dropped(parts, self._kept(parts), self.p).reshape(input.shape)

    def _kept(self, parts: Tensor) -> Tensor:
        rows = torch.arange(parts.shape[1], device=parts.device)[None]
        return kept(self._draws.keys(), rows, parts.shape[2], self.p)


class HeadDropout(StackedDropout):
    """Dropout of a classifier's head, which is torch's own in a run alone: its draws are."""

    def _kept(self, parts: Tensor) -> Tensor:
        return self._draws.kept_rows(parts, self.p)


class StackedResidualNorm(nn.Module):
    """The end of half a block, step by step, in the place of the kernels' `ResidualNorm`.

    Args:
        dense: The stacked linear layer.
        norm: The stacked normalisation.
        dropout: The stacked dropout.
    """

    def __init__(self, dense: nn.Module, norm: nn.Module, dropout: nn.Module) -> None:
        super().__init__()
        self.dense, self.norm, self.dropout = dense, norm, dropout

    def forward(self, hidden: Tensor, residual: Tensor) -> Tensor:
        """Return LayerNorm(dropout(dense(hidden)) + residual)."""
        found: Tensor = self.norm(self.dropout(self.dense(hidden)) + residual)
        return found


_AFFINE = ("weight", "bias")


def _weight(layer: nn.Module) -> Tensor:
    return layer.mixed_weight() if isinstance(layer, MixoutLinear) and layer.p else _tensor(layer.weight)


def _tensor(found: Any) -> Tensor:
    tensor: Tensor = found
    return tensor
