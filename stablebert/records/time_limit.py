"""A limit of time for a run: one that hangs is an error of its own, and ends its process where it lets nothing else.

How long a run takes is the machine's doing, so that a limit makes no failed run of one: there is no result at all.
"""

import faulthandler
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from stablebert.records.store_errors import StoreError

# what a run has, once it is over its time, to unwind; compiled code that hangs hears of no signal
GRACE = 30.0


@contextmanager
def time_limit(seconds: float | None, grace: float = GRACE) -> Iterator[None]:
    """Raise in what takes longer than it may; what goes on regardless ends with its process, exit status 1.

    In another thread than the main one, which hears of no signal, there is the end of the process alone.

    Args:
        seconds: How long it may take, > 0; None for ever.
        grace: Seconds that it then has to unwind, > 0.

    Raises:
        StoreError: it has taken longer.

    Example:
        >>> with time_limit(0.01):
        ...     time.sleep(1)
        Traceback (most recent call last):
        ...
        stablebert.records.store_errors.StoreError: the run has not ended within its 0.01 s; the next session tries it
    """
    if seconds is None:
        yield
        return

    def end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 as `signal` calls it
        raise StoreError(f"the run has not ended within its {seconds:g} s; the next session tries it")

    # a thread of its own, which needs nothing of the interpreter
    faulthandler.dump_traceback_later(seconds + grace, exit=True)
    try:
        if threading.current_thread() is threading.main_thread():
            with _alarm(seconds, end):
                yield
        else:
            yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@contextmanager
def _alarm(seconds: float, end: "signal._HANDLER") -> Iterator[None]:
    """Have a handler called after some time, and give the alarm back to whoever had set one."""
    begun = time.monotonic()
    before = signal.signal(signal.SIGALRM, end)
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
        if remaining:
            signal.setitimer(signal.ITIMER_REAL, max(remaining - (time.monotonic() - begun), 1e-3), interval)
