"""The paper's own rule (Table 1, caption), applied to print and to ours: it is shown, and decides nothing."""

from collections.abc import Sequence
from dataclasses import replace

from stablebert.analysis.printed import TargetOutcome
from stablebert.paper import PrintedRow
from stablebert.runs import Cell
from stablebert.stats import Sample, highlighted


def with_marks(one: TargetOutcome, seen: Sequence[TargetOutcome], printed: Sequence[PrintedRow]) -> TargetOutcome:
    """Return the outcome with the paper's own rule applied to the group of its row and of its cell.

    Args:
        one: What is said of a row.
        seen: What is said of every row.
        printed: Every printed row.
    """
    group = [row for row in printed if (row.table, row.task) == (1, one.printed.task)]
    if one.printed not in group:
        return one
    marks = highlighted([Sample(row.mean, row.sd, row.runs) for row in group])
    cell = Cell.parse(one.cell)
    ours = [
        other
        for other in seen
        if other.printed in group and other.mean is not None and Cell.parse(other.cell).precision == cell.precision
    ]
    here = None
    if one in ours and len(ours) > 1:
        summaries = [Sample(other.mean or 0.0, other.sd or 0.0, other.runs) for other in ours]
        here = highlighted(summaries)[ours.index(one)]
    return replace(one, marked_in_print=marks[group.index(one.printed)], marked_here=here)
