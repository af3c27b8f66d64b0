"""The grid: which cells a session gates where nobody names others, `grid.toml` in the `baselines` folder.

mini = ["trec_debiased_3ep", "trec_reinit_3ep"]
"""

import tomllib
from pathlib import Path

from stablebert.baselines.csv_tables import BaselineError
from stablebert.runs import Cell


def read_grid(folder: Path, profile: str) -> tuple[str, ...] | None:
    """Return the names `TASK_METHOD_LENGTH` that are gated on a profile, None where the folder does not say.

    Args:
        folder: The `baselines` folder.
        profile: `mini` or `paper`.

    Raises:
        BaselineError: the file cannot be read, or a profile is no list of names, each of one cell and listed once.

    Example:
        >>> read_grid(Path("nowhere"), "mini") is None
        True
    """
    path = folder / "grid.toml"
    if not path.is_file():
        return None
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BaselineError(f"{path} cannot be read: {error}") from error
    if profile not in data:
        return None
    try:
        return _names(data[profile])
    except ValueError as error:
        raise BaselineError(f"{path}: {profile}: {error}") from error


def _names(listed: object) -> tuple[str, ...]:
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise ValueError(f'it is {listed!r}; it must be a list of names, as in ["trec_debiased_3ep"]')
    for name in listed:
        Cell.named(name)
        if listed.count(name) > 1:
            raise ValueError(f"{name} is listed more than once")
    return tuple(listed)
