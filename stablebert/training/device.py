"""Where a run trains: on the processor, or on the first CUDA device that is seen. Imports no torch by itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_VARIABLE = "STABLEBERT_DEVICE"
_KNOWN = ("cpu", "cuda")


def device_type() -> str:
    """Return the device type that runs train on: that of `$STABLEBERT_DEVICE`, else `cpu`.

    It is half of the environment class, so it is asked for by name and never guessed: a run on a graphics card is no
    evidence against a baseline made on a processor.

    Raises:
        ValueError: the variable holds something else than `cpu` or `cuda`.
    """
    chosen = os.environ.get(_VARIABLE, "cpu")
    if chosen not in _KNOWN:
        raise ValueError(f"{_VARIABLE} is {chosen!r}; it must be one of {', '.join(_KNOWN)}")
    return chosen


def training_device() -> "torch.device":
    """Return the device that runs train on.

    Raises:
        ValueError: it is asked for and not there.
    """
    import torch

    kind = device_type()
    if kind == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"{_VARIABLE} is 'cuda', and torch {torch.__version__} sees no CUDA device")
    return torch.device(kind)


def claim_device(worker: int, gpus: Path = Path("/proc/driver/nvidia/gpus")) -> str | None:
    """Let this process see one CUDA device, so that workers share out the cards; call it before torch is loaded.

    Args:
        worker: Number of this process among the workers, from 0; beyond the last card it begins anew.
        gpus: Folder with an entry a card, where the driver lists them.

    Returns:
        What `CUDA_VISIBLE_DEVICES` is set to; None, and nothing is set, where runs train on the processor or no card
        is found.
    """
    if device_type() != "cuda":
        return None
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        cards = [card for card in given.split(",") if card]
    else:
        cards = [str(index) for index, _ in enumerate(gpus.iterdir())] if gpus.is_dir() else []
    if not cards:
        return None
    os.environ["CUDA_VISIBLE_DEVICES"] = cards[worker % len(cards)]
    return os.environ["CUDA_VISIBLE_DEVICES"]


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
