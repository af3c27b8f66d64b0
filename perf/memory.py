"""Peak memory of a worker: a whole process, with its libraries, that makes one run after the other."""

from collections.abc import Sequence

from perf.bounds import Bound

# so that eight workers fit a machine of this many GiB
WORKERS, MACHINE = 8, 16


def memory_bound(peaks: Sequence[float]) -> Bound:
    """Return the peak of a worker and its bound.

    Args:
        peaks: Largest resident memory so far after each run of the worker, in MiB.

    Example:
        >>> print(memory_bound([700.0, 768.0]))
        peak memory of a worker: 768 MiB (at most 2048)  eight workers: 6.0 GiB of 16
    """
    peak = max(peaks)
    together = f"eight workers: {WORKERS * peak / 1024:.1f} GiB of {MACHINE}"
    return Bound("peak memory of a worker", peak, 1024 * MACHINE / WORKERS, "MiB", together)
