"""How long the rest of a session takes, by what its runs have taken so far."""

import heapq
from collections.abc import Sequence
from statistics import fmean


def time_left(
    seconds: Sequence[float], under_way: Sequence[tuple[float | None, float]], waiting: int, workers: int
) -> float | None:
    """Return the seconds until all runs are made, None where nothing is known of what one takes.

    A run takes what those that are made have taken on average; before any is, what those under way will at their pace.
    Each that waits goes to the process that is free first.

    Args:
        seconds: Of the runs that were made, >= 0.
        under_way: Of each run under way the seconds that it will have taken by its own pace, None where that is not
            known, and the share that is done, 0 to 1.
        waiting: Runs that are not begun, >= 0.
        workers: Processes that make them, >= 1.

    Raises:
        ValueError: fewer than 1 process, or fewer than 0 runs.

    Example:
        >>> time_left([60.0], [(66.0, 0.5)], waiting=3, workers=2)
        120.0
    """
    if workers < 1 or waiting < 0:
        raise ValueError(f"{workers} workers and {waiting} waiting runs; at least 1 and 0")
    if not under_way and not waiting:
        return 0.0
    paces = [whole for whole, _ in under_way if whole is not None]
    if not seconds and not paces:
        return None
    one = fmean(seconds or paces)
    busy = [one * (1 - share) for _, share in under_way]
    free = [*busy, *[0.0] * (workers - len(busy))]
    heapq.heapify(free)
    for _ in range(waiting):
        heapq.heapreplace(free, free[0] + one)
    return max(free)
