"""Where a run was made: provenance, printed where it differs, never a reason for a verdict."""

import platform
from importlib.metadata import version
from typing import Any

import torch

from stablebert.machine import processor_name


def environment_of(device: torch.device, path: str) -> dict[str, Any]:
    """Return processor, versions and engine path as plain data.

    Args:
        device: What the run was trained on; a graphics card is its processor.
        path: How batches reach the encoder: `native`, `packed` or `padded`.
    """
    return {
        "device": device.type,
        "path": path,
        "processor": torch.cuda.get_device_name(device) if device.type == "cuda" else processor_name(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "transformers", "tokenizers", "datasets", "numpy")},
    }
