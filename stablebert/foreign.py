"""Code of others: loaded by its path and called, so that whatever it does, ending the process too, is one error."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


class ForeignError(ValueError):
    """Code of others does not import, or would end the process."""


def load_object(path: str) -> Any:
    """Return the object at a path.

    Args:
        path: `package.module:object`; dots after the colon lead into the object.

    Raises:
        ForeignError: it does not import: the module raises an error or would end the process, or has no such object.

    Example:
        >>> load_object("math:sqrt")(4.0)
        2.0
    """
    module, _, name = path.partition(":")
    try:
        with contained(module):
            found = import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
    except Exception as error:
        raise ForeignError(f"does not import: {reason_of(error)}") from error
    return found


@contextmanager
def contained(what: str) -> Iterator[None]:
    """Run code of others; what it raises to end the process, as `sys.exit` does, is an error like any other.

    An interruption by the user passes, and so does every error.

    Args:
        what: What it is, for the message.

    Raises:
        ForeignError: it would have ended the process.

    Example:
        >>> with contained("mypackage"):
        ...     raise SystemExit(0)
        Traceback (most recent call last):
        ...
        stablebert.foreign.ForeignError: mypackage would end the process (SystemExit: 0)
    """
    try:
        yield
    except (Exception, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        raise ForeignError(f"{what} would end the process ({reason_of(error)})") from error


def reason_of(error: BaseException) -> str:
    """Return kind and first line of an error, or the words of one that is ours.

    Example:
        >>> reason_of(KeyError("no such name"))
        "KeyError: 'no such name'"
    """
    if isinstance(error, ForeignError):
        return str(error)
    said = next(iter(str(error).strip().splitlines()), "without a word")
    return f"{type(error).__name__}: {said}"


def words_of(error: BaseException) -> str:
    """Return what an error says, its kind where it says nothing.

    Example:
        >>> words_of(ValueError("rate is 0")), words_of(MemoryError())
        ('rate is 0', 'MemoryError: without a word')
    """
    return str(error).strip() or reason_of(error)
