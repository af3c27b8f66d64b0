"""Exit statuses of the commands."""

from collections.abc import Iterable
from enum import IntEnum

from stablebert.gate import Status


class Exit(IntEnum):
    """What an exit status says.

    Attributes:
        DONE: Done, or PASS.
        FAIL: FAIL, a bridge that was not shown, or a cause of instability that was found.
        UNUSABLE: A usage error, or a thing that cannot be had.
        INCONCLUSIVE: No verdict yet.
        INVALID: The runs are no evidence.
        DEFECT: An error of this program, with a traceback.
        INTERRUPTED: By Ctrl-C or a signal; finished runs are in the store.
        UNREAD: Whoever was to read the output has gone, as in `| head`.
    """

    DONE = 0
    FAIL = 1
    UNUSABLE = 2
    INCONCLUSIVE = 3
    INVALID = 4
    DEFECT = 70
    INTERRUPTED = 130
    UNREAD = 141


# the worst says what the command says
_EXITS = {
    Status.INVALID: Exit.INVALID,
    Status.FAIL: Exit.FAIL,
    Status.INCONCLUSIVE: Exit.INCONCLUSIVE,
    Status.PASS: Exit.DONE,
}


def exit_of(status: Status) -> Exit:
    """Return what a status exits with."""
    return _EXITS[status]


def exit_status(found: Iterable[Status]) -> Exit:
    """Return what the worst that was found exits with; INVALID where nothing was.

    Example:
        >>> int(exit_status([Status.PASS, Status.INCONCLUSIVE])), int(exit_status([]))
        (3, 4)
    """
    statuses = set(found)
    return next((code for status, code in _EXITS.items() if status in statuses), Exit.INVALID)
