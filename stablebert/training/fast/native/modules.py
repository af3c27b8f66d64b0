"""Modules that take the place of torch's and transformers', over the same parameters, with their own backward pass.

Dropout takes one draw of torch's generator a module and call, as the key of a hash that says what is kept: the run's
dropout stream decides the masks as it does everywhere else, and the backward pass draws them again.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from stablebert.training.fast.native import kernels
from stablebert.training.fast.packed_row import PackedRow


def dropout_key(rate: float) -> int:
    """Return one draw of torch's generator, in [0, 2**63); 0 without a draw where nothing is dropped."""
    return int(torch.randint(2**63 - 1, ()).item()) if rate else 0


class Gelu(nn.Module):
    """x Phi(x) in one pass."""

    def forward(self, rows: Tensor) -> Tensor:
        """Return it, of the input's shape."""
        return _apply(_Gelu, rows.contiguous())


class Dropout(nn.Dropout):
    """Dropout whose mask is never stored.

    Args:
        dropout: The module to take the place of.
    """

    def __init__(self, dropout: nn.Dropout) -> None:
        super().__init__(dropout.p)
        self.train(dropout.training)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 the name is torch's
        """Return the input, in training scaled where it is kept."""
        if not self.training or self.p == 0:
            return input
        return _apply(_Dropout, input.contiguous(), self.p, dropout_key(self.p))


class ResidualNorm(nn.Module):
    """The end of half a BERT block: LayerNorm(dropout(dense(hidden)) + residual), all but the product in one pass.

    Args:
        module: transformers' module with `dense`, `dropout` and `LayerNorm`, whose names stay.
    """

    def __init__(self, module: Any) -> None:
        super().__init__()
        self.dense, self.LayerNorm, self.dropout = module.dense, module.LayerNorm, module.dropout
        self.train(module.training)

    def forward(self, hidden: Tensor, residual: Tensor) -> Tensor:
        """Return it, shape (..., size); arguments as transformers gives them."""
        rows, norm = self.dense(hidden).contiguous(), self.LayerNorm
        rate = self.dropout.p if self.training else 0.0
        rest = residual.to(rows.dtype).contiguous()
        return residual_norm(rows, rest, norm.weight, norm.bias, norm.eps, rate, dropout_key(rate))


def residual_norm(
    rows: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float, rate: float, key: int
) -> Tensor:
    """Return LayerNorm(dropout(rows) + residual); arguments as in `kernels.residual_norm`."""
    wide = kernels.wide(rows.dtype)
    return _apply(_ResidualNorm, rows, residual, weight.to(wide), bias.to(wide), eps, rate, key)


def attend(
    query: Tensor, key: Tensor, value: Tensor, row: PackedRow, dropout: float, *, first_only: bool = False
) -> Tensor:
    """Return attention within every text; as `grouped_attention.attend`, of which it computes the same."""
    return attend_with(query, key, value, row, dropout, dropout_key(dropout), first_only=first_only)


def attend_with(
    query: Tensor, key: Tensor, value: Tensor, row: PackedRow, dropout: float, seed: int, *, first_only: bool
) -> Tensor:
    """As `attend`, with what dropout keeps given by a seed in [0, 2**63)."""
    starts = (row.every_text if first_only else row.starts, row.starts)
    rows = (tensor.flatten(1).contiguous() for tensor in (query, key, value))
    heads = query.shape[1]
    found: Tensor = _apply(_Attention, *rows, starts, heads, dropout, seed).unflatten(-1, (heads, -1))
    return found


def _apply(function: Any, *arguments: Any) -> Tensor:
    found: Tensor = function.apply(*arguments)
    return found


class _Gelu(Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        ctx.save_for_backward(rows)
        return kernels.gelu(rows)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return kernels.gelu_backward(gradient.contiguous(), *ctx.saved_tensors)


class _Dropout(Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, rate: float, key: int) -> Tensor:
        ctx.drawn = rate, key
        return kernels.dropout(rows, rate, key)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return kernels.dropout(gradient.contiguous(), *ctx.drawn), None, None


class _ResidualNorm(Function):
    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float, rate: float, key: int
    ) -> Tensor:
        output, normalised, scales = kernels.residual_norm(rows, residual, weight, bias, eps, rate, key)
        ctx.save_for_backward(normalised, scales, weight)
        ctx.drawn = rate, key
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        found = kernels.residual_norm_backward(gradient.contiguous(), *ctx.saved_tensors, *ctx.drawn)
        return (*found, None, None, None)


class _Attention(Function):
    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        starts: tuple[Tensor, Tensor],
        heads: int,
        rate: float,
        seed: int,
    ) -> Tensor:
        output, log_sums = kernels.attention(query, key, value, starts, heads, rate, seed)
        ctx.save_for_backward(output, log_sums, query, key, value)
        ctx.drawn = starts, heads, rate, seed
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        output, log_sums, *inputs = ctx.saved_tensors
        found = kernels.attention_backward(gradient.contiguous(), output, log_sums, tuple(inputs), *ctx.drawn)
        return (*found, None, None, None, None)
