"""What an acceptance or a release changes, shown before it is written."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from stablebert.baselines import Anchor, Budget, Margin, Proposal, find_budget
from stablebert.report.layout import aligned, number
from stablebert.runs import RunRow
from stablebert.runs.summary import Summary
from stablebert.stats import failure_p_value
from stablebert.stats.equivalence import equivalence

_HEAD = ("", "runs", "failed", "mean", "sd", "worst", "margin", "budget")
# of the two-sided 95 % interval, each side
_LEVEL = 0.025
# what a reader must know when it is not the runs alone that change
_SETTING = ("metric", "environment_class", "cell_key")


def proposal_lines(proposal: Proposal) -> list[str]:
    """Return a table of before and after, and whether the change is an improvement, a loss or undecided.

    Args:
        proposal: What would be written; scores in points.
    """
    before = _row("before", proposal.summary_before, proposal.margin_before, proposal.budget_before)
    after = _row("after", proposal.summary, proposal.margin, proposal.budget)
    lines = [proposal.after.header["cell"], *aligned([_HEAD, before, after])]
    if proposal.before is None:
        return [*lines, "change: its first baseline"]
    lines.append(f"change: {change_of(proposal.after.rows, proposal.before.rows)}")
    lines += [f"also changes: {line}" for line in _moved(proposal.before.header, proposal.after.header)]
    if proposal.budget is not None and proposal.budget.is_exceeded and proposal.waiver is not None:
        lines.append(f"budget waived {proposal.waiver}")
    return lines


def change_of(after: Sequence[RunRow], before: Sequence[RunRow]) -> str:
    """Return in words whether runs are better than those before: an improvement, a loss, or undecided.

    Judged by the 95 % interval of the difference of the means (Welch) of the runs that have not failed, and by failed
    runs, one-sided at the same level.

    Args:
        after: Rows of the cell as proposed.
        before: Rows of the cell as it stands.

    Example:
        >>> change_of([], [])
        'none: the same runs'
    """
    if list(after) == list(before):
        return "none: the same runs"
    failed, failed_before = (sum(row.failed for row in rows) for rows in (after, before))
    if after and before and failure_p_value(failed, len(after), failed_before, len(before)) <= _LEVEL:
        return f"a loss: {failed} of {len(after)} runs failed, before {failed_before} of {len(before)}"
    ours, theirs = ([row.test for row in rows if not row.failed] for rows in (after, before))
    if min(len(ours), len(theirs)) < 2:
        return "undecided: fewer than two runs on a side have not failed"
    shown = equivalence(ours, theirs, limit=1.0, alpha=_LEVEL)
    word = "undecided"
    if shown.lower_bound > 0:
        word = "an improvement"
    elif shown.upper_bound < 0:
        word = "a loss"
    return f"{word}: {shown.difference:+.2f} points, 95 % interval [{shown.lower_bound:+.2f}, {shown.upper_bound:+.2f}]"


def release_lines(anchors: Sequence[Anchor], folder: Path) -> list[str]:
    """Return a table of what a release would freeze, and what each cell has lost since the last one.

    Args:
        anchors: What it would freeze.
        folder: The `baselines` folder.
    """
    rows = [("cell", "mean", "margin", "lost since the last release")]
    for anchor in anchors:
        last = find_budget([folder], anchor.cell, anchor.mean)
        lost = "-" if last is None else f"{last} ({last.release})"
        rows.append((anchor.cell.id, number(anchor.mean), number(anchor.margin), lost))
    return aligned(rows)


def _row(name: str, summary: Summary | None, margin: Margin | None, budget: Budget | None) -> tuple[str, ...]:
    numbers: tuple[str, ...] = ("-",) * 5
    if summary is not None:
        scores = (number(value) for value in (summary.mean, summary.sd, summary.worst))
        numbers = (str(summary.runs), str(summary.failed), *scores)
    return (name, *numbers, number(margin.margin if margin else None), "-" if budget is None else str(budget))


def _moved(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    recipe, recipe_before = (json.loads(header.get("recipe", "{}")) for header in (new, old))
    pairs = [(name, recipe_before.get(name), value) for name, value in recipe.items()]
    pairs += [(name, old.get(name, "none")[:12], new.get(name, "none")[:12]) for name in _SETTING]
    return [f"{name} {before} -> {after}" for name, before, after in pairs if before != after]
