"""Where a run trains: on the processor, or on the first CUDA device that is seen. Imports no torch by itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stablebert.machine import device_type

if TYPE_CHECKING:
    import torch


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
