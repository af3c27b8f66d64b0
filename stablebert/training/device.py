"""Where a run trains: on the processor, or on the first CUDA device that is seen; its threads, memory and versions.

Imports no torch by itself.
"""

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from stablebert.machine import device_type, processor_name

if TYPE_CHECKING:
    import torch

# parameters of glibc's mallopt, from its malloc.h, and sizes beyond any tensor; older releases take 32 MiB at the most
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_ANY_SIZE, _LARGEST_OF_OLD = 2**30, 2**25


def training_device() -> "torch.device":
    """Return the device that runs train on.

    Raises:
        ValueError: it is asked for and not there.
    """
    import torch

    kind = device_type()
    if kind == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"STABLEBERT_DEVICE is 'cuda', and torch {torch.__version__} sees no CUDA device")
    return torch.device(kind)


@contextmanager
def repeatable() -> Iterator[None]:
    """Let everything inside compute the same every time: one thread, and on CUDA no kernel whose sums race.

    Sums in another order would give another record; further cores run further processes.
    """
    import torch

    # read by oneDNN when it first multiplies; twice its number of shapes would be kept otherwise, at some 0.6 MB each
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "512")
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    if device_type() == "cuda":
        # read by cuBLAS when it is first used; without it torch refuses to multiply in the strict mode
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)


def keep_freed() -> bool:
    """Let this process keep memory that it has freed, from now on; return whether that could be had.

    glibc returns every large tensor to the system and gets its pages back one by one when the next update needs them,
    emptied first: a tenth of the time of a short update. `give_back` is what returns them after a run. Elsewhere
    nothing is done.
    """
    option = getattr(ctypes.CDLL(None), "mallopt", None)
    if option is None:
        return False
    # alone, the other threshold would make it map every tensor anew
    large = option(_MMAP_THRESHOLD, _ANY_SIZE) or option(_MMAP_THRESHOLD, _LARGEST_OF_OLD)
    return bool(large and option(_TRIM_THRESHOLD, _ANY_SIZE))


def give_back() -> bool:
    """Give memory that nothing uses any more back to the system; return whether any was.

    glibc keeps what a run has freed in pieces that the next run's larger tensors do not fit into, so that a worker
    would grow from run to run. Elsewhere nothing is done.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return bool(trim and trim(0))


def environment_of(device: "torch.device", path: str) -> dict[str, Any]:
    """Return processor, versions and engine path as plain data.

    Args:
        device: What the run was trained on; a graphics card is its processor.
        path: How batches reach the encoder: `native`, `packed` or `padded`.
    """
    import torch

    return {
        "device": device.type,
        "path": path,
        "processor": torch.cuda.get_device_name(device) if device.type == "cuda" else processor_name(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "transformers", "tokenizers", "datasets", "numpy")},
    }
