"""The policy in force: defaults, then `[tool.stablebert.policy]` of `pyproject.toml`, then ini keys, then options."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from stablebert.gate.policy import Policy
from stablebert.project.tables import project_table

_TABLE = "[tool.stablebert.policy]"
# how many cells share the alarms is said by the grid
_KEYS = {field.name: field for field in fields(Policy) if field.name != "cells"}


def policy_of(root: Path, given: Mapping[str, Any], *, cells: int = 1) -> Policy:
    """Return the policy of a project with what ini keys and options change.

    Args:
        root: Folder of the `pyproject.toml`; without one, or without the table, the defaults stand.
        given: By field of `Policy`; None stands for not given.
        cells: Cells of the grid.

    Raises:
        ValueError: a key is unknown, or a value is of another kind or outside its range.

    Example:
        >>> policy_of(Path("/nowhere"), {"alpha": 0.1, "looks": None}).alpha
        0.1
    """
    table = project_table(root, "policy")
    unknown = sorted(table.keys() - _KEYS.keys())
    if unknown:
        raise ValueError(f"{_TABLE}: unknown {', '.join(unknown)}; it takes {', '.join(_KEYS)}")
    chosen = {name: _value(name, value) for name, value in table.items()}
    chosen |= {name: value for name, value in given.items() if value is not None}
    return Policy(**chosen, cells=max(1, cells))


def numbers(text: str, kind: type) -> tuple[Any, ...]:
    """Return the numbers of a text such as `5,10,15`.

    Args:
        text: Numbers with commas between them.
        kind: `int` or `float`.

    Raises:
        ValueError: one is not a number of that kind.
    """
    return tuple(kind(part) for part in text.split(","))


def _value(name: str, value: Any) -> Any:
    """Return a value of TOML as the field's: lists are tuples, whole numbers serve as numbers."""
    default = _KEYS[name].default
    if isinstance(default, tuple):
        kind = int if name == "looks" else int | float
        if isinstance(value, list) and all(isinstance(item, kind) and not isinstance(item, bool) for item in value):
            return tuple(value)
    elif isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif type(value) is type(default):
        return value
    raise ValueError(f"{_TABLE}: {name} is {value!r}; it must be like {default!r}")
