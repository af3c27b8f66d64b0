"""Paired seeds: the same random numbers, another method."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stablebert.gate.evidence import share_streams
from stablebert.report.page.content import SOUND, Content, SeenCell, state_of
from stablebert.report.page.picture import Picture
from stablebert.report.page.style import ALARM, RULE, SOFT, STATE_MARKS, clipped, columns_for, look_of, panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LEAST_PAIRS = 3


@dataclass(frozen=True)
class Twin:
    """One seed under one method, paired with the others of its panel.

    Attributes:
        panel: Task and encoder.
        method: Method, with what else tells its cell from the others.
        cell: Cell id.
        seed: The seed, by which lines are drawn.
        score: Test score in points.
        state: `sound`, `collapsed` or `failed`.
    """

    panel: str
    method: str
    cell: str
    seed: str
    score: float
    state: str


def rows(content: Content) -> list[Twin]:
    """Return the seeds that all paired cells of a task have, each with a finite score."""
    by_panel: dict[tuple[str, str], list[SeenCell]] = defaultdict(list)
    for seen in content.cells:
        by_panel[seen.panel, seen.cell.length].append(seen)
    return [
        Twin(one.panel, one.label, one.cell.id, row.seed, row.test, state_of(row))
        for cells in by_panel.values()
        for group, shared in [_paired(cells)]
        for one in group
        for row in one.rows
        if row.seed in shared
    ]


def draw(figure: "Figure", twins: Sequence[Twin]) -> None:
    """Draw a panel a task: a line a seed, from method to method."""
    by_panel: dict[str, dict[str, dict[str, Twin]]] = defaultdict(lambda: defaultdict(dict))
    for twin in twins:
        by_panel[twin.panel][twin.seed][twin.method] = twin
    places = panels(figure, list(by_panel), _columns(twins))
    for name, seeds in by_panel.items():
        axes = places[name]
        methods = list(dict.fromkeys(twin.method for twin in twins if twin.panel == name))
        for found in seeds.values():
            line = [(place, found[method].score) for place, method in enumerate(methods) if method in found]
            axes.plot(*zip(*line, strict=True), color=SOFT, linewidth=0.7, alpha=0.6)
        for place, method in enumerate(methods):
            column = [found[method] for found in seeds.values() if method in found]
            look = look_of(column[0].cell.split("_")[1])
            for state, mark in STATE_MARKS.items():
                scores = [twin.score for twin in column if twin.state == state]
                shown, colour = (look.mark, look.colour) if state == SOUND else (mark, ALARM)
                axes.plot([place] * len(scores), scores, shown, color=colour, markersize=4, linestyle="none")
        axes.set_xticks(range(len(methods)), [clipped(method).replace(" ", "\n") for method in methods])
        axes.set_xlim(-0.4, len(methods) - 0.6)
        axes.grid(visible=True, axis="x", color=RULE)
    next(iter(places.values())).set_ylabel("test score, points")


def _columns(twins: Sequence[Twin]) -> int:
    methods: dict[str, set[str]] = defaultdict(set)
    for twin in twins:
        methods[twin.panel].add(twin.method)
    return columns_for(max(map(len, methods.values())))


def _paired(cells: Sequence[SeenCell]) -> tuple[list[SeenCell], set[str]]:
    """Return the cells that drew the same random numbers as the first of them that pairs most, and their seeds."""
    groups = [[one, *(other for other in cells if other is not one and _pairs(one, other))] for one in cells]
    group = max(groups, key=len, default=[])
    if len(group) < 2:
        return [], set()
    shared = set.intersection(*({row.seed for row in one.rows if math.isfinite(row.test)} for one in group))
    return [one for one in cells if one in group], shared


def _pairs(one: SeenCell, other: SeenCell) -> bool:
    shared = {row.seed for row in one.rows} & {row.seed for row in other.rows}
    return len(shared) >= _LEAST_PAIRS and share_streams(one.rows, other.rows)


PICTURE = Picture(
    place=30,
    name="paired-seeds",
    title="Paired seeds",
    caption="A line is one seed: the same head, order and dropout under each method. Lines that run level are "
    "seeds that are good or bad whatever the method; lines that cross say that luck is not the seed's "
    "alone.",
    fill="pytest bench -n 2 -k trec --stablebert-all",
    kind=Twin,
    rows=rows,
    draw=draw,
    height=lambda twins: 0.3 + 2.2 * -(-len({twin.panel for twin in twins}) // _columns(twins)),
)
