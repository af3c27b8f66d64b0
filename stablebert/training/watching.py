"""Who watches a run while it trains: nobody, or whom a context names. It is told, and changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# of the updates done, the updates in all, and the loss of the last one
Watch = Callable[[int, int, float], None]
_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Let somebody be told of every update of the runs that train in this context.

    Args:
        watch: Called with the number of updates done, of all, and the loss of the last.

    Example:
        >>> with watched(print):
        ...     tell(3, 96, 0.5)
        3 96 0.5
    """
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


def tell(done: int, steps: int, loss: float) -> None:
    """Tell whoever watches of an update; arguments as `watched` says."""
    watch = _WATCH.get()
    if watch is not None:
        watch(done, steps, loss)
