"""The precision class of a run: float32 throughout, or bfloat16 products under autocast."""

import torch

from stablebert.runs import RunSpec


def autocast_of(spec: RunSpec, device: str) -> torch.autocast:
    """Return the context in which forward passes run.

    Raises:
        ValueError: fp16 away from a GPU, where its products are slower than float32 and overflow unscaled.
    """
    if spec.precision == "fp16":
        raise ValueError(
            "precision 'fp16' needs loss scaling on a GPU, which this version does not train on; use fp32 or bf16"
        )
    return torch.autocast(device, torch.bfloat16, enabled=spec.precision == "bf16")
