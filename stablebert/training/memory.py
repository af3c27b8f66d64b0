"""Memory between the runs of a process."""

import ctypes


def give_back() -> bool:
    """Give memory that nothing uses any more back to the system; return whether any was.

    glibc keeps what a run has freed in pieces that the next run's larger tensors do not fit into, so that a worker
    would grow from run to run. Elsewhere nothing is done.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return bool(trim and trim(0))
