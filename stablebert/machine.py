"""What this machine is: processor, device type, graphics cards, memory used. Imports no torch."""

import os
import platform
import sys
from functools import cache
from pathlib import Path

LISTING = Path("/proc/cpuinfo")
# AMX and AVX-512, by the names that Linux gives them; without either, torch multiplies bfloat16 no faster than float32
_AMX = "amx_bf16"
_BFLOAT16 = {_AMX, "avx512_bf16"}
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


def is_continuous_integration() -> bool:
    """Return whether `$CI` says that nobody is there to commit what a session writes."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


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


def processor_name() -> str:
    """Return the processor's model name, or what the platform says."""
    fields = _fields(LISTING)
    wanted = ("model name", "cpu family", "model", "stepping")
    return "/".join(fields[name] for name in wanted if name in fields) or platform.processor()


def is_amd(listing: Path = LISTING) -> bool:
    """Return whether the processor is AMD's.

    Args:
        listing: File of Linux's form; where it cannot be read (another system), the answer is no.
    """
    return _fields(listing).get("vendor_id") == "AuthenticAMD"


def multiplies_bfloat16(listing: Path = LISTING) -> bool:
    """Return whether the processor multiplies bfloat16 matrices itself; argument as above."""
    return not _BFLOAT16.isdisjoint(_flags(listing))


def has_matrix_unit(listing: Path = LISTING) -> bool:
    """Return whether the processor has AMX, a unit that multiplies bfloat16 tiles; argument as above."""
    return _AMX in _flags(listing)


def peak_memory(*, children: bool = False) -> float | None:
    """Return the largest resident memory so far in MiB, or None where the system keeps no account of it (Windows).

    Linux counts a process from the peak of the one that started it, so that a light one should start the workers.

    Args:
        children: Of the largest child that has ended, in place of this process.

    Example:
        >>> peak = peak_memory()
        >>> peak is None or peak > 1
        True
    """
    try:
        import resource
    except ImportError:
        return None
    used = resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF).ru_maxrss
    # bytes on macOS, KiB elsewhere
    return used / 2 ** (20 if sys.platform == "darwin" else 10)


def peak_line(peak: float) -> str:
    """Return the closing line about a peak in MiB.

    Example:
        >>> peak_line(1393.4)
        'peak memory of a worker: 1393 MiB'
    """
    return f"peak memory of a worker: {peak:.0f} MiB"


def _flags(listing: Path) -> list[str]:
    return _fields(listing).get("flags", "").split()


@cache
def _fields(listing: Path) -> dict[str, str]:
    try:
        lines = listing.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    parted = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, colon, value in parted if colon}
