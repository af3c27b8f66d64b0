"""How much memory the workers have needed: whole processes, with their libraries."""

import sys


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
