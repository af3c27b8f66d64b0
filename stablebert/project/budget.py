"""How long a session may begin new looks."""

import re
import time

import pytest

DEADLINE = pytest.StashKey[float | None]()
KEY = "stablebert_deadline"
_UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds_of(text: str) -> float:
    """Return the seconds of a text such as `90s`, `20m` or `1.5h`.

    Raises:
        ValueError: it is none, or not above 0.

    Example:
        >>> seconds_of("20m")
        1200.0
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if found is None or float(found[1]) == 0:
        raise ValueError(f"{text!r} must be a number > 0 with s, m or h, as in 20m")
    return float(found[1]) * _UNITS[found[2]]


def now() -> float:
    """Return the seconds of the clock that all processes of a session share."""
    return time.time()


def deadline_of(config: pytest.Config, budget: float | None) -> float | None:
    """Return when a session stops to begin looks, None for never; a worker has it from its controller."""
    given = getattr(config, "workerinput", None)
    if given is not None:
        found: float | None = given.get(KEY)
        return found
    return None if budget is None else now() + budget
