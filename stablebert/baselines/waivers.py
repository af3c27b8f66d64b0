"""Waivers: a cell may FAIL until a date, for a reason that somebody has signed.

A waiver is a file `waivers/ANY_NAME.toml` in the `baselines` folder:

cell = "trec_debiased_3ep_minilm_fp32"
reason = "torch 2.14 rounds layer norms differently; issue 12"
who = "Ada Lovelace"
until = 2026-12-31
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from stablebert.baselines.csv_tables import BaselineError
from stablebert.runs import Cell

_WORDS = ("cell", "reason", "who")


@dataclass(frozen=True)
class Waiver:
    """One waiver.

    Attributes:
        path: Its file.
        cell: The cell id that may FAIL.
        reason: Why.
        who: Who says so.
        until: The last day that it holds.
    """

    path: Path
    cell: str
    reason: str
    who: str
    until: date

    def __str__(self) -> str:
        """Return it in words."""
        return f"until {self.until.isoformat()} by {self.who}: {self.reason} ({self.path.name})"


def read_waivers(folders: Sequence[Path], today: date) -> dict[str, Waiver]:
    """Return the waivers by cell, those of the first folder that has one.

    Args:
        folders: The `baselines` folders, first to last.
        today: The day on which they are to hold.

    Raises:
        BaselineError: a waiver has expired, cannot be read, is not complete, or is the second of its cell in a folder.

    Example:
        >>> read_waivers([], date(2026, 1, 1))
        {}
    """
    found: dict[str, Waiver] = {}
    for folder in folders:
        here: dict[str, Waiver] = {}
        for path in sorted((folder / "waivers").glob("*.toml")):
            waiver = _read(path)
            if waiver.until < today:
                raise BaselineError(
                    f"waiver {path} has expired: it held until {waiver.until.isoformat()}; remove it, or mend the cell"
                )
            if waiver.cell in here:
                raise BaselineError(f"waivers {here[waiver.cell].path.name} and {path} are of one cell, {waiver.cell}")
            here[waiver.cell] = waiver
        found = here | found
    return found


def _read(path: Path) -> Waiver:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BaselineError(f"waiver {path} cannot be read: {error}") from error
    problem = _problem(data)
    if problem:
        raise BaselineError(f"waiver {path}: {problem}")
    return Waiver(path, **{name: data[name].strip() for name in _WORDS}, until=data["until"])


def _problem(data: Mapping[str, Any]) -> str | None:
    if set(data) != {*_WORDS, "until"}:
        return f"it says {', '.join(sorted(data)) or 'nothing'}; it must say {', '.join(_WORDS)} and until"
    for name in _WORDS:
        if not isinstance(data[name], str) or not data[name].strip():
            return f"{name} is {data[name]!r}; it must be some text"
    until = data["until"]
    if not isinstance(until, date) or isinstance(until, datetime):
        return f"until is {until!r}; it must be a date, as in until = 2026-12-31 (without quotes)"
    try:
        Cell.parse(data["cell"].strip())
    except ValueError:
        return f"cell {data['cell']!r} is not a cell id; one looks like trec_debiased_3ep_minilm_fp32"
    return None
