"""What a project says of itself in its `pyproject.toml`."""

from pathlib import Path
from typing import Any


def project_table(root: Path, name: str) -> dict[str, Any]:
    """Return `[tool.stablebert.NAME]` of a project; empty where there is no such table, or no file.

    Args:
        root: Folder of the `pyproject.toml`.
        name: Of the table.

    Raises:
        ValueError: it is no table.

    Example:
        >>> project_table(Path("/nowhere"), "policy")
        {}
    """
    path = root / "pyproject.toml"
    if not path.is_file():
        return {}
    # a session that judges reads it once; one that only has the plug-in installed need not pay for the parser
    import tomllib

    found = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("stablebert", {}).get(name, {})
    if not isinstance(found, dict):
        raise ValueError(f"[tool.stablebert.{name}] is {found!r}; it must be a table")
    return found
