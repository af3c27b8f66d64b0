"""What the host's matrix units give in one thread, in float32 and bfloat16."""

import time
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor

from stablebert.training.fast import products

# tokens, input and output of the largest matrices of a batch of short texts, as in the embedded encoder
_SHAPE = (1728, 384, 1536)


def matrix_peak(dtype: torch.dtype, *, seconds: float = 0.5) -> float:
    """Return the speed of a matrix product in 10^9 operations a second, one thread, by torch's faster library.

    Args:
        dtype: Type of both factors.
        seconds: How long to try.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rows, inner, columns = _SHAPE
    one, other = torch.randn(rows, inner).to(dtype), torch.randn(columns, inner).to(dtype)
    ways = [torch.nn.functional.linear]
    if dtype is torch.float32 and products.pays_here():
        ways.append(products.product)
    try:
        return max(2 * rows * inner * columns / _median_time(way, one, other, seconds) / 1e9 for way in ways)
    finally:
        torch.set_num_threads(threads)


def _median_time(way: Callable[[Tensor, Tensor], Tensor], one: Tensor, other: Tensor, seconds: float) -> float:
    times: list[float] = []
    while sum(times) < seconds or len(times) < 5:
        began = time.perf_counter()
        way(one, other)
        times.append(time.perf_counter() - began)
    return median(times)


def better_precision(fp32: float, bf16: float) -> str:
    """Return the precision that pays on a host with these peaks.

    Autocast brings conversions that products must earn back; below half as much again they don't.

    Example:
        >>> better_precision(100.0, 140.0), better_precision(200.0, 1500.0)
        ('fp32', 'bf16')
    """
    return "bf16" if bf16 > 1.5 * fp32 else "fp32"
