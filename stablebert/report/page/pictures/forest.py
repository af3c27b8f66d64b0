"""Forest plot: every verdict with its bound and margin, and every method beside debiased Adam."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stablebert.analysis import Side, difference_of
from stablebert.report.page.content import Content, SeenCell
from stablebert.report.page.picture import Picture
from stablebert.report.page.style import ALARM, INK, RULE, SOFT, STATUS_LOOKS, clipped, look_of, short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_REFERENCE = "debiased"
_VERDICTS, _METHODS = "verdicts", "methods, less debiased Adam"


@dataclass(frozen=True)
class Line:
    """One line of the plot; differences in points, None where too few runs are sound.

    Attributes:
        group: `verdicts`, or methods beside debiased Adam.
        cell: Whose runs.
        against: Whose runs they are held against.
        difference: Of the means of sound runs.
        lower: Its cautious lower end: a verdict's bound, or that of the 90 % interval.
        upper: The upper end of the 90 % interval; a verdict has none.
        margin: Largest loss that does not matter.
        word: The verdict; of a method how many of its runs are lost.
    """

    group: str
    cell: str
    against: str
    difference: float | None
    lower: float | None
    upper: float | None
    margin: float | None
    word: str


def rows(content: Content) -> list[Line]:
    """Return the verdicts of cells, then every method of every task."""
    verdicts = [] if content.session is None else content.session.verdicts
    judged = [
        Line(_VERDICTS, one.cell, "accepted", one.difference, one.lower_bound, None, one.margin, str(one.status))
        for one in verdicts
        if one.unit == "points"
    ]
    return [*judged, *_methods(content)]


def draw(figure: "Figure", lines: Sequence[Line]) -> None:
    """Draw one line below the other, on an axis that is linear near 0 and logarithmic beyond."""
    axes = figure.subplots()
    axes.set_xscale("symlog", linthresh=2.0, linscale=1.2)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.axvline(0, color=SOFT, linewidth=1)
    names, places, place = [], [], 0
    for number, line in enumerate(lines):
        if number == 0 or line.group != lines[number - 1].group:
            names.append(line.group.upper())
            places.append(place)
            place += 1
        _draw_line(axes, line, place)
        names.append(clipped(short_name(line.cell), 40))
        places.append(place)
        place += 1
    axes.set_yticks(places, names)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_ylim(place - 0.3, -0.7)
    axes.spines["left"].set_visible(False)
    widest = max([1.0, *(abs(end) for line in lines for end in _ends(line))])
    ticks = [tick for tick in (1, 2, 5, 20, 50) if tick <= widest] or [1]
    every = sorted({0, *ticks, *(-tick for tick in ticks)})
    axes.set_xticks(every, [f"{tick:+d}" if tick else "0" for tick in every])
    axes.set_xticks([], minor=True)
    axes.set_xlim(-1.3 * widest, 1.3 * widest)
    axes.set_xlabel("difference of the means, points")


def _draw_line(axes: "Axes", line: Line, y: int) -> None:
    judged = line.group == _VERDICTS
    look = STATUS_LOOKS[line.word] if judged else look_of(line.cell.split("_")[1])
    if line.margin is not None:
        axes.barh(y, 2 * line.margin, left=-line.margin, height=0.62, color=RULE, alpha=0.7)
    if line.difference is None:
        axes.plot([0], [y], "x", color=ALARM, markersize=7, markeredgewidth=2)
        _say(axes, y, f"no mean: {line.word}", ALARM)
        return
    lower, upper = (line.difference if end is None else end for end in (line.lower, line.upper))
    axes.plot([lower, upper], [y, y], color=look.colour, linewidth=1.6)
    for end in (line.lower, line.upper):
        if end is not None:
            axes.plot([end], [y], "|", color=look.colour, markersize=8, markeredgewidth=1.6)
    axes.plot([line.difference], [y], look.mark, color=look.colour, markersize=7)
    _say(axes, y, ", ".join(filter(None, (f"{line.difference:+.2f}", line.word))), INK)


def _say(axes: "Axes", y: int, words: str, colour: str) -> None:
    """Write words to the right of the plot, on the height of a line."""
    axes.text(1.02, y, words, transform=axes.get_yaxis_transform(), va="center", fontsize=8, color=colour)


def _ends(line: Line) -> list[float]:
    return [abs(end) for end in (line.difference, line.lower, line.upper, line.margin) if end is not None]


def _methods(content: Content) -> Iterator[Line]:
    known = {seen.cell: seen for seen in content.cells}
    for seen in content.cells:
        other = known.get(replace(seen.cell, method=_REFERENCE))
        if other is None or other is seen:
            continue
        found = difference_of(Side(seen.cell.id, seen.rows), Side(other.cell.id, other.rows))
        margin = content.margins.get(other.cell)
        line = Line(_METHODS, seen.cell.id, other.cell.id, None, None, None, margin, _lost(seen))
        if found is not None:
            line = replace(line, difference=found.estimate, lower=found.lower, upper=found.upper)
        yield line


def _lost(seen: SeenCell) -> str:
    lost = sum(row.failed for row in seen.rows)
    return f"{lost} of {len(seen.rows)} runs lost" if lost else ""


PICTURE = Picture(
    place=10,
    name="forest",
    title="Forest plot with margins",
    caption="Each mark is a difference of means of sound runs, neither failed nor collapsed. A verdict's line "
    "ends at the lower bound that the rule asks for; a method's is the 90 % interval, paired by seed "
    "where the seeds drew the same random numbers. The grey bar is the margin: a line that ends inside "
    "it, or right of it, rules the loss out.",
    fill="pytest bench -n 2 --stablebert-report report",
    kind=Line,
    rows=rows,
    draw=draw,
    height=lambda lines: 0.9 + 0.27 * (len(lines) + len({line.group for line in lines})),
)
