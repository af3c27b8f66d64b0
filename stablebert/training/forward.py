"""How batches reach the encoder: by which path, and in which precision."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from stablebert.encoders.model import Classifier, Encoder
from stablebert.training.examples import Encoding
from stablebert.training.fast import products
from stablebert.training.fast.native.swapping import can_be_native, swap_in
from stablebert.training.fast.packing import pack_encoder, packed_logits

Forward = Callable[[Classifier, Sequence[Encoding]], Tensor]
_PRODUCTS = {"bf16": torch.bfloat16, "fp16": torch.float16}


def forward_pass(model: Classifier, encoder: Encoder, device: str, precision: str) -> tuple[Forward, str]:
    """Make a classifier ready for batches; return from (model, batch) to logits, and by which path batches reach it.

    Args:
        model: The classifier after its methods have changed it, in place.
        encoder: What it was made of.
        device: Device type.
        precision: `fp32`, `bf16` or `fp16`.

    Returns:
        The function, and `native`, `packed` or `padded`.
    """
    forward, path = _feed(model, encoder, device, precision)
    if device == "cpu" and products.pays_here():
        products.use_onednn(model)
    return in_precision(forward, precision, device), path


def _feed(model: Classifier, encoder: Encoder, device: str, precision: str) -> tuple[Forward, str]:
    if not encoder.family.packed:
        return padded_logits(encoder.tokenizer), "padded"
    native = can_be_native(encoder.family, device)
    if native:
        swap_in(model)
    pack_encoder(model, native=native)
    forward = partial(packed_logits, multiple=products.recurring_tokens(device, precision))
    return forward, "native" if native else "packed"


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


def padded_logits(tokenizer: Any) -> Callable[[Classifier, Sequence[Encoding]], Tensor]:
    """Return a function from (model, batch) to logits, shape (examples, labels), that pads with the tokenizer.

    On which side it pads is nothing to the logits: the classifier moves padding to where its family has it.
    """

    def logits(model: Classifier, batch: Sequence[Encoding]) -> Tensor:
        names = ["input_ids", *(["token_type_ids"] if model.family.segments else [])]
        features = [{name: list(getattr(example, name)) for name in names} for example in batch]
        inputs = tokenizer.pad(features, return_tensors="pt").to(model.device)
        result: Tensor = model(**inputs)
        return result

    return logits
