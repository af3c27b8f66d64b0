"""Which runs a session makes of a cell: from the first seed on, or on the seeds of the cell's own baseline."""

from dataclasses import replace
from typing import TYPE_CHECKING

from stablebert.baselines import BaselineError, find_baseline
from stablebert.gate.evidence import seed_order
from stablebert.runs import Cell, RunSpec, parse_id

if TYPE_CHECKING:
    from stablebert.project.project import Project


def runs_of_cell(project: "Project", cell: Cell) -> tuple[RunSpec, ...]:
    """Return the runs of a cell, one a seed, in seed order.

    With `seeds_of` they are those of the baseline's own seeds, none where it cannot be read: the verdict says why.

    Args:
        project: Whose options.
        cell: The cell.

    Raises:
        ValueError: something that the cell names is unknown.
    """
    spec = project.spec(cell)
    if project.settings.seeds_of is None:
        return tuple(spec.with_seed(seed) for seed in project.seeds)
    judge = project.baseline_cell(cell)
    try:
        baseline = find_baseline(judge, project.baselines)
    except BaselineError:
        return ()
    rows = sorted(baseline.rows, key=seed_order) if baseline else []
    named = (parse_id(f"{judge}_{row.seed}") for row in rows[: project.most_seeds])
    return tuple(replace(spec, seed=one.seed, data_seed=one.data_seed) for one in named)


def seed_words(project: "Project") -> str:
    """Return which seeds are taken, as a header says it."""
    if project.settings.seeds_of is None:
        return f"seeds {project.seeds.start}-{project.seeds.stop - 1}"
    return f"the first {project.most_seeds} seeds of each baseline, in pairs"
