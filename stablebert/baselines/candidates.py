"""Candidates: what a baseline would be, left beside where it is missing. Nothing ever reads one as a baseline."""

from collections.abc import Sequence
from pathlib import Path

from stablebert.baselines.cells import CANDIDATE, baseline_path, rows_text
from stablebert.files import write_whole
from stablebert.runs import Cell, RunRow

_FORMAT = "stablebert-candidate 1"


def candidate_path(folder: Path, cell: Cell) -> Path:
    """Return where the candidate of a cell lies below a `baselines` folder.

    Example:
        >>> candidate_path(Path("baselines"), Cell("trec", "reinit.blocks2")).as_posix()
        'baselines/minilm/trec/reinit.blocks2_3ep.candidate.csv'
    """
    return baseline_path(folder, cell).with_suffix(CANDIDATE)


def write_candidate(folder: Path, cell: Cell, rows: Sequence[RunRow]) -> Path:
    """Write the runs of a cell as a candidate, in place of an earlier one, and return its file.

    Args:
        folder: The `baselines` folder.
        cell: The cell.
        rows: Its runs.

    Raises:
        OSError: it cannot be written; what was there before still stands.
    """
    path = candidate_path(folder, cell)
    head = (
        f"# {_FORMAT}\n"
        f"# cell: {cell}\n"
        "# what: runs of a cell without a baseline, to look at; not a baseline, whatever its name\n"
        "# next: `stablebert run` makes the seeds that are missing, `stablebert accept` the baseline\n"
    )
    write_whole(path, head + rows_text(rows))
    return path
