"""Float32 matrix products through oneDNN, where torch's own library leaves vector units idle.

Torch multiplies float32 matrices with MKL, which on processors that are not Intel's uses no AVX-512. oneDNN, which
torch carries for bfloat16, does, and is several times faster there. The products are the same but for the order of
their sums.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from stablebert.machine import has_matrix_unit, is_amd


@cache
def pays_here() -> bool:
    """Return whether this processor has AVX-512, and is none that MKL uses it on."""
    wide = torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    # torch keeps the product for its compiler, so a release may rename it
    there = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return wide and is_amd() and torch.backends.mkl.is_available() and there


def recurring_tokens(device: str, precision: str) -> int:
    """Return the least that the tokens of a packed row are filled up to a multiple of, for `filler`.

    oneDNN writes and keeps code for every new shape of a product, some 0.6 MB each: a worker that met new shapes all
    the time would grow from run to run. On a matrix unit the writing costs more time than the tokens do.

    Args:
        device: Device type.
        precision: `fp32`, `bf16` or `fp16`.

    Returns:
        1 where nothing is gained by it.
    """
    if device != "cpu" or (precision == "fp32" and not pays_here()):
        return 1
    return 64 if precision != "fp32" and has_matrix_unit() else 16


def filler(tokens: int, least: int) -> int:
    """Return how many tokens to add to a row so that its shape recurs.

    The step is `least`, in long rows the largest power of 2 within a 32nd of them: at most 32 shapes lie between a
    number of tokens and its double, and what is added stays below a 32nd.

    Args:
        tokens: Of the row, >= 1.
        least: Result of `recurring_tokens`; 1 adds nothing.

    Example:
        >>> filler(100, 16), filler(2401, 16), filler(2401, 1)
        (12, 31, 0)
    """
    step = 1 if least == 1 else max(least, 1 << max(0, (tokens // 32).bit_length() - 1))
    return -tokens % step


def use_onednn(model: nn.Module) -> list[str]:
    """Let every plain linear layer of a model multiply through oneDNN, in place; parameters stay as they are.

    Args:
        model: Any model on the processor.

    Returns:
        The names of the layers. Layers of another class (Mixout's) are left alone.
    """
    found = [(name, module) for name, module in model.named_modules() if type(module) is nn.Linear]
    for name, module in found:
        parent, _, attribute = name.rpartition(".")
        setattr(model.get_submodule(parent), attribute, OneDnnLinear(module))
    return [name for name, _ in found]


class OneDnnLinear(nn.Linear):
    """A linear layer over the parameters of another; float32 goes through oneDNN, everything else torch's own way.

    Args:
        linear: The layer to take the place of.
    """

    def __init__(self, linear: nn.Linear) -> None:
        # on the meta device nothing is allocated or drawn for parameters that are replaced at once
        super().__init__(linear.in_features, linear.out_features, linear.bias is not None, device="meta")
        self.weight, self.bias = linear.weight, linear.bias
        self.train(linear.training)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 the name is torch's
        """Return the layer's output, shape (..., out_features), from (..., in_features)."""
        if input.dtype is not torch.float32 or self.weight.dtype is not torch.float32 or _elsewhere(input):
            return super().forward(input)
        apply: Any = _Linear.apply
        flat: Tensor = apply(input.flatten(0, -2), self.weight, self.bias)
        output: Tensor = flat.unflatten(0, input.shape[:-1])
        return output


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(rows, weight)
        ctx.biased = bias is not None
        return product(rows, weight, bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        rows, weight = ctx.saved_tensors
        wanted = ctx.needs_input_grad
        return (
            product(gradient, weight.t()) if wanted[0] else None,
            product(gradient.t(), rows.t()) if wanted[1] else None,
            gradient.sum(0) if ctx.biased and wanted[2] else None,
        )


def product(rows: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return rows @ weight.T + bias in float32, where `pays_here` says so."""
    found: Tensor = torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "none", [], "")
    return found


def _elsewhere(tensor: Tensor) -> bool:
    return tensor.device.type != "cpu" or torch.is_autocast_enabled("cpu")
