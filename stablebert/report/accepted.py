"""What the accepted runs show: one line a cell, as docs/results.md prints it."""

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev

from stablebert.baselines import Baseline, baseline_files, read_baseline
from stablebert.paper import METHOD_PARAMETERS
from stablebert.runs import parse_method

_HEAD = ("cell", "mean", "95 % interval", "standard deviation", "worst and best run", "failed runs")
_RULE = ("---", "---:", "---", "---:", "---", "---:")


def accepted_cells(folder: Path) -> list[Baseline]:
    """Return the baselines below a `baselines` folder, by encoder and task, methods in the paper's order.

    Raises:
        BaselineError: a file is damaged.
    """
    return sorted(map(read_baseline, baseline_files(folder)), key=_place)


def accepted_table(baselines: Sequence[Baseline]) -> str:
    """Return a Markdown table of cells; scores in points, of the runs that have not failed.

    The interval is the 95 % t interval of the mean.

    Args:
        baselines: One a line.
    """
    rows = (_HEAD, _RULE, *(_row(baseline) for baseline in baselines))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _place(baseline: Baseline) -> tuple[str, str, int, str]:
    cell = baseline.cell
    first = parse_method(cell.method)[0].name
    return cell.encoder, cell.task, list(METHOD_PARAMETERS).index(first), cell.method


def _row(baseline: Baseline) -> tuple[str, ...]:
    from scipy.stats import t

    scores = [row.test for row in baseline.rows if not row.failed]
    failed = f"{len(baseline.rows) - len(scores)} of {len(baseline.rows)}"
    cell = f"`{baseline.header['cell']}`"
    if len(scores) < 2:
        return (cell, "-", "-", "-", "-", failed)
    mean, deviation = fmean(scores), stdev(scores)
    half = float(t.isf(0.025, len(scores) - 1)) * deviation / math.sqrt(len(scores))
    interval = f"{mean - half:.2f} to {mean + half:.2f}"
    return (cell, f"{mean:.2f}", interval, f"{deviation:.2f}", f"{min(scores):.1f}, {max(scores):.1f}", failed)
