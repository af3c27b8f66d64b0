"""What the processor can do, as the kernel lists it. Imports no torch."""

from functools import cache
from pathlib import Path

# AMX and AVX-512, by the names that Linux gives them; without either, torch multiplies bfloat16 no faster than float32
_AMX = "amx_bf16"
_BFLOAT16 = {_AMX, "avx512_bf16"}


@cache
def multiplies_bfloat16(listing: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether the processor multiplies bfloat16 matrices itself.

    Args:
        listing: File of Linux's form; where it cannot be read (another system), the answer is no.
    """
    return not _BFLOAT16.isdisjoint(_flags(listing))


@cache
def has_matrix_unit(listing: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether the processor has AMX, a unit that multiplies bfloat16 tiles; argument as above."""
    return _AMX in _flags(listing)


def _flags(listing: Path) -> list[str]:
    try:
        lines = listing.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
