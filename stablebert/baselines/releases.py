"""Two anchors: `current`, which every acceptance moves, and `release`, frozen, from which losses are added up.

Each acceptance may lose a little that no test can see. What all of them together have lost since a release is the
budget: release mean - current mean, at most half a margin.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean

from stablebert.baselines.cells import Baseline, baseline_files, read_baseline
from stablebert.baselines.changing import changing
from stablebert.baselines.commit import check_committed, source_commit
from stablebert.baselines.csv_tables import (
    BaselineError,
    append_ledger,
    check_reason,
    read_table,
    table_text,
)
from stablebert.baselines.derived import checked_margin
from stablebert.baselines.margins import sound_scores
from stablebert.runs import Cell

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_SHARE = 0.5


@dataclass(frozen=True)
class Anchor:
    """A cell as it was at a release.

    Attributes:
        release: Name of the release.
        cell: The cell.
        mean: Mean of the runs that had neither failed nor collapsed, in points; None where there was none.
        margin: Margin in force then, in points, or None.
        frozen: Date.
        commit: Of the package.
    """

    release: str
    cell: Cell
    mean: float | None
    margin: float | None
    frozen: str
    commit: str


@dataclass(frozen=True)
class Budget:
    """What a cell has lost since a release.

    Attributes:
        release: Name of the release.
        spent: Release mean - current mean, in points; below 0 where it has gained.
        limit: Half the release's margin; None where there is none.
    """

    release: str
    spent: float
    limit: float | None

    @property
    def is_exceeded(self) -> bool:
        """Whether more is spent than may be."""
        return self.limit is not None and self.spent > self.limit

    def __str__(self) -> str:
        """Return it in words, e.g. `+0.10 of 1.00`."""
        return f"{self.spent:+.2f}" + ("" if self.limit is None else f" of {self.limit:.2f}")


def read_anchors(folder: Path) -> list[Anchor]:
    """Return the anchors of a `baselines` folder in the order of its releases, none where it has no `releases.csv`.

    Raises:
        BaselineError: the file is damaged.
    """
    return read_table(Anchor, folder / "releases.csv")


def find_budget(folders: Sequence[Path], cell: Cell, mean: float | None) -> Budget | None:
    """Return what a cell has lost since its last release, or None where it was in none.

    The precision class is not looked at: a baseline that changes its class keeps its history.

    Args:
        folders: The `baselines` folders; the first that has the cell counts.
        cell: The cell.
        mean: Its mean now, in points.

    Raises:
        BaselineError: a file of releases is damaged.
    """
    for folder in folders:
        own = [anchor for anchor in read_anchors(folder) if anchor.cell.is_sibling_of(cell)]
        if own:
            last = own[-1]
            limit = None if last.margin is None else _SHARE * last.margin
            return None if last.mean is None or mean is None else Budget(last.release, last.mean - mean, limit)
    return None


def baseline_budget(folders: Sequence[Path], baseline: Baseline | None) -> Budget | None:
    """Return the budget of an accepted cell, or None where it has none.

    Raises:
        BaselineError: a file of releases is damaged.
    """
    if baseline is None or "cell" not in baseline.header:
        return None
    return find_budget(folders, baseline.cell, _mean(baseline))


def propose_release(folder: Path, name: str) -> list[Anchor]:
    """Return what a release would freeze: every accepted cell, by id.

    Args:
        folder: The `baselines` folder.
        name: Name of the release: letters, digits, `. + -`.

    Raises:
        BaselineError: the name is taken or not well formed, there is no baseline, one is damaged, a margin does not
            follow from the accepted runs, or they are not committed.
    """
    if not _NAME.fullmatch(name):
        raise BaselineError(f"release {name!r}: a name has letters, digits, '.', '+' and '-', as in 1.2.0")
    if any(anchor.release == name for anchor in read_anchors(folder)):
        raise BaselineError(f"release {name} is frozen already; a release is never changed")
    baselines = [read_baseline(path) for path in baseline_files(folder)]
    if not baselines:
        raise BaselineError(f"there is no baseline in {folder} to freeze")
    check_committed("baselines", folder)
    today, commit = date.today().isoformat(), source_commit()
    anchors = [
        Anchor(
            name,
            baseline.cell,
            _mean(baseline),
            checked_margin([folder], baseline.cell).margin,
            today,
            commit,
        )
        for baseline in baselines
    ]
    return sorted(anchors, key=lambda anchor: anchor.cell.id)


def freeze_release(folder: Path, anchors: Sequence[Anchor], why: str) -> Path:
    """Write a proposed release, with a line in the ledger, and return its file.

    Raises:
        BaselineError: there is no reason, or a file cannot be written.
    """
    check_reason("a release", why)
    path, release = folder / "releases.csv", anchors[0].release
    with changing(folder, f"release {release}") as write:
        write(path, table_text(Anchor, [*read_anchors(folder), *anchors]))
        append_ledger(folder, f"release {release}", f"{len(anchors)} cells frozen.", why, write)
    return path


def _mean(baseline: Baseline) -> float | None:
    # one far run would move a mean by more than a budget, and hide a loss where it goes again
    scores = sound_scores(baseline.rows)
    return fmean(scores) if scores else None
