"""The accepted runs as a table, and what an acceptance or a release changes in them, shown before it is written."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from stablebert.baselines import (
    Anchor,
    Baseline,
    Budget,
    Margin,
    Proposal,
    baseline_files,
    far_runs,
    find_budget,
    lost_runs,
    read_baseline,
)
from stablebert.gate.lost_runs import line_of
from stablebert.paper import METHOD_PARAMETERS
from stablebert.runs import RunRow, Summary, parse_method, summary_of
from stablebert.stats.equivalence import equivalence
from stablebert.tables import Table, aligned, markdown, number

_ACCEPTED = ("cell", "mean", "95 % interval", "standard deviation", "worst and best run", "failed runs")
ACCEPTED_LEFT = (0, 2, 4)
_CHANGED = ("", "runs", "failed", "mean", "sd", "worst", "margin", "budget")
_MARGINS = ("cell", "encoder", "margin", "in sd", "sd", "half the gain", "sound runs")
# of the two-sided 95 % interval, each side
_LEVEL = 0.025
# what a reader must know when it is not the runs alone that change
_SETTING = ("metric", "environment_class", "cell_key")


def accepted_cells(folder: Path) -> list[Baseline]:
    """Return the baselines below a `baselines` folder, by encoder and task, methods in the paper's order.

    Raises:
        BaselineError: a file is damaged.
    """
    return sorted(map(read_baseline, baseline_files(folder)), key=_place)


def accepted_table(baselines: Sequence[Baseline]) -> str:
    """Return a Markdown table of cells, as docs/results.md prints it.

    Scores are in points, of the runs that have not failed. The interval is the 95 % t interval of the mean.

    Args:
        baselines: One a line.
    """
    head, *rows = accepted_rows(baselines)
    return f"{markdown([head, *((f'`{cell}`', *rest) for cell, *rest in rows)], left=ACCEPTED_LEFT)}\n"


def accepted_rows(baselines: Sequence[Baseline]) -> Table:
    """Return the same as plain text, the head first."""
    return [_ACCEPTED, *map(_accepted_row, baselines)]


def proposal_lines(proposal: Proposal) -> list[str]:
    """Return a table of before and after, what the change is, what its margin needs, and which runs lie far below.

    Args:
        proposal: What would be written; scores in points.
    """
    before = _changed_row("before", proposal.summary_before, proposal.margin_before, proposal.budget_before)
    after = _changed_row("after", proposal.summary, proposal.margin, proposal.budget)
    lines = [proposal.after.cell.id, *aligned([_CHANGED, before, after]), f"margin: {_margin_words(proposal)}"]
    if proposal.kept.rows:
        lines.append(f"kept: {len(proposal.kept.rows)} accepted runs, which the same code made of the same data")
    lines += [f"margin of {other.name}: {other}" for other in proposal.others if other.is_seen]
    lines += [
        f"far from the others: {row.seed} at {row.test:.2f}, {words}" for row, words in far_runs(proposal.after.rows)
    ]
    if proposal.lost.lost or (proposal.lost_before and proposal.lost_before.lost):
        lines.append(f"lost runs: {proposal.lost_before or 'none'} -> {proposal.lost}")
    if proposal.before is None:
        return [*lines, "change: its first baseline"]
    lines.append(f"change: {change_of(proposal.after.rows, proposal.before.rows)}")
    lines += [f"also changes: {line}" for line in _moved(proposal.before, proposal.after)]
    lines += [f"waived {proposal.waiver}: {problem}" for problem in proposal.waived()]
    return lines


def change_of(after: Sequence[RunRow], before: Sequence[RunRow]) -> str:
    """Return in words whether runs are better than those before: an improvement, a loss, or undecided.

    Judged by the 95 % interval of the difference of the means (Welch) of the sound runs, and by lost runs, one-sided at
    the same level. A run of either side has collapsed if it lies below the collapse line of those before.

    Args:
        after: Rows of the cell as proposed.
        before: Rows of the cell as it stands.

    Example:
        >>> change_of([], [])
        'none: the same runs'
    """
    if list(after) == list(before):
        return "none: the same runs"
    line = line_of(before)
    lost, lost_before = (lost_runs(rows, line) for rows in (after, before))
    if after and before and lost.p_value(lost_before) <= _LEVEL:
        return f"a loss: {lost} runs, before {lost_before}"
    ours, theirs = ([row.test for row in rows if not row.failed and not row.test < line] for rows in (after, before))
    if min(len(ours), len(theirs)) < 2:
        return "undecided: fewer than two runs on a side are neither failed nor collapsed"
    shown = equivalence(ours, theirs, limit=1.0, alpha=_LEVEL)
    word = "undecided"
    if shown.lower_bound > 0:
        word = "an improvement"
    elif shown.upper_bound < 0:
        word = "a loss"
    return f"{word}: {shown.difference:+.2f} points, 95 % interval [{shown.lower_bound:+.2f}, {shown.upper_bound:+.2f}]"


def margin_lines(margins: Sequence[Margin]) -> list[str]:
    """Return a table of the margins of cells, in points and in standard deviations.

    Args:
        margins: One a line.
    """
    return aligned([_MARGINS, *map(_margin_row, margins)], left=(0, 1))


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


def _place(baseline: Baseline) -> tuple[str, str, int, str]:
    cell = baseline.cell
    first = parse_method(cell.method)[0].name
    return cell.encoder, cell.task, list(METHOD_PARAMETERS).index(first), cell.method


def _accepted_row(baseline: Baseline) -> tuple[str, ...]:
    from scipy.special import stdtrit

    found, name = summary_of(baseline.rows), baseline.cell.id
    failed = f"{found.failed} of {found.runs}"
    if found.mean is None or found.sd is None:
        return (name, "-", "-", "-", "-", failed)
    scored = found.runs - found.failed
    half = float(stdtrit(scored - 1, 0.975)) * found.sd / math.sqrt(scored)
    interval = f"{found.mean - half:.2f} to {found.mean + half:.2f}"
    best = max(row.test for row in baseline.rows if not row.failed)
    return (name, f"{found.mean:.2f}", interval, f"{found.sd:.2f}", f"{found.worst:.1f}, {best:.1f}", failed)


def _changed_row(name: str, summary: Summary | None, margin: Margin | None, budget: Budget | None) -> tuple[str, ...]:
    numbers: tuple[str, ...] = ("-",) * 5
    if summary is not None:
        scores = (number(value) for value in (summary.mean, summary.sd, summary.worst))
        numbers = (str(summary.runs), str(summary.failed), *scores)
    return (name, *numbers, number(margin.margin if margin else None), "-" if budget is None else str(budget))


def _margin_row(margin: Margin) -> tuple[str, ...]:
    half = None if margin.bound is None else margin.bound / 2
    numbers = (margin.margin, margin.deviations, margin.sd, half)
    return ("_".join(margin.place[1:]), margin.encoder, *map(number, numbers), str(margin.runs))


def _margin_words(proposal: Proposal) -> str:
    """Return the margin in points and in standard deviations, and what it needs of seeds and of the baseline."""
    needed, gated = proposal.needed_seeds, proposal.undecidable
    if gated is not None:
        return f"{proposal.margin}; it cannot be gated: {gated}"
    return f"{proposal.margin}; an equal candidate needs {needed} seeds to show it, of {proposal.seeds} in a session"


def _moved(old: Baseline, new: Baseline) -> list[str]:
    recipe, before = (asdict(side.recipe) if side.recipe else {} for side in (new, old))
    pairs = [(name, before.get(name), value) for name, value in recipe.items()]
    pairs += [(name, old.header.get(name, "none")[:12], new.header.get(name, "none")[:12]) for name in _SETTING]
    return [f"{name} {before} -> {after}" for name, before, after in pairs if before != after]
