"""What the runs of a cell predict of each test example: how much seeds disagree, beside the cell's accepted runs."""

import math
from collections.abc import Sequence
from functools import cache

from stablebert.baselines import Baseline, find_series
from stablebert.gate import Disagreement
from stablebert.gate.lost_runs import line_of, with_collapsed
from stablebert.project.project import Project
from stablebert.records import RunStore, load_run
from stablebert.runs import Cell, RunRow, predictions_of, row_of, seed_id

Predictions = tuple[float, ...]
_LEAST_RUNS = 2


def disagreement_of(project: Project, cell: Cell, rows: Sequence[RunRow], baseline: Baseline) -> Disagreement | None:
    """Return how much judged runs disagree, beside the baseline's; failed and collapsed runs of both are left out.

    None where that is not known: the baseline has no series, a run is not among the project's records, or fewer than
    two runs of a side are sound.

    Args:
        project: Whose store.
        cell: The cell that is judged.
        rows: The runs that its verdict used.
        baseline: What judges it.

    Raises:
        BaselineError: the series are damaged, or of other runs than the baseline's rows.
        StoreError: a record is damaged or of another run.
        ValueError: what the runs are made of cannot be had.
    """
    theirs = _accepted(baseline)
    if theirs is None:
        return None
    predictions = _stored(project, cell, _sound(rows, baseline))
    ours = _figure(predictions)
    return None if ours is None else Disagreement(ours, theirs, is_share=isinstance(predictions[0][0], int))


@cache
def _accepted(baseline: Baseline) -> float | None:
    """Return the figure of a baseline's sound runs; a process reads the long series once, not at each look."""
    series = {run.seed: run.predictions for run in find_series(baseline) or ()}
    return _figure([series[row.seed] for row in _sound(baseline.rows, baseline)] if series else [])


def _stored(project: Project, cell: Cell, rows: Sequence[RunRow]) -> list[Predictions]:
    """Return the predictions of the runs that the rows are of, none unless every one is among the stored records."""
    store, specs = RunStore(project.store), {seed_id(spec): spec for spec in project.specs(cell)}
    found = []
    for row in rows:
        record = load_run(specs[row.seed], store) if row.seed in specs else None
        # whoever judges rows of their own may have other runs of these seeds in the store
        if record is None or row_of(record).losses != row.losses:
            return []
        found.append(predictions_of(record))
    return found


def _sound(rows: Sequence[RunRow], baseline: Baseline) -> list[RunRow]:
    """Return the rows that have neither failed nor collapsed, by the line that the baseline draws for both sides."""
    return [row for row in with_collapsed(rows, line_of(baseline.rows)) if not row.failed]


def _figure(runs: Sequence[Predictions]) -> float | None:
    if len(runs) < _LEAST_RUNS:
        return None
    # not for a project that judges nothing
    import numpy as np

    from stablebert.stats.disagreement import disagreement

    figure = disagreement(np.array(runs))
    return figure if math.isfinite(figure) else None
