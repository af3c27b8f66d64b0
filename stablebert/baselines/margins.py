"""Margins: how large a loss matters in a cell. Each is a row of `margins.csv` and follows from the accepted runs.

The margin is the least of 2 points, half of what bias correction surely gains on the cell's task, and 1.5 standard
deviations of the cell's own runs. The row is frozen with the runs and held against them whenever it is used.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import stdev
from typing import Any

from stablebert.baselines.csv_tables import BaselineError, read_table, table_text
from stablebert.files import write_whole
from stablebert.gate.lost_runs import sound_of
from stablebert.runs import Cell, RunRow
from stablebert.stats import LEAST_DISTANCE, satterthwaite

LARGEST = 2.0
DEVIATIONS = 1.5
RENEWED = '`stablebert accept --margins --why "..."` makes the margins anew'
_SHARE = 0.5
_CONFIDENCE = 0.8
_LEAST_RUNS = 2
_DIGITS = 4
_NAME = "margins.csv"


@dataclass(frozen=True)
class Margin:
    """The margin of one cell.

    Attributes:
        encoder: Encoder id.
        task: Task id.
        method: Method text as ids have it, with `.released` for that fidelity.
        length: Length id.
        bound: Lower 80 % confidence bound of what bias correction gains on this task and length with this encoder, in
            points; None unless both its sides are accepted alike and have at least two sound runs each.
        sd: Standard deviation of the cell's sound accepted runs, in points; None of fewer than two.
        margin: In points, > 0; None where there is no sd above 0: without a margin a cell never passes.
        runs: Sound accepted runs of the cell: those that have neither failed nor collapsed.
        debiased_runs: Sound runs of that side behind the bound; 0 where the sides are not both accepted alike.
        bertadam_runs: As `debiased_runs`.
        accepted: Date of the youngest acceptance that it follows from.
    """

    encoder: str
    task: str
    method: str
    length: str
    bound: float | None
    sd: float | None
    margin: float | None
    runs: int
    debiased_runs: int
    bertadam_runs: int
    accepted: str

    @property
    def note(self) -> str:
        """What a missing margin means, in words; empty where there is one."""
        return "without a margin it never passes" if self.margin is None else ""

    @property
    def deviations(self) -> float | None:
        """The margin in standard deviations of the cell, or None."""
        return self.margin / self.sd if self.margin and self.sd else None

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Which cell's it is: encoder, task, method and length."""
        return self.encoder, self.task, self.method, self.length

    def is_of(self, cell: Cell) -> bool:
        """Return whether it is the margin of a cell, whatever its precision class."""
        return self.place == _place(cell)

    def __str__(self) -> str:
        """Return it in points and in standard deviations, e.g. `0.59 points (1.5 sd)`."""
        if self.margin is None or self.deviations is None:
            return "none"
        return f"{self.margin:.2f} points ({self.deviations:.2g} sd)"


def margin_from(
    rows: Sequence[RunRow],
    debiased: Sequence[RunRow] | None,
    bertadam: Sequence[RunRow] | None,
    *,
    cell: Cell,
    accepted: str,
) -> Margin:
    """Return the margin of a cell: min(2, bound / 2 where that is known and > 0, 1.5 sd), in points.

    Args:
        rows: Accepted runs of the cell.
        debiased: Accepted runs of the debiased optimizer on its task and length; None where there are none that are
            comparable with those of BERTAdam.
        bertadam: As `debiased`.
        cell: The cell.
        accepted: Date.
    """
    own = sound_scores(rows)
    sides = [sound_scores(side) for side in (debiased, bertadam)] if debiased and bertadam else [[], []]
    bound = round(_lower_bound(*sides), _DIGITS) if min(map(len, sides)) >= _LEAST_RUNS else None
    sd = deviation_of(own)
    limits = [LARGEST, *([_SHARE * bound] if bound and bound > 0 else [])]
    return Margin(
        *_place(cell),
        bound=bound,
        sd=sd,
        margin=least_margin(sd, limits),
        runs=len(own),
        debiased_runs=len(sides[0]),
        bertadam_runs=len(sides[1]),
        accepted=accepted,
    )


def deviation_of(scores: Sequence[float]) -> float | None:
    """Return the standard deviation that a margin follows from, in the scores' unit; None of fewer than two.

    Example:
        >>> deviation_of([90.0, 91.0])
        0.7071
    """
    return round(stdev(scores), _DIGITS) if len(scores) >= _LEAST_RUNS else None


def least_margin(sd: float | None, limits: Sequence[float]) -> float | None:
    """Return the least of some limits and 1.5 standard deviations; None where there is no deviation above 0.

    Example:
        >>> least_margin(0.5, [LARGEST]), least_margin(0.5, []), least_margin(0.0, [])
        (0.75, 0.75, None)
    """
    return (round(min([*limits, DEVIATIONS * sd]), _DIGITS) or None) if sd else None


def sound_scores(rows: Sequence[RunRow], least_far: float = LEAST_DISTANCE) -> list[float]:
    """Return the test scores of the accepted runs that say how runs scatter, in their order.

    They have neither failed nor collapsed, and are none of a few that lie far above the others.

    Args:
        rows: The accepted runs.
        least_far: As `Policy.least_far`.
    """
    return list(sound_of(rows, least_far).values())


def read_margins(folder: Path) -> list[Margin]:
    """Return the margins of a `baselines` folder as its file has them, none where it has no `margins.csv`.

    Raises:
        BaselineError: the file is damaged, or has two rows of one cell.
    """
    path = folder / _NAME
    try:
        found = read_table(Margin, path, said=["note"])
    except BaselineError as error:
        raise BaselineError(f"{error}; {RENEWED}") from error
    places = [margin.place for margin in found]
    twice = sorted({"_".join(place[1:]) for place in places if places.count(place) > 1})
    if twice:
        raise BaselineError(f"{path} has more than one row of {', '.join(twice)}; {RENEWED}")
    return found


def write_margins(folder: Path, margins: Sequence[Margin], write: Any = write_whole) -> None:
    """Write `margins.csv` whole, sorted by encoder, task, method and length.

    Args:
        folder: The `baselines` folder.
        margins: All of its cells.
        write: What writes it, from path and content.

    Raises:
        OSError: it cannot be written; what was there before still stands.
    """
    rows = sorted(margins, key=lambda margin: margin.place)
    write(folder / _NAME, table_text(Margin, rows, said=["note"]))


def find_margin(folders: Sequence[Path], cell: Cell) -> Margin | None:
    """Return the row of a cell from the first folder that has one, or None; what judges a cell is `checked_margin`.

    Raises:
        BaselineError: a file of margins is damaged.
    """
    return next((margin for folder in folders for margin in read_margins(folder) if margin.is_of(cell)), None)


def differences(row: Margin, derived: Margin) -> str:
    """Return in words what a row says beside what the accepted runs give; empty where it follows from them.

    Numbers may differ in their last digit, which is rounded.
    """
    names = ("bound", "sd", "margin", "runs", "debiased_runs", "bertadam_runs", "accepted")
    said = [(name, getattr(row, name), getattr(derived, name)) for name in names]
    return ", ".join(
        f"{name} {_shown(one)} where they give {_shown(other)}" for name, one, other in said if not _alike(one, other)
    )


def _alike(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=0, abs_tol=1.5 * 10**-_DIGITS)
    return one == other


def _shown(value: object) -> str:
    return "none" if value is None or value == "" else str(value)


def _place(cell: Cell) -> tuple[str, str, str, str]:
    return cell.encoder, cell.task, cell.method_id, cell.length


def _lower_bound(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the lower confidence bound, after Welch, of the difference of two means."""
    from scipy.special import stdtrit

    means = [math.fsum(scores) / len(scores) for scores in (ours, theirs)]
    terms = [
        (math.fsum((score - mean) ** 2 for score in scores) / (len(scores) - 1) / len(scores), len(scores) - 1)
        for scores, mean in zip((ours, theirs), means, strict=True)
    ]
    error, degrees = satterthwaite(terms)
    return means[0] - means[1] - error * float(stdtrit(degrees, _CONFIDENCE))
