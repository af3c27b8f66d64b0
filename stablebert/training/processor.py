"""What the processor is and can do, as the kernel lists it. Imports no torch."""

import platform
from functools import cache
from pathlib import Path

LISTING = Path("/proc/cpuinfo")
# AMX and AVX-512, by the names that Linux gives them; without either, torch multiplies bfloat16 no faster than float32
_AMX = "amx_bf16"
_BFLOAT16 = {_AMX, "avx512_bf16"}


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
