"""Box and strip plots: the score of every run, lost ones marked."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stablebert.gate.lost_runs import COLLAPSED
from stablebert.report.page.content import FAILED, SOUND, Content, state_of
from stablebert.report.page.picture import Picture
from stablebert.report.page.style import ALARM, INK, SOFT, STATE_MARKS, clipped, columns_for, look_of, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# successive runs lie as far apart across the strip as they can
_GOLDEN = (math.sqrt(5) - 1) / 2
_STRIP = 0.56


@dataclass(frozen=True)
class Dot:
    """One run.

    Attributes:
        panel: Task and encoder.
        strip: Method, with what else tells its cell from the others of the panel.
        cell: Cell id.
        origin: `accepted`, `collected`, `stored` or `judged`.
        seed: Its seed.
        score: Test score in points, may be not finite where the run has failed.
        state: `sound`, `collapsed` or `failed`.
    """

    panel: str
    strip: str
    cell: str
    origin: str
    seed: str
    score: float
    state: str


def rows(content: Content) -> list[Dot]:
    """Return every run at hand and every run that was judged."""
    return [
        Dot(seen.panel, seen.label, seen.cell.id, seen.origin, row.seed, row.test, state_of(row))
        for seen in content.every
        for row in seen.rows
    ]


def draw(figure: "Figure", dots: Sequence[Dot]) -> None:
    """Draw a panel a task, a strip a cell: box (quartiles and median) of the sound runs, and every run."""
    by_panel: dict[str, dict[str, list[Dot]]] = defaultdict(lambda: defaultdict(list))
    for dot in dots:
        by_panel[dot.panel][dot.strip].append(dot)
    places = panels(figure, list(by_panel), _columns(dots))
    for name, strips in by_panel.items():
        axes = places[name]
        finite = [dot.score for strip in strips.values() for dot in strip if math.isfinite(dot.score)]
        for place, strip in enumerate(strips.values()):
            _draw_strip(axes, place, strip, floor=min(finite, default=0.0))
        axes.set_xticks(range(len(strips)), [_words(name, strip) for name, strip in strips.items()])
        axes.set_xlim(-0.6, len(strips) - 0.4)
    first = next(iter(places.values()))
    first.set_ylabel("test score, points")


def _draw_strip(axes: "Axes", place: int, strip: Sequence[Dot], floor: float) -> None:
    look = look_of(strip[0].cell.split("_")[1])
    sound = [dot.score for dot in strip if dot.state == SOUND]
    if len(sound) > 2:
        line = {"color": INK, "linewidth": 0.9}
        drawn = axes.boxplot(
            [sound],
            positions=[place],
            widths=0.76,
            showfliers=False,
            manage_ticks=False,
            boxprops=line,
            medianprops=line,
        )
        for part in (*drawn["whiskers"], *drawn["caps"]):
            part.set(color=SOFT, linewidth=0.8)
    for state, size in ((SOUND, 3.6), (COLLAPSED, 5.0), (FAILED, 4.6)):
        chosen = [(number, dot) for number, dot in enumerate(strip) if dot.state == state]
        if not chosen:
            continue
        across = [place + _STRIP * ((number * _GOLDEN) % 1 - 0.5) for number, _ in chosen]
        up = [dot.score if math.isfinite(dot.score) else floor for _, dot in chosen]
        mark, colour = (look.mark, look.colour) if state == SOUND else (STATE_MARKS[state], ALARM)
        axes.plot(
            across, up, mark, color=colour, markersize=size, alpha=0.75 if state == SOUND else 1, linestyle="none"
        )


def _words(name: str, strip: Sequence[Dot]) -> str:
    lost = sum(dot.state != SOUND for dot in strip)
    return "\n".join((*map(clipped, name.split()), f"{lost} lost" if lost else ""))


def _columns(dots: Sequence[Dot]) -> int:
    strips: dict[str, set[str]] = defaultdict(set)
    for dot in dots:
        strips[dot.panel].add(dot.strip)
    most = max(map(len, strips.values()))
    return columns_for(most)


def _height(dots: Sequence[Dot]) -> float:
    names = {dot.panel for dot in dots}
    return 0.3 + 2.3 * -(-len(names) // _columns(dots))


PICTURE = Picture(
    place=20,
    name="strips",
    title="Every run",
    caption="One mark a run: its test score at the best checkpoint, with the box (quartiles and median) of the "
    "sound runs. A cross is a run that has failed, a triangle that points down one that has collapsed: "
    "not failed by the rule, and far below all others.",
    fill="stablebert run trec_debiased_3ep_minilm_fp32",
    kind=Dot,
    rows=rows,
    draw=draw,
    height=_height,
)
