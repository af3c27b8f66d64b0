"""How far the weights of each block move from where they began (Figures 6, 7 and 13 to 18)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from stablebert.report.page.content import Content
from stablebert.report.page.picture import Picture
from stablebert.report.page.style import clipped, legend, look_of, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Moved:
    """One block of one cell at the last evaluation.

    Attributes:
        panel: Task and encoder.
        method: Method, with what else tells its cell from the others.
        cell: Cell id.
        block: Name of the block, in the order of the encoder.
        mean: Mean L2 distance over all runs.
        least: The smallest.
        most: The largest.
        runs: How many.
    """

    panel: str
    method: str
    cell: str
    block: str
    mean: float
    least: float
    most: float
    runs: int


def rows(content: Content) -> list[Moved]:
    """Return every block of every cell that has series."""
    found = []
    for seen in content.cells:
        series = content.series.get(seen.cell, ())
        if not series:
            continue
        last = [run.evaluations[-1].distance for run in series]
        for block in sorted(last[0], key=_depth):
            values = [distance[block] for distance in last]
            mean, least, most = (float(f"{value:.4g}") for value in (fmean(values), min(values), max(values)))
            found.append(Moved(seen.panel, seen.label, seen.cell.id, block, mean, least, most, len(values)))
    return found


def draw(figure: "Figure", moved: Sequence[Moved]) -> None:
    """Draw a panel a task: a line a method over the blocks, with the range of its runs."""
    by_panel: dict[str, dict[str, list[Moved]]] = defaultdict(lambda: defaultdict(list))
    for one in moved:
        by_panel[one.panel][one.method].append(one)
    places = panels(figure, list(by_panel), 2)
    for name, methods in by_panel.items():
        axes = places[name]
        for method, line in methods.items():
            look, across = look_of(line[0].cell.split("_")[1]), range(len(line))
            axes.fill_between(
                across,
                [one.least for one in line],
                [one.most for one in line],
                color=look.colour,
                alpha=0.14,
                linewidth=0,
            )
            axes.plot(
                across,
                [one.mean for one in line],
                look.mark,
                color=look.colour,
                linestyle="-",
                markersize=5,
                label=method,
            )
        blocks = [_short(one.block) for one in next(iter(methods.values()))]
        axes.set_xticks(range(len(blocks)), blocks)
        axes.set_ylim(bottom=0)
    legend(figure, places.values())
    next(iter(places.values())).set_ylabel("L2 distance")


def _short(block: str) -> str:
    return "embed-\ndings" if block == "embeddings" else clipped(block.removeprefix("block").lstrip("0"), 12)


def _depth(block: str) -> tuple[int, str]:
    """Return the place of a block on the way from the texts to the classes."""
    return {"embeddings": 0, "pooler": 2, "head": 3}.get(block, 1), block


PICTURE = Picture(
    place=50,
    name="distances",
    title="Distances by block",
    caption="L2 distance of a block's weights at the last evaluation to where the run began: the mean of a "
    "cell's runs, and the range from the least to the most.",
    fill='stablebert accept CELL... --why "..."',
    kind=Moved,
    rows=rows,
    draw=draw,
    height=lambda moved: 0.3 + 2.6 * -(-len({one.panel for one in moved}) // 2),
)
