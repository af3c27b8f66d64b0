"""Which precision a cell is trained in where none is asked for: that of its baseline, or bfloat16 over a bridge."""

from collections.abc import Sequence
from pathlib import Path

from stablebert.baselines import (
    Baseline,
    BaselineError,
    baseline_files,
    bridge_over,
    cell_at,
    find_baseline,
    read_baseline,
)
from stablebert.machine import device_type, multiplies_bfloat16
from stablebert.runs import Cell, EnvironmentClass

AUTO = "auto"
_SAFEST, _FASTER = "fp32", "bf16"


def precision_of(asked: str, cell: Cell, judge: Cell, folders: Sequence[Path], *, bridges: bool = True) -> str:
    """Return the precision class of a cell's runs.

    Args:
        asked: `fp32`, `bf16`, `fp16`, or `auto`: `bf16` where this processor gains from it and a bridge that has passed
            joins it to the class of the baseline, else the class of the baseline, `fp32` where there is none that can
            be read.
        cell: The cell, in any class.
        judge: The cell whose baseline judges it.
        folders: The `baselines` folders, first to last.
        bridges: Whether `auto` may leave the class of the baseline.

    Example:
        >>> precision_of("auto", Cell("trec"), Cell("trec"), [])
        'fp32'
    """
    if asked != AUTO:
        return asked
    try:
        baseline = find_baseline(judge, folders)
        theirs = None if baseline is None else baseline.environment_class
    except BaselineError:
        # its gate says what is wrong
        return _SAFEST
    if bridges and _goes_over(folders, cell, baseline):
        return _FASTER
    return theirs.precision if theirs else _SAFEST


def bridged_tasks(encoder: str, judging: str, folders: Sequence[Path]) -> dict[str, str]:
    """Return the tasks on which `auto` leaves the class of a baseline for `bf16`, with that class.

    Args:
        encoder: Encoder id of the runs.
        judging: Encoder id of the baselines.
        folders: The `baselines` folders, first to last.

    Example:
        >>> bridged_tasks("minilm", "minilm", [])
        {}
    """
    # of two folders that hold a cell, the first judges
    paths = {path.relative_to(folder): path for folder in reversed(folders) for path in baseline_files(folder, judging)}
    found = {}
    for path in paths.values():
        try:
            task, baseline = cell_at(path).task, read_baseline(path)
            theirs = str(baseline.environment_class)
        except BaselineError:
            continue
        if _goes_over(folders, Cell(task, encoder=encoder), baseline):
            found[task] = theirs
    return found


def _goes_over(folders: Sequence[Path], cell: Cell, baseline: Baseline | None) -> bool:
    try:
        bridge = bridge_over(folders, cell, baseline, EnvironmentClass("cpu", _FASTER))
    except BaselineError:
        return False
    return bridge is not None and device_type() == "cpu" and multiplies_bfloat16()
