"""Training curves: the loss of every accepted run on its way, failed ones in front (Figures 3 and 11)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from stablebert.baselines import RunSeries
from stablebert.report.page.content import SOUND, Content, SeenCell, state_of
from stablebert.report.page.picture import Picture
from stablebert.report.page.style import ALARM, STATE_MARKS, look_of, panels, short_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# of all runs together, which bounds what the picture weighs, however many there are
_POINTS = 12_000
_MOST, _LEAST = 24, 4


@dataclass(frozen=True)
class Point:
    """A stretch of one run.

    Attributes:
        cell: Cell id.
        seed: Its seed.
        update: The last update of the stretch, 1-based.
        loss: Mean training loss over it.
        state: How the run ended: `sound`, `collapsed` or `failed`.
    """

    cell: str
    seed: str
    update: int
    loss: float
    state: str


def rows(content: Content) -> list[Point]:
    """Return every run that has a series, in as many stretches as keep the picture light."""
    runs = sum(len(found) for found in content.series.values())
    parts = min(_MOST, max(_LEAST, _POINTS // max(runs, 1)))
    return [point for seen in content.cells for point in _points(seen, content.series.get(seen.cell, ()), parts)]


def draw(figure: "Figure", points: Sequence[Point]) -> None:
    """Draw a panel a cell, a line a run; lost ones last, dashed, with their mark at the end."""
    by_cell: dict[str, dict[str, list[Point]]] = defaultdict(lambda: defaultdict(list))
    for point in points:
        by_cell[point.cell][point.seed].append(point)
    places = panels(figure, [short_name(cell) for cell in by_cell], 3)
    for axes, (cell, runs) in zip(places.values(), by_cell.items(), strict=True):
        look = look_of(cell.split("_")[1])
        for line in sorted(runs.values(), key=lambda line: line[0].state != SOUND):
            steps, losses = [point.update for point in line], [point.loss for point in line]
            if line[0].state == SOUND:
                axes.plot(steps, losses, color=look.colour, linewidth=0.8, alpha=0.55)
            else:
                axes.plot(steps, losses, color=ALARM, linewidth=1.1, linestyle="--")
                axes.plot(steps[-1:], losses[-1:], STATE_MARKS[line[0].state], color=ALARM, markersize=5)
        axes.set_ylim(bottom=0)
    first = next(iter(places.values()))
    first.set_ylabel("training loss")
    list(places.values())[-1].set_xlabel("update")


def _points(seen: SeenCell, series: Sequence[RunSeries], parts: int) -> Iterator[Point]:
    states = {row.seed: state_of(row) for row in seen.rows}
    for run in series:
        losses = run.steps.loss
        ends = sorted({max(1, round(len(losses) * (part + 1) / parts)) for part in range(parts)})
        for start, end in zip([0, *ends], ends, strict=False):
            mean = float(f"{fmean(losses[start:end]):.4g}")
            yield Point(seen.cell.id, run.seed, end, mean, states[run.seed])


PICTURE = Picture(
    place=40,
    name="curves",
    title="Training curves",
    caption="The loss of each run, the mean over a stretch of updates a point. Dashed lines that end in a cross "
    "are runs that failed, in a triangle that points down runs that collapsed: most never leave the loss "
    "that they began with.",
    fill='stablebert accept CELL... --why "..."',
    kind=Point,
    rows=rows,
    draw=draw,
    height=lambda points: 0.3 + 1.9 * -(-len({point.cell for point in points}) // 3),
)
