"""What a project says of itself in its `pyproject.toml`: tables, the grid, the policy."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from stablebert.baselines.grid import names_by_profile
from stablebert.gate.policy import Policy
from stablebert.project.options import Settings
from stablebert.project.values import check_known

# what a project adds by name, each kind in a table
KINDS = ("tasks", "methods", "encoders")
_TABLES = (*KINDS, "grid", "policy")
_POLICY = "[tool.stablebert.policy]"
# how many cells share the alarms is said by the grid
_KEYS = {field.name: field for field in fields(Policy) if field.name != "cells"}


def project_table(root: Path, name: str) -> dict[str, Any]:
    """Return `[tool.stablebert.NAME]` of a project; empty where there is no such table, or no file.

    Args:
        root: Folder of the `pyproject.toml`.
        name: Of the table.

    Raises:
        ValueError: the file is no TOML, what stands there is no table, or a table beside it is one that nothing reads.

    Example:
        >>> project_table(Path("/nowhere"), "policy")
        {}
    """
    path = root / "pyproject.toml"
    if not path.is_file():
        return {}
    # a session that judges reads it once; one that only has the plug-in installed need not pay for the parser
    import tomllib

    try:
        found: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    # one that nothing reads has its say in nothing
    ours = found.get("tool", {}).get("stablebert", {}) if isinstance(found.get("tool", {}), dict) else {}
    check_known(ours if isinstance(ours, dict) else (), _TABLES, f"{path}, [tool.stablebert]")
    for depth, part in enumerate(("tool", "stablebert", name)):
        found = found.get(part, {})
        if not isinstance(found, dict):
            table = ".".join(("tool", "stablebert", name)[: depth + 1])
            raise ValueError(f"[{table}] is {found!r}; it must be a table")
    return dict(found)


def adds_code(root: Path) -> bool:
    """Return whether a project adds tasks, methods or encoders of its own; what cannot be read is said elsewhere.

    Example:
        >>> adds_code(Path("/nowhere"))
        False
    """
    try:
        # nearly every project is told apart without a parser
        if b"[tool.stablebert." not in (root / "pyproject.toml").read_bytes():
            return False
        return any(project_table(root, kind) for kind in KINDS)
    except (OSError, ValueError):
        return False


def listed_grid(root: Path, profile: str) -> frozenset[str] | None:
    """Return the names that `[tool.stablebert.grid]` lists for a profile, or None where it lists none.

    Raises:
        ValueError: as `names_by_profile`.
    """
    listed = names_by_profile(project_table(root, "grid"), "[tool.stablebert.grid]").get(profile)
    return None if listed is None else frozenset(listed)


def policy_of(root: Path, settings: Settings, *, cells: int = 1) -> Policy:
    """Return the policy in force: defaults, then `[tool.stablebert.policy]`, then ini keys, then options.

    Args:
        root: Folder of the `pyproject.toml`.
        settings: The options in force.
        cells: Cells of the grid, which share the alarms.

    Raises:
        ValueError: a key is unknown, or a value is of another kind or outside its range.
    """
    table = project_table(root, "policy")
    unknown = sorted(table.keys() - _KEYS.keys())
    if unknown:
        raise ValueError(f"{_POLICY}: unknown {', '.join(unknown)}; it takes {', '.join(_KEYS)}")
    chosen = {name: _value(name, value) for name, value in table.items()}
    given = {name: getattr(settings, name) for name in ("alpha", "looks", "futility", "shown")}
    if settings.anytime:
        given["anytime"] = True
    if settings.seeds_of is not None:
        given["pairing"] = "paired"
    # the second endpoint says something within one method and encoder only
    if settings.model is not None or settings.against is not None:
        given["endpoint"] = "none"
    chosen |= {name: value for name, value in given.items() if value is not None}
    try:
        return Policy(**chosen, cells=max(1, cells))
    except ValueError as error:
        raise ValueError(f"{error}{_said(settings.given, given)}") from error


def _said(texts: Mapping[str, str], names: Sequence[str] | Mapping[str, Any]) -> str:
    said = ", ".join(f"--stablebert-{name} {texts[name]}" for name in names if name in texts)
    return f" ({said})" if said else ""


def _value(name: str, value: Any) -> Any:
    """Return a value of TOML as the field's: lists are tuples, whole numbers serve as numbers."""
    default = _KEYS[name].default
    if isinstance(default, tuple):
        kind = int if name == "looks" else int | float
        if isinstance(value, list) and all(isinstance(item, kind) and not isinstance(item, bool) for item in value):
            return tuple(value)
    elif isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):
            return float(value)
    elif type(value) is type(default):
        return value
    raise ValueError(f"{_POLICY}: {name} is {value!r}; it must be like {default!r}")
