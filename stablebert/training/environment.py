"""Where a run was made: provenance, printed where it differs, never a reason for a verdict."""

import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch


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


@cache
def processor_name() -> str:
    """Return the processor's model name, or what the platform says."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    wanted = ("model name", "cpu family", "model", "stepping")
    values = {key.strip(): value.strip() for key, value in fields.items()}
    return "/".join(values[name] for name in wanted if name in values) or platform.processor()
