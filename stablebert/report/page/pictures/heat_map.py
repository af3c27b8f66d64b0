"""Heat map: tasks by methods."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from stablebert.report.page.content import Content
from stablebert.report.page.picture import Picture
from stablebert.report.page.style import ALARM, BLUE, CARD, INK, SOFT, clipped
from stablebert.runs import summary_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# the palest and the deepest shade
SHADES = _PALE, _DEEP = 0.06, 0.45


@dataclass(frozen=True)
class Square:
    """One cell.

    Attributes:
        task: Task and encoder: a row of the map.
        method: Method, with what else tells its cell from the others: a column.
        cell: Cell id.
        mean: Mean test score of the sound runs, points; None where all are lost.
        sd: Their standard deviation; None of fewer than two.
        runs: All of them.
        lost: Failed and collapsed ones.
    """

    task: str
    method: str
    cell: str
    mean: float | None
    sd: float | None
    runs: int
    lost: int


def rows(content: Content) -> list[Square]:
    """Return every cell at hand."""
    found = [(seen, summary_of(seen.rows)) for seen in content.cells]
    return [Square(seen.panel, seen.label, seen.cell.id, one.mean, one.sd, one.runs, one.failed) for seen, one in found]


def draw(figure: "Figure", squares: Sequence[Square]) -> None:
    """Draw a row a task, a column a method: the deeper, the nearer to the best of its row."""
    tasks = list(dict.fromkeys(one.task for one in squares))
    methods = list(dict.fromkeys(one.method for one in squares))
    shades = _shades(squares)
    axes = figure.subplots()
    axes.grid(visible=False)
    for one in squares:
        x, y = methods.index(one.method), tasks.index(one.task)
        axes.barh(y, 0.96, left=x - 0.48, height=0.9, color=CARD, edgecolor=SOFT, linewidth=0.5)
        lost = f"{one.lost} of {one.runs} lost"
        if one.mean is None:
            axes.plot([x], [y - 0.16], "x", color=ALARM, markersize=6, markeredgewidth=1.6)
            axes.text(x, y + 0.2, lost, ha="center", va="center", fontsize=7, color=ALARM)
            continue
        axes.barh(y, 0.96, left=x - 0.48, height=0.9, color=BLUE, alpha=shades[one.cell], linewidth=0)
        spread = "" if one.sd is None else f"± {one.sd:.2f}"
        up = 0.11 * bool(one.lost)
        axes.text(x, y - 0.12 - up, f"{one.mean:.2f}", ha="center", va="center", color=INK)
        axes.text(x, y + 0.2 - up, spread, ha="center", va="center", fontsize=7, color=INK)
        if one.lost:
            # red on the deepest shade could not be read
            axes.text(x, y + 0.32, lost, ha="center", va="center", fontsize=7, color=INK, weight="bold")
    axes.set_xticks(range(len(methods)), [clipped(method).replace(" ", "\n") for method in methods])
    axes.set_yticks(range(len(tasks)), [clipped(task, 40) for task in tasks])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.xaxis.tick_top()
    axes.set_ylim(len(tasks) - 0.5, -0.5)
    axes.set_xlim(-0.52, len(methods) - 0.48)
    for side in axes.spines.values():
        side.set_visible(False)


def _shades(squares: Sequence[Square]) -> dict[str, float]:
    """Return how deep each cell is: from the best of its row down to its worst, or to two standard deviations less."""
    rows: dict[str, list[Square]] = defaultdict(list)
    for one in squares:
        rows[one.task].append(one)
    found = {}
    for row in rows.values():
        means = [one.mean for one in row if one.mean is not None]
        typical = median([one.sd for one in row if one.sd is not None] or [0.0])
        span = max(max(means, default=0.0) - min(means, default=0.0), 2 * typical) or 1.0
        for one in row:
            if one.mean is not None:
                found[one.cell] = _DEEP - (_DEEP - _PALE) * (max(means) - one.mean) / span
    return found


PICTURE = Picture(
    place=80,
    name="heat-map",
    title="Tasks by methods",
    caption="Mean test score of the sound runs ± standard deviation. The deepest shade is the best method of its "
    "row, the palest its worst, or one that would lie two standard deviations lower. Lost runs, failed or collapsed, "
    "are counted below.",
    fill="stablebert run trec_debiased_3ep_minilm_fp32",
    kind=Square,
    rows=rows,
    draw=draw,
    height=lambda squares: 0.5 + 0.62 * len({one.task for one in squares}),
)
