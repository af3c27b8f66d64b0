"""What an acceptance would write, beside what stands: before and after."""

from dataclasses import dataclass
from pathlib import Path

from stablebert.baselines.cells import Baseline
from stablebert.baselines.margins import Margin
from stablebert.baselines.releases import Budget, baseline_budget
from stablebert.baselines.waivers import Waiver
from stablebert.runs import RunSpec
from stablebert.runs.summary import Summary, summary_of


@dataclass(frozen=True)
class Proposal:
    """What an acceptance would write.

    Attributes:
        folder: The `baselines` folder.
        spec: Any run of the cell.
        before: The baseline that stands, or None.
        after: The one that would.
        margin_before: The task's margin that stands, if it has one.
        margin: The one that would.
        waiver: What lets the budget be exceeded, if anything does.
    """

    folder: Path
    spec: RunSpec
    before: Baseline | None
    after: Baseline
    margin_before: Margin | None
    margin: Margin | None
    waiver: Waiver | None

    @property
    def summary_before(self) -> Summary | None:
        """The runs that stand, in numbers."""
        return None if self.before is None else summary_of(self.before.rows)

    @property
    def summary(self) -> Summary:
        """The runs proposed, in numbers."""
        return summary_of(self.after.rows)

    @property
    def budget_before(self) -> Budget | None:
        """What the cell has lost since the release, if it was in one."""
        return baseline_budget([self.folder], self.before)

    @property
    def budget(self) -> Budget | None:
        """What it would have lost."""
        return baseline_budget([self.folder], self.after)

    def over_budget(self) -> str | None:
        """Return why it is refused on its budget, or None: that is kept, there is none, or a waiver covers it."""
        budget = self.budget
        if budget is None or not budget.is_exceeded or self.waiver is not None:
            return None
        return (
            f"{self.after.header['cell']}: {budget} points would be lost since release {budget.release}; "
            f"more than half a margin needs a waiver (a file in {self.folder / 'waivers'})"
        )

    def ledger_line(self) -> str:
        """Return before -> after for the ledger."""
        parts = [f"{self.summary_before or 'none'} -> {self.summary}."]
        before, after = _shown(self.margin_before), _shown(self.margin)
        if before != after:
            parts.append(f"Margin {before} -> {after}.")
        budget = self.budget
        if budget is not None:
            parts.append(f"Lost since release {budget.release}: {budget}.")
            if budget.is_exceeded:
                parts.append(f"Waived {self.waiver}.")
        return " ".join(parts)


def _shown(margin: Margin | None) -> str:
    if margin is None:
        return "none"
    return margin.note or f"{margin.margin:.2f}"
