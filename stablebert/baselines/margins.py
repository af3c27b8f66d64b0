"""Margins: how large a loss matters on a task, frozen when its baselines were accepted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stablebert.baselines.csv_tables import read_table, table_text
from stablebert.files import write_whole
from stablebert.runs import Cell, RunRow
from stablebert.stats import satterthwaite

_LARGEST = 2.0
_CONFIDENCE = 0.8


@dataclass(frozen=True)
class Margin:
    """The margin of one task at one length with one encoder.

    Attributes:
        encoder: Encoder id.
        task: Task id.
        length: Length id.
        bound: Lower 80 % confidence bound of what bias correction gains here, in points; None where fewer than two
            runs a side have not failed.
        margin: min(2, bound / 2) in points; None where no bound is above 0: location is reported, not gated.
        debiased_runs: Non-failed accepted runs behind the bound.
        bertadam_runs: As `debiased_runs`.
        accepted: Date.
    """

    encoder: str
    task: str
    length: str
    bound: float | None
    margin: float | None
    debiased_runs: int
    bertadam_runs: int
    accepted: str

    @property
    def note(self) -> str:
        """What the missing margin means, in words; empty where there is one."""
        return "not gated on location" if self.margin is None else ""

    def is_of(self, cell: Cell) -> bool:
        """Return whether it is the margin of a cell, whatever its method and class."""
        return (self.encoder, self.task, self.length) == (cell.encoder, cell.task, cell.length)


def margin_from(debiased: Sequence[RunRow], bertadam: Sequence[RunRow], *, cell: Cell, accepted: str) -> Margin:
    """Return the margin that preserves at least half of what bias correction gains on a task.

    Args:
        debiased: Accepted runs of the debiased optimizer.
        bertadam: Accepted runs of BERTAdam.
        cell: Either of the two cells.
        accepted: Date.
    """
    ours, theirs = ([row.test for row in rows if not row.failed] for rows in (debiased, bertadam))
    enough = min(len(ours), len(theirs)) >= 2
    bound = round(_lower_bound(ours, theirs), 4) if enough else None
    margin = None if bound is None else round(min(_LARGEST, bound / 2), 4)
    return Margin(
        cell.encoder,
        cell.task,
        cell.length,
        bound,
        margin if margin is not None and margin > 0 else None,
        len(ours),
        len(theirs),
        accepted,
    )


def _lower_bound(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the lower confidence bound, after Welch, of the difference of two means."""
    from scipy.stats import t

    means = [math.fsum(scores) / len(scores) for scores in (ours, theirs)]
    terms = [
        (math.fsum((score - mean) ** 2 for score in scores) / (len(scores) - 1) / len(scores), len(scores) - 1)
        for scores, mean in zip((ours, theirs), means, strict=True)
    ]
    error, degrees = satterthwaite(terms)
    return means[0] - means[1] - error * float(t.ppf(_CONFIDENCE, degrees))


def read_margins(folder: Path) -> list[Margin]:
    """Return the margins of a `baselines` folder, none where it has no `margins.csv`.

    Raises:
        BaselineError: the file is damaged.
    """
    return read_table(Margin, folder / "margins.csv", said=["note"])


def write_margins(folder: Path, margins: Sequence[Margin]) -> None:
    """Write `margins.csv` whole, sorted by encoder, task and length.

    Raises:
        OSError: it cannot be written; what was there before still stands.
    """
    rows = sorted(margins, key=lambda margin: (margin.encoder, margin.task, margin.length))
    write_whole(folder / "margins.csv", table_text(Margin, rows, said=["note"]))


def find_margin(folders: Sequence[Path], cell: Cell) -> Margin | None:
    """Return the margin of a cell from the first folder that has it, or None.

    Raises:
        BaselineError: a file of margins is damaged.
    """
    return next((margin for folder in folders for margin in read_margins(folder) if margin.is_of(cell)), None)
