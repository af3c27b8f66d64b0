"""The precision class of a run: float32 throughout, or products in bfloat16 or float16 under autocast."""

from collections.abc import Sequence

import torch
from torch import Tensor

from stablebert.encoders.classifier import Classifier
from stablebert.training.encoding import Encoding
from stablebert.training.evaluation import Forward

_PRODUCTS = {"bf16": torch.bfloat16, "fp16": torch.float16}


def in_precision(forward: Forward, precision: str, device: str) -> Forward:
    """Return a forward pass in the precision asked for; weights and optimizer stay float32."""
    if precision == "fp32":
        return forward

    def half(model: Classifier, batch: Sequence[Encoding]) -> Tensor:
        with torch.autocast(device, _PRODUCTS[precision]):
            return forward(model, batch)

    return half


def gradient_scaler(precision: str, device: str) -> torch.amp.GradScaler:
    """Return the loss scaling of a run; for every class but fp16 it passes everything through as it is.

    Small gradients would be 0 in float16, so the loss is multiplied and the gradients are divided again before they are
    clipped. The scale begins at 2^16; an update whose gradients overflow is skipped and halves it, 2,000 updates
    without one double it, as in Apex.

    Example:
        >>> gradient_scaler("bf16", "cpu").is_enabled(), gradient_scaler("fp16", "cpu").get_scale()
        (False, 65536.0)
    """
    return torch.amp.GradScaler(device, enabled=precision == "fp16")
