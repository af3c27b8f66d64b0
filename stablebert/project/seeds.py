"""Which runs a session makes of a cell: from the first seed on, or on the seeds of the cell's own baseline."""

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from stablebert.baselines import BaselineError, find_baseline
from stablebert.gate.evidence import seed_order
from stablebert.runs import Cell, RunSpec, parse_id

if TYPE_CHECKING:
    from stablebert.project.project import Project


def runs_of_cell(project: "Project", cell: Cell, stated: int | None = None) -> tuple[RunSpec, ...]:
    """Return the runs of a cell, one a seed, in seed order.

    With `seeds_of` they are those of the baseline's own seeds, none where it cannot be read: the verdict says why.

    Args:
        project: Whose options.
        cell: The cell.
        stated: How many a table or figure of the paper has.

    Raises:
        ValueError: something that the cell names is unknown.
    """
    spec = project.spec(cell)
    if project.settings.seeds_of is None:
        first = project.settings.seed_block
        return tuple(spec.with_seed(seed) for seed in range(first, first + run_count(project, cell, stated)))
    judge = project.baseline_cell(cell)
    try:
        baseline = find_baseline(judge, project.baselines)
    except BaselineError:
        return ()
    rows = sorted(baseline.rows, key=seed_order) if baseline else []
    named = (parse_id(f"{judge}_{row.seed}") for row in rows[: project.most_seeds])
    return tuple(replace(spec, seed=one.seed, data_seed=one.data_seed) for one in named)


def run_count(project: "Project", cell: Cell, stated: int | None = None) -> int:
    """Return how many runs a cell has at the most.

    It is what the option says, else what is stated, else the number behind the printed row that judges the cell, else
    the policy's last look.

    Args:
        project: Whose options.
        cell: The cell.
        stated: How many a table or figure of the paper has.
    """
    if project.settings.seeds or stated:
        return project.settings.seeds or stated or 0
    printed = project.printed(cell)
    return max(row.runs for row in printed) if printed else project.most_seeds


def crossed_runs(project: "Project", cell: Cell, seeds: int) -> tuple[RunSpec, ...]:
    """Return the runs of a cell whose initialisation and data have seeds of their own, crossed (Appendix B).

    Args:
        project: Whose options; the first seed of both is the block's.
        cell: The cell.
        seeds: Seeds of each, >= 1.
    """
    spec, first = project.spec(cell), project.settings.seed_block
    drawn = range(first, first + seeds)
    return tuple(replace(spec, seed=one, data_seed=other) for one, other in product(drawn, drawn))


def seed_words(project: "Project") -> str:
    """Return which seeds are taken, as a header says it."""
    if project.settings.seeds_of is None:
        return f"seeds {project.seeds.start}-{project.seeds.stop - 1}"
    return f"the first {project.most_seeds} seeds of each baseline, in pairs"
