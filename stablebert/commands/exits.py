"""Exit statuses of the commands that judge."""

from collections.abc import Iterable

from stablebert.gate import Status

# the worst says what the command says
_EXITS = {Status.INVALID: 4, Status.FAIL: 1, Status.INCONCLUSIVE: 3, Status.PASS: 0}


def exit_status(found: Iterable[Status]) -> int:
    """Return 0 PASS, 1 FAIL, 3 INCONCLUSIVE, 4 INVALID, for the worst that was found; INVALID where nothing was.

    Example:
        >>> exit_status([Status.PASS, Status.INCONCLUSIVE]), exit_status([])
        (3, 4)
    """
    statuses = set(found)
    return next((code for status, code in _EXITS.items() if status in statuses), _EXITS[Status.INVALID])
