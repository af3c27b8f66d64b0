"""Which precision a cell is trained in where none is asked for: that of its baseline."""

from collections.abc import Sequence
from pathlib import Path

from stablebert.runs import RunSpec
from stablebert.store.baselines import BaselineError, find_baseline

AUTO = "auto"
_TRAINED = ("fp32", "bf16")


def precision_of(asked: str, spec: RunSpec, folders: Sequence[Path]) -> str:
    """Return the precision class of a cell's runs.

    Args:
        asked: `fp32`, `bf16`, or `auto`: the class of the baseline, `fp32` where there is none that can be read.
        spec: Any run of the cell whose baseline judges it.
        folders: The `baselines` folders, first to last.

    Example:
        >>> precision_of("auto", RunSpec(task="trec"), [])
        'fp32'
    """
    if asked != AUTO:
        return asked
    try:
        baseline = find_baseline(spec, folders)
    except BaselineError:
        # its gate says what is wrong
        baseline = None
    found = "" if baseline is None else baseline.header.get("environment_class", "").rpartition("-")[2]
    return found if found in _TRAINED else _TRAINED[0]
