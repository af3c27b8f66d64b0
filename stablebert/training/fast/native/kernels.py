"""The compiled kernels as functions on tensors; shapes are checked by the modules that call them."""

import ctypes
from functools import cache
from typing import Any

import torch
from torch import Tensor

from stablebert.training.fast.native.compiling import library, why_none

_NAMES = {torch.float32: "float32", torch.float64: "float64", torch.bfloat16: "bfloat16", torch.float16: "float16"}


@cache
def _function(name: str) -> Any:
    return getattr(library(), name)


def wide(dtype: torch.dtype) -> torch.dtype:
    """Return the type that arithmetic on elements of a type is done in."""
    return torch.float64 if dtype is torch.float64 else torch.float32


def gelu(rows: Tensor) -> Tensor:
    """Return x Phi(x), of the input's shape."""
    output = torch.empty_like(rows)
    _call("gelu", rows, output, rows, rows.numel())
    return output


def gelu_backward(gradient: Tensor, rows: Tensor) -> Tensor:
    """Return the gradient of the input."""
    found = torch.empty_like(rows)
    _call("gelu_backward", rows, found, gradient, rows, rows.numel())
    return found


def dropout(rows: Tensor, rate: float, key: int) -> Tensor:
    """Return what dropout keeps, scaled; of a gradient, its own backward pass.

    Args:
        rows: Shape (..., columns).
        rate: In [0, 1).
        key: One draw from the dropout stream, in [0, 2**63).
    """
    output = torch.empty_like(rows)
    columns = rows.shape[-1]
    _call("dropout", rows, output, rows, rows.numel() // columns, columns, float(rate), key)
    return output


def residual_norm(
    rows: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float, rate: float, key: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return LayerNorm(dropout(rows) + residual), the normalised rows and their scales, shape (rows,)."""
    output, normalised = torch.empty_like(rows), torch.empty_like(rows)
    columns = rows.shape[-1]
    count = rows.numel() // columns
    scales, sums = (torch.empty(size, dtype=wide(rows.dtype)) for size in (count, columns))
    tensors = (output, normalised, scales, rows, residual, weight, bias, sums)
    _call("residual_norm", rows, *tensors, count, columns, float(eps), float(rate), key)
    return output, normalised, scales


def residual_norm_backward(
    gradient: Tensor, normalised: Tensor, scales: Tensor, weight: Tensor, rate: float, key: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the gradients of rows, residual, weight and bias."""
    rows, residual = torch.empty_like(normalised), torch.empty_like(normalised)
    columns = len(weight)
    weights, biases = (torch.zeros(columns, dtype=wide(normalised.dtype)) for _ in range(2))
    tensors = (rows, residual, weights, biases, gradient, normalised, scales, weight)
    _call("residual_norm_backward", rows, *tensors, len(scales), columns, float(rate), key)
    return rows, residual, weights, biases


def attention(
    query: Tensor, key: Tensor, value: Tensor, starts: tuple[Tensor, Tensor], heads: int, rate: float, seed: int
) -> tuple[Tensor, Tensor]:
    """Return attention within texts, and the logarithms of the sums of its softmax, shape (queries, heads).

    Args:
        query: Shape (queries, heads * size).
        key: Shape (keys, heads * size), as is `value`.
        value: See `key`.
        starts: First row of every text among the queries and among the keys, and the number of rows; int64.
        heads: Attention heads.
        rate: Of dropout on the weights, in [0, 1).
        seed: One draw from the dropout stream, in [0, 2**63).
    """
    output = torch.empty_like(query)
    log_sums = torch.empty(len(query), heads, dtype=wide(query.dtype))
    tensors = (output, log_sums, query, key, value, *starts)
    _call("attention", query, *tensors, *_layout(query, starts, heads), float(rate), seed)
    return output, log_sums


def attention_backward(
    gradient: Tensor,
    output: Tensor,
    log_sums: Tensor,
    inputs: tuple[Tensor, Tensor, Tensor],
    starts: tuple[Tensor, Tensor],
    heads: int,
    rate: float,
    seed: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of query, key and value."""
    found = tuple(torch.empty_like(tensor) for tensor in inputs)
    tensors = (*found, gradient, output, log_sums, *inputs, *starts)
    _call("attention_backward", output, *tensors, *_layout(output, starts, heads), float(rate), seed)
    return found[0], found[1], found[2]


def move(previous: Tensor, now: Tensor) -> float:
    """Bring `previous` to `now`, of its shape and type, and return the squared distance between them."""
    squares = torch.zeros(1, dtype=torch.float64)
    _call("move", now, previous, now, now.numel(), squares)
    return squares.item()


def knows(tensor: Tensor) -> bool:
    """Return whether the kernels can be had and take a tensor."""
    return tensor.device.type == "cpu" and tensor.dtype in _NAMES and tensor.is_contiguous() and why_none() is None


def _layout(query: Tensor, starts: tuple[Tensor, Tensor], heads: int) -> tuple[int, int, int]:
    return len(starts[0]) - 1, heads, query.shape[-1] // heads


def _call(name: str, like: Tensor, *arguments: Any) -> None:
    _function(f"{name}_{_NAMES[like.dtype]}")(*map(_plain, arguments))


def _plain(argument: Any) -> Any:
    if isinstance(argument, Tensor):
        if argument.device.type != "cpu" or not argument.is_contiguous():
            where = f"shape {tuple(argument.shape)} on {argument.device}"
            raise ValueError(f"a kernel was given a tensor of {where}; it must be contiguous and on the processor")
        return ctypes.c_void_p(argument.data_ptr())
    return ctypes.c_int64(argument) if isinstance(argument, int) else ctypes.c_double(argument)
