"""Memory while a process trains, and between its runs."""

import ctypes

# parameters of glibc's mallopt, from its malloc.h, and sizes beyond any tensor; older releases take 32 MiB at the most
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_ANY_SIZE, _LARGEST_OF_OLD = 2**30, 2**25


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
