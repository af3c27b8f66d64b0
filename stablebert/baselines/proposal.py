"""What an acceptance would write, what it says of that, and why it would be refused."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from stablebert.baselines.cells import Baseline
from stablebert.baselines.decidable import MOST_SEEDS, needed_seeds, undecidable
from stablebert.baselines.kept import Kept, dropped_runs
from stablebert.baselines.lost import LostRuns, lost_runs
from stablebert.baselines.margins import Margin
from stablebert.baselines.releases import Budget, baseline_budget
from stablebert.baselines.waivers import Waiver
from stablebert.gate.lost_runs import line_of
from stablebert.runs import Cell, Record, Summary, summary_of

# one-sided; of the exact test that more runs are lost than before
_LEVEL = 0.05


@dataclass(frozen=True)
class Moved:
    """A margin that an acceptance makes anew.

    Attributes:
        before: The row that stands, or None.
        after: The one that would.
        runs: Accepted runs of its cell, lost ones included.
    """

    before: Margin | None
    after: Margin
    runs: int

    @property
    def name(self) -> str:
        """The cell, as a grid names it."""
        return f"{self.after.task}_{self.after.method}_{self.after.length}"

    @property
    def is_seen(self) -> bool:
        """Whether it changes by what is shown of it."""
        return _shown(self.before) != _shown(self.after)

    def __str__(self) -> str:
        """Return before -> after, in points."""
        return f"{_shown(self.before)} -> {_shown(self.after)}"


@dataclass(frozen=True)
class Proposal:
    """What an acceptance would write.

    Attributes:
        folder: The `baselines` folder.
        cell: The cell.
        before: The baseline that stands, or None.
        after: The one that would.
        moved: The cell's own margin, anew.
        others: Margins of other cells that change with it: of its task and length, where it is a side of what bias
            correction gains there.
        waiver: What lets a refusal pass, if anything does.
        records: The runs that are new, by seed.
        kept: Those that stand.
        gated: Names of the cells that `grid.toml` lists.
        seeds: Those that a session may make of a gated cell.
    """

    folder: Path
    cell: Cell
    before: Baseline | None
    after: Baseline
    moved: Moved
    others: tuple[Moved, ...] = ()
    waiver: Waiver | None = None
    records: tuple[Record, ...] = field(default=(), repr=False)
    kept: Kept = field(default=Kept(), repr=False)
    gated: frozenset[str] = frozenset()
    seeds: int = MOST_SEEDS

    @property
    def margin_before(self) -> Margin | None:
        """The cell's margin that stands, if it has one."""
        return self.moved.before

    @property
    def margin(self) -> Margin:
        """The cell's margin that would stand."""
        return self.moved.after

    @property
    def needed_seeds(self) -> int | None:
        """How many seeds mostly show that an equal candidate loses no margin; None where no number does."""
        return needed_seeds(self.margin, len(self.after.rows))

    @property
    def undecidable(self) -> str | None:
        """Why the cell cannot be gated with the runs proposed, or None where it can."""
        return undecidable(self.margin, len(self.after.rows), self.seeds)

    @property
    def summary_before(self) -> Summary | None:
        """The runs that stand, in numbers."""
        return None if self.before is None else summary_of(self.before.rows)

    @property
    def summary(self) -> Summary:
        """The runs proposed, in numbers."""
        return summary_of(self.after.rows)

    @property
    def lost_before(self) -> LostRuns | None:
        """The runs that stand and are lost."""
        return None if self.before is None else lost_runs(self.before.rows)

    @property
    def lost(self) -> LostRuns:
        """The runs proposed that are lost, by the line of those that stand if they are of the same recipe and data."""
        same = self.before is not None and self.before.header.get("cell_key") == self.after.header.get("cell_key")
        return lost_runs(self.after.rows, line_of(self.before.rows) if self.before is not None and same else None)

    @property
    def budget_before(self) -> Budget | None:
        """What the cell has lost since the release, if it was in one."""
        return baseline_budget([self.folder], self.before)

    @property
    def budget(self) -> Budget | None:
        """What it would have lost."""
        return baseline_budget([self.folder], self.after)

    def refusals(self) -> list[str]:
        """Return why it is refused, one sentence a reason; none where it is not.

        Too much lost since the release, more runs lost than before, or accepted runs of the same code left out, is let
        pass by a waiver of the cell. A gated cell that the seeds of a session cannot decide is not: the grid must be
        without it first.
        """
        found = [] if self.waiver is not None else self._waivable
        return [problem for problem in (*found, *map(self._ungateable, (self.moved, *self.others))) if problem]

    def waived(self) -> list[str]:
        """Return what the waiver lets pass."""
        found = [] if self.waiver is None else [text for text in self._waivable if text]
        # what they need, they have
        return [text.partition("; ")[0] for text in found]

    def ledger_line(self) -> str:
        """Return before -> after for the ledger."""
        parts = [f"{self.summary_before or 'none'} -> {self.summary}."]
        before, after = self.lost_before, self.lost
        if after.lost or (before is not None and before.lost):
            parts.append(f"Lost runs {before or 'none'} -> {after}.")
        if self.kept.rows:
            parts.append(f"{len(self.kept.rows)} runs of the same code kept.")
        if self.moved.is_seen:
            parts.append(f"Margin {self.moved}.")
        parts += [f"Margin of {other.name} {other}." for other in self.others if other.is_seen]
        budget = self.budget
        if budget is not None:
            parts.append(f"Lost since release {budget.release}: {budget}.")
        if self.waived():
            parts.append(f"Waived {self.waiver}.")
        return " ".join(parts)

    @property
    def _waivable(self) -> list[str | None]:
        return [self._over_budget, self._more_lost, self._dropped]

    @cached_property
    def _dropped(self) -> str | None:
        left = [row.seed for row in dropped_runs(self.before, self.after)]
        if not left:
            return None
        return (
            f"{self.cell}: {len(left)} accepted runs of the same code ({left[0]} to {left[-1]}) would be left out, "
            "and who leaves runs out chooses the mean; ask for their seeds too, or it "
            f"needs a waiver (a file in {self.folder / 'waivers'})"
        )

    @cached_property
    def _over_budget(self) -> str | None:
        budget = self.budget
        if budget is None or not budget.is_exceeded:
            return None
        return (
            f"{self.cell}: {budget} points would be lost since release {budget.release}; "
            f"more than half a margin needs a waiver (a file in {self.folder / 'waivers'})"
        )

    @cached_property
    def _more_lost(self) -> str | None:
        before, after = self.lost_before, self.lost
        if before is None:
            return None
        p = after.p_value(before)
        if p > _LEVEL:
            return None
        return (
            f"{self.cell}: {after} runs would stand in place of {before} (p = {p:.2g}); "
            f"more lost runs need a waiver (a file in {self.folder / 'waivers'})"
        )

    def _ungateable(self, moved: Moved) -> str | None:
        problem = undecidable(moved.after, moved.runs, self.seeds) if moved.name in self.gated else None
        if problem is None:
            return None
        return (
            f"{moved.name} is gated by {self.folder / 'grid.toml'} and could not be decided: {problem}; "
            "take it off the list, or accept more seeds"
        )


def _shown(margin: Margin | None) -> str:
    if margin is None:
        return "none"
    return f"{margin}, {margin.note}" if margin.note else str(margin)
