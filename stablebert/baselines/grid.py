"""The grid: which cells a session gates where nobody names others, `grid.toml` in the `baselines` folder.

mini = ["trec_debiased_3ep", "trec_reinit_3ep"]
"""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from stablebert.baselines.cells import baseline_files, cell_at
from stablebert.baselines.csv_tables import BaselineError
from stablebert.baselines.decidable import MOST_SEEDS, undecidable_at
from stablebert.paper import PROFILES
from stablebert.runs import Cell

_KNOWN = f"it is one of {', '.join(PROFILES)}"


def read_grid(
    folder: Path, profile: str, encoder: str = "*", *, seeds: int = MOST_SEEDS, accepting: bool = False
) -> tuple[str, ...] | None:
    """Return the names `TASK_METHOD_LENGTH` that are gated on a profile, None where the folder does not say.

    Args:
        folder: The `baselines` folder.
        profile: `mini` or `paper`.
        encoder: Id of the encoder whose baselines judge; `*` is any.
        seeds: Those that a session may make of a cell.
        accepting: Whether the session is to accept the cells: their baselines need not be there yet, nor what stands
            now be enough to decide.

    Raises:
        BaselineError: the file cannot be read; a profile is no list of names, each of one cell and listed once; or a
            name has no baseline in the folder, or one that so many seeds cannot decide.

    Example:
        >>> read_grid(Path("nowhere"), "mini") is None
        True
    """
    listed = listed_names(folder).get(profile)
    if listed is not None and not accepting:
        problem = next(filter(None, (_problem(folder, name, encoder, seeds) for name in listed)), None)
        if problem:
            raise BaselineError(f"{folder / 'grid.toml'}: {profile}: {problem}")
    return listed


def listed_names(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Return the names that `grid.toml` lists by profile, none where there is no file; no baseline is looked at.

    Raises:
        BaselineError: the file cannot be read, a profile is unknown, or no list of names, each of one cell and listed
            once.
    """
    path = folder / "grid.toml"
    if not path.is_file():
        return {}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BaselineError(f"{path} cannot be read: {error}") from error
    try:
        return names_by_profile(data, str(path))
    except ValueError as error:
        raise BaselineError(str(error)) from error


def names_by_profile(data: Mapping[str, object], place: str) -> dict[str, tuple[str, ...]]:
    """Return the names that a table of a grid lists, by profile.

    Args:
        data: From profile to what it lists.
        place: Where the table stands, for errors.

    Raises:
        ValueError: a profile is unknown, or no list of names, each of one cell and listed once.

    Example:
        >>> names_by_profile({"mini": ["trec_debiased_3ep"]}, "grid.toml")
        {'mini': ('trec_debiased_3ep',)}
    """
    found = {}
    for profile, listed in data.items():
        if profile not in PROFILES:
            raise ValueError(f"{place}: {profile!r} is no profile, so that its list gates nothing; {_KNOWN}")
        try:
            found[profile] = _names(listed)
        except ValueError as error:
            raise ValueError(f"{place}: {profile}: {error}") from None
    return found


def _names(listed: object) -> tuple[str, ...]:
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise ValueError(f'it is {listed!r}; it must be a list of names, as in ["trec_debiased_3ep"]')
    for name in listed:
        Cell.named(name)
        if listed.count(name) > 1:
            raise ValueError(f"{name} is listed more than once")
    return tuple(listed)


def _problem(folder: Path, name: str, encoder: str, seeds: int) -> str | None:
    """Return why a listed cell cannot be gated, or None."""
    files = baseline_files(folder, encoder)
    own = [path for path in files if cell_at(path).name == name]
    if not own:
        nearest = get_close_matches(name, [cell_at(path).name for path in files], 1, 0.0)
        near = f"; the nearest that has one is {nearest[0]}" if nearest else ""
        return f"{name} has no baseline in {folder}{near}"
    reasons = [undecidable_at(folder, path, seeds) for path in own]
    if None in reasons:
        return None
    return f"{name} cannot be gated: {reasons[0]}; take it off the list, or accept more runs"
