"""The precision class of a run: float32 throughout, or bfloat16 products under autocast."""

from collections.abc import Sequence

import torch
from torch import Tensor

from stablebert.encoders.classifier import Classifier
from stablebert.training.encoding import Encoding
from stablebert.training.evaluation import Forward


def in_precision(forward: Forward, precision: str, device: str) -> Forward:
    """Return a forward pass in the precision asked for; weights and optimizer stay float32.

    Raises:
        ValueError: fp16, whose gradients need a loss scale that this version does not have.
    """
    if precision == "fp32":
        return forward
    if precision == "fp16":
        raise ValueError("precision 'fp16' is not trained by this version (it has no loss scaling); use fp32 or bf16")

    def half(model: Classifier, batch: Sequence[Encoding]) -> Tensor:
        with torch.autocast(device, torch.bfloat16):
            return forward(model, batch)

    return half
