"""Two ways to compute the same thing: values and gradients, and how near they must be."""

import torch

COARSE = {torch.float64: 1e-12, torch.float32: 2e-6, torch.float16: 2e-3, torch.bfloat16: 2e-2}


def drawn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)


def gradients(function, *tensors):
    """Return the output of a function, and the gradients of a fixed sum over it."""
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    output = function(*leaves)
    (output * drawn(*output.shape, seed=99, dtype=output.dtype)).sum().backward()
    return [output.detach(), *(leaf.grad for leaf in leaves)]


def assert_same(found, expected, tolerance):
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        scale = 1 + float(other.abs().max())
        assert float((one.double() - other.double()).abs().max()) <= tolerance * scale
