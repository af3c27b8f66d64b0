"""A process that says how another ended, where code of others may end that one without a word, as `os._exit(0)` does.

`watch` divides this process in two. The one that returns goes on with all that there is to do; the other waits for it,
passes signals on, and ends as it did, but never with a status of success that was not said in order.
"""

import atexit
import os
import signal
import sys
import threading
import warnings
from contextlib import suppress
from types import FrameType

# as of a usage error or a thing that cannot be had: neither PASS nor FAIL
ENDED = 2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def watch() -> None:
    """Go on in a process that is watched; do nothing where a process cannot be divided, or is watched already.

    Call it before threads are started and torch is loaded.
    """
    # one that is watched has a thread that follows the end of the other
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    ended, says_ended = os.pipe()
    watches, lives = os.pipe()
    with warnings.catch_warnings():
        # of threads that libraries have started; none of them is needed where one only waits
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process:
        os.close(says_ended)
        os.close(watches)
        _wait(process, ended)
    os.close(ended)
    os.close(lives)
    atexit.register(os.write, says_ended, b".")
    end_in_order(signal.SIGINT)
    threading.Thread(target=_follow, args=(watches,), daemon=True).start()


def end_in_order(*further: signal.Signals) -> None:
    """Let SIGTERM and SIGHUP interrupt this process as Ctrl-C does, so that it tidies up, and only once.

    Args:
        further: Signals that interrupt it once, too.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP, *further):
        # one that is ignored (nohup) or that somebody else takes care of stays so
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, leave)


def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 as `signal` calls it
    """Unwind this process: what it holds must go, and a second signal must not cut that short."""
    for other in _SIGNALS:
        if signal.getsignal(other) is leave:
            signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def _follow(pipe: int) -> None:
    # nothing is ever written; the end of the process that watches ends the pipe
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _wait(process: int, ended: int) -> None:
    def pass_on(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 as `signal` calls it
        with suppress(ProcessLookupError):
            os.kill(process, number)

    for number in _SIGNALS:
        signal.signal(number, pass_on)
    _, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        # as that process has ended
        with suppress(OSError):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os.set_blocking(ended, False)
    try:
        in_order = bool(os.read(ended, 1))
    except BlockingIOError:
        in_order = False
    if not in_order:
        said = f"code of others has ended the process (exit status {code}); what was finished is in the store"
        os.write(2, f"stablebert: {said}\n".encode())
        code = ENDED
    os._exit(code)
