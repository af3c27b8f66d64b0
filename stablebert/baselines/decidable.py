"""Whether a cell can be gated: what its margin asks of its baseline, and of the seeds that a session may make.

The one place that decides it: for an acceptance, for the grid, and for cells that are gated where no grid says so.
"""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from stablebert.baselines.cells import baseline_files, cell_at, read_baseline
from stablebert.baselines.csv_tables import BaselineError
from stablebert.baselines.margins import DEVIATIONS, Margin, find_margin, margin_from
from stablebert.gate import Policy
from stablebert.stats import LOOKS, POWER, seeds_needed
from stablebert.stats.sample_size import upper_deviation

MOST_SEEDS = LOOKS[-1]
# so many seeds decide a margin of 1.5 sd against 18 sound runs or more; no statistics need to be loaded to know it
_PLAIN_RUNS, _PLAIN_SEEDS = 18, 13


def needed_seeds(margin: Margin, runs: int) -> int | None:
    """Return how many seeds mostly show that an equal candidate loses no margin, by the rule's default levels.

    The scores scatter by the upper 80 % limit of the accepted runs' standard deviation, and as many runs are lost as
    in the baseline; mostly is 9 times in 10.

    Args:
        margin: Of the cell.
        runs: Its accepted runs, lost ones included.

    Returns:
        A number of seeds, at least those of the first look; None where there is no margin, or no number is enough.
    """
    if margin.margin is None or margin.sd is None:
        return None
    sd = upper_deviation(margin.sd, margin.runs)
    level = Policy().level(Policy.alpha, margin.runs)
    sound = seeds_needed(sd, sd, margin.runs, margin.margin, alpha=level, power=POWER)
    return None if sound is None else max(LOOKS[0], math.ceil(sound * runs / margin.runs))


def undecidable(margin: Margin, runs: int, seeds: int = MOST_SEEDS) -> str | None:
    """Return why a cell cannot be gated with so many seeds, in words, or None where it can.

    Args:
        margin: Of the cell.
        runs: Its accepted runs, lost ones included.
        seeds: Those that a session may make.

    Example:
        >>> margin = Margin("minilm", "trec", "debiased", "3ep", None, 0.5, 0.75, 20, 0, 0, "2026-01-01")
        >>> undecidable(margin, 20), undecidable(margin, 20, seeds=9)
        (None, 'a margin of 0.75 points (1.5 sd) needs 12 seeds, and a session makes 9')
    """
    if margin.margin is None or margin.deviations is None:
        sound = f"{margin.runs} of its {runs} accepted runs are neither failed nor collapsed"
        return f"{sound}{' and all score alike' if margin.sd == 0 else ''}, which gives no margin"
    plain = math.ceil(_PLAIN_SEEDS * runs / margin.runs)
    if margin.deviations > 0.99 * DEVIATIONS and margin.runs >= _PLAIN_RUNS and plain <= seeds:
        return None
    needed = needed_seeds(margin, runs)
    if needed is None:
        return f"no number of seeds shows a margin of {margin} against {margin.runs} accepted runs"
    if needed > seeds:
        return f"a margin of {margin} needs {needed} seeds, and a session makes {seeds}"
    return None


def undecidable_at(folder: Path, path: Path, seeds: int = MOST_SEEDS) -> str | None:
    """Return why the cell of an accepted file cannot be gated, or None where it can or is INVALID in any case.

    A damaged baseline, or a margin that is missing or was edited, makes the cell INVALID where it is judged; it is no
    reason to gate it no longer.

    Args:
        folder: The `baselines` folder.
        path: The file of the baseline.
        seeds: As in `undecidable`.
    """
    cell = cell_at(path)
    with suppress(BaselineError):
        rows = read_baseline(path).rows
        own, row = margin_from(rows, None, None, cell=cell, accepted=""), find_margin([folder], cell)
        if own.margin is None:
            return undecidable(own, len(rows), seeds)
        # what bias correction gains makes a margin smaller, and nothing makes it larger
        if row is not None and row.margin is not None and 0 < row.margin <= own.margin:
            return undecidable(replace(own, margin=row.margin), len(rows), seeds)
    return None


def decidable_names(folder: Path, encoder: str = "*", seeds: int = MOST_SEEDS) -> tuple[str, ...]:
    """Return the names `TASK_METHOD_LENGTH` of the accepted cells that can be gated: the grid where none is written.

    Args:
        folder: The `baselines` folder.
        encoder: Encoder id; `*` is every one.
        seeds: As in `undecidable`.
    """
    paths: Sequence[Path] = baseline_files(folder, encoder)
    return tuple(sorted({cell_at(path).name for path in paths if undecidable_at(folder, path, seeds) is None}))
