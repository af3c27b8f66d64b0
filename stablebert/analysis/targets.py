"""The paper's printed rows together: which cell at hand judges each, and the paper's own rule over all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from stablebert.analysis.paper_rule import with_marks
from stablebert.analysis.printed import Measured, TargetOutcome, judge_target, measured_once_a_row
from stablebert.gate.evidence import Rows
from stablebert.paper import PrintedRow, target_among
from stablebert.runs import Cell


def targets_of(
    cells: Mapping[Cell, Rows], printed: Sequence[PrintedRow], precision: str = "fp32"
) -> list[TargetOutcome]:
    """Return the judgement of every printed row that a cell is the target of, in the paper's order.

    Args:
        cells: Rows by cell.
        printed: Every printed row.
        precision: Class that is taken of a row of several.
    """
    targets: dict[Cell, list[PrintedRow]] = defaultdict(list)
    for row in printed:
        cell = target_among(row, cells, precision)
        if cell is not None:
            targets[cell].append(row)
    measured = [one for cell, rows in targets.items() for one in measured_once_a_row(cell.id, cells[cell], rows)]
    return judge_targets(sorted(measured, key=lambda one: printed.index(one.printed)), printed)


def judge_targets(measured: Sequence[Measured], printed: Sequence[PrintedRow]) -> list[TargetOutcome]:
    """Judge cells against their printed rows one by one, in the order given, and apply the paper's own rule to all.

    Args:
        measured: Cells with their rows.
        printed: Every printed row, for the paper's own rule.
    """
    seen = [judge_target(one) for one in measured]
    return [with_marks(one, seen, printed) for one in seen]
