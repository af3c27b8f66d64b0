"""Which accepted runs an acceptance keeps: those that the code, data and class of the new ones made too."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from stablebert.baselines.cells import Baseline
from stablebert.baselines.series import RunSeries, find_series
from stablebert.runs import RunRow

# what decides a run beside its seed, as a baseline's header names it
_DECIDING = ("cell_key", "code", "environment_class", "optimizer", "optimizer_arguments")


@dataclass(frozen=True)
class Kept:
    """Accepted runs that stand beside new ones.

    Attributes:
        rows: One a seed.
        series: Theirs, in the same order.
        environments: The machines that any run of their baseline was made on.
    """

    rows: tuple[RunRow, ...] = ()
    series: tuple[RunSeries, ...] = ()
    environments: tuple[dict[str, str], ...] = ()


def kept_runs(before: Baseline | None, header: Mapping[str, str], new: Collection[str]) -> Kept:
    """Return the runs of a baseline that stay beside new ones; none where other code, data or another class made them.

    A row alone is not kept: its series must be there too, so that every accepted run has its own.

    Args:
        before: The baseline that stands, or None.
        header: Of the baseline that is to be.
        new: Ids of the seeds that have a new run, such as `s007`.

    Raises:
        BaselineError: the series that stand are damaged, or of other runs than its rows.
    """
    if before is None or not _same_code(before, header):
        return Kept()
    series = {run.seed: run for run in find_series(before) or () if run.seed not in new}
    if not series:
        return Kept()
    rows = tuple(row for row in before.rows if row.seed in series)
    return Kept(rows, tuple(series[row.seed] for row in rows), before.environments)


def dropped_runs(before: Baseline | None, after: Baseline) -> tuple[RunRow, ...]:
    """Return the runs that stand, are of the same code, data and class as those proposed, and would stand no more.

    To leave some of them out is to choose among runs that differ by their seed alone.

    Args:
        before: The baseline that stands, or None.
        after: The one that is to be.
    """
    if before is None or not _same_code(before, after.header):
        return ()
    seeds = {row.seed for row in after.rows}
    return tuple(row for row in before.rows if row.seed not in seeds)


def _same_code(before: Baseline, header: Mapping[str, str]) -> bool:
    return all(before.header.get(name) == header.get(name) for name in _DECIDING)
