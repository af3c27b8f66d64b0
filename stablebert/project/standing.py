"""What a verdict stands on besides the runs: the bridge between two classes, and what was lost since a release."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stablebert.baselines.bridges import Bridge, bridge_over
from stablebert.baselines.cells import BaselineError, find_baseline
from stablebert.baselines.releases import Budget, baseline_budget
from stablebert.machine import device_type
from stablebert.runs import EnvironmentClass, RunSpec, cell_id


@dataclass(frozen=True)
class Standing:
    """What some cells stand on.

    Attributes:
        budgets: By candidate cell id, those of cells that were in a release.
        bridges: Those that candidates are judged over, each once.
    """

    budgets: Mapping[str, Budget]
    bridges: tuple[Bridge, ...]


def standing_of(cells: Iterable[tuple[RunSpec, RunSpec]], folders: Sequence[Path]) -> Standing:
    """Return what cells stand on; one whose files are damaged is left out, since its verdict says so.

    Args:
        cells: Any run of each candidate, with one of the cell whose baseline judges it.
        folders: The `baselines` folders, first to last.

    Example:
        >>> standing_of([], [])
        Standing(budgets={}, bridges=())
    """
    budgets: dict[str, Budget] = {}
    bridges: dict[Bridge, None] = {}
    for candidate, judge in cells:
        try:
            baseline = find_baseline(judge.cell, folders)
            budget = baseline_budget(folders, baseline)
            if budget is not None:
                budgets[cell_id(candidate)] = budget
            theirs = None if baseline is None else baseline.environment_class
            bridge = bridge_over(folders, candidate.cell, theirs, EnvironmentClass(device_type(), candidate.precision))
            if bridge is not None:
                bridges[bridge] = None
        except BaselineError:
            continue
    return Standing(budgets, tuple(bridges))
