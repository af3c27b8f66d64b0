"""Bridges: which environment classes were shown to score alike, so that runs of one may be judged by the other's."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stablebert.baselines.cells import Baseline
from stablebert.baselines.csv_tables import BaselineError, read_table, table_text
from stablebert.baselines.margins import find_margin
from stablebert.files import write_whole
from stablebert.runs import Cell, EnvironmentClass


@dataclass(frozen=True)
class Bridge:
    """One attempt to join two environment classes for one encoder and task: planned first, then recorded.

    Attributes:
        encoder: Encoder id.
        task: Task id.
        one: Environment class of the baseline when it was planned.
        other: The other class.
        cell: The cell of class `other` that it is shown on.
        data: Digest of the task's rows; it says nothing of other rows.
        deviation: What it was planned with, from pilot runs: upper 80 % bound of the standard deviation, in points.
        pilot: Pilot runs a side.
        first_seed: First of the planned seeds.
        seeds: Planned runs a side, in [20, 50].
        limit: Smallest difference that matters, in points: half the margin, 0.5 where there is none.
        planned: Date.
        pairing: `paired` or `welch`; empty until it is recorded, as all that follows.
        difference: Mean of `other` - mean of `one`, in points.
        lower: Lower 95 % confidence bound of the difference.
        upper: Upper 95 % confidence bound.
        failed: Failed runs on both sides.
        recorded: Date.
        commit: Of the package that recorded it.
    """

    encoder: str
    task: str
    one: EnvironmentClass
    other: EnvironmentClass
    cell: Cell
    data: str
    deviation: float
    pilot: int
    first_seed: int
    seeds: int
    limit: float
    planned: str
    pairing: str = ""
    difference: float | None = None
    lower: float | None = None
    upper: float | None = None
    failed: int | None = None
    recorded: str = ""
    commit: str = ""

    @property
    def outcome(self) -> str:
        """`planned`, `passed` or `failed`, as the figures say.

        Failed runs carry no bridge: they have no score that could be alike.
        """
        if not self.recorded:
            return "planned"
        shown = self.largest is not None and self.largest < self.limit
        return "passed" if shown and self.failed == 0 else "failed"

    @property
    def largest(self) -> float | None:
        """Largest difference either way that it does not rule out, in points."""
        return None if self.lower is None or self.upper is None else max(-self.lower, self.upper)

    def joins(self, cell: Cell, data: str, one: EnvironmentClass, other: EnvironmentClass) -> bool:
        """Return whether it is about the encoder and task of a cell, these rows, and these classes in either order."""
        about = (self.encoder, self.task, self.data, {self.one, self.other})
        return about == (cell.encoder, cell.task, data, {one, other})

    def __str__(self) -> str:
        """Return it in words."""
        place = f"{self.one} and {self.other} on {self.encoder}, {self.task}"
        if self.lower is None or self.upper is None:
            return f"{place}: {self.outcome}, {self.seeds} seeds from {self.first_seed}, limit {self.limit:.2f}"
        return (
            f"{place}: {self.outcome} {self.recorded}, difference in [{self.lower:+.2f}, {self.upper:+.2f}], "
            f"limit {self.limit:.2f} ({self.seeds} seeds a side, {self.pairing}, {self.failed} failed)"
        )


def read_bridges(folder: Path) -> list[Bridge]:
    """Return the bridges of a `baselines` folder, none where it has no `bridges.csv`.

    Raises:
        BaselineError: the file is damaged, or a row's outcome is not what its figures say.
    """
    return read_table(Bridge, folder / "bridges.csv", said=["outcome"])


def write_bridges(folder: Path, bridges: Sequence[Bridge], write: Any = write_whole) -> None:
    """Write `bridges.csv` whole, sorted by encoder, task and classes.

    Args:
        folder: The `baselines` folder.
        bridges: All that there are.
        write: What writes them, from path and content.

    Raises:
        OSError: it cannot be written; what was there before still stands.
    """
    rows = sorted(bridges, key=lambda item: (item.encoder, item.task, str(item.one), str(item.other), item.data))
    write(folder / "bridges.csv", table_text(Bridge, rows, said=["outcome"]))


def bridge_over(
    folders: Sequence[Path], cell: Cell, baseline: Baseline | None, ours: EnvironmentClass
) -> Bridge | None:
    """Return the bridge by which runs are judged, or None where they are of their baseline's class.

    Args:
        folders: The `baselines` folders, first to last.
        cell: The cell of the runs.
        baseline: What judges them, None where nothing does.
        ours: Environment class of the runs.

    Raises:
        BaselineError: the classes differ and no bridge of the baseline's rows that has passed joins them, what it
            shows is not within half the margin of the baseline's cell as it is now, or a file is damaged.
    """
    theirs = None if baseline is None else baseline.environment_class
    if theirs == ours:
        return None
    apart = f"its baseline is of class {theirs}, these runs of {ours}"
    data = "" if baseline is None else baseline.header.get("data", "")
    known = (bridge for folder in folders for bridge in read_bridges(folder))
    bridge = next((bridge for bridge in known if theirs and bridge.joins(cell, data, theirs, ours)), None)
    if baseline is None or bridge is None:
        raise BaselineError(f"{apart}, and no bridge of these rows joins them (`stablebert bridge` makes one)")
    if bridge.outcome != "passed":
        raise BaselineError(f"{apart}, and the bridge between them has not passed: {bridge}")
    margin = find_margin(folders, baseline.cell)
    if margin is not None and margin.margin is not None and not (bridge.largest or 0.0) < margin.margin / 2:
        raise BaselineError(f"{apart}, and half the margin is {margin.margin / 2:.2f} points now: {bridge}")
    return bridge
