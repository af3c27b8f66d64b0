"""The way to a verdict: what each look said."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stablebert.report.page.content import Content
from stablebert.report.page.picture import Picture
from stablebert.report.page.style import ALARM, INK, RULE, SOFT, STATUS_LOOKS, panels, short_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class LookSaid:
    """One look at one cell; differences in points, None where too few runs are sound.

    Attributes:
        cell: Cell id.
        seeds: Seeds that it saw.
        status: What it said.
        difference: Candidate minus baseline.
        bound: Its lower confidence bound at the level of the look.
        margin: Largest loss that does not matter.
        lost: Failed and collapsed runs among the seeds.
    """

    cell: str
    seeds: int
    status: str
    difference: float | None
    bound: float | None
    margin: float | None
    lost: int


def rows(content: Content) -> list[LookSaid]:
    """Return every look at every judged cell whose runs are stored."""
    return [
        LookSaid(cell, one.runs, str(one.status), one.difference, one.lower_bound, one.margin, one.failed)
        for cell, path in content.paths.items()
        for one in path
    ]


def draw(figure: "Figure", said: Sequence[LookSaid]) -> None:
    """Draw a panel a cell: difference and bound over the seeds, the margin as a line, each look by its word's mark."""
    by_cell: dict[str, list[LookSaid]] = defaultdict(list)
    for one in said:
        by_cell[one.cell].append(one)
    places = panels(figure, [short_name(cell) for cell in by_cell], 2)
    for axes, looks in zip(places.values(), by_cell.values(), strict=True):
        axes.axhline(0, color=SOFT, linewidth=0.8)
        margin = looks[-1].margin
        if margin is not None:
            axes.axhline(-margin, color=INK, linestyle="--", linewidth=1)
            axes.annotate(
                "margin", (0, -margin), (2, 2), ("axes fraction", "data"), "offset points", fontsize=7, color=INK
            )
        known = [(one.seeds, one.difference) for one in looks if one.difference is not None]
        axes.plot([seeds for seeds, _ in known], [found for _, found in known], color=RULE, linewidth=1)
        for one in looks:
            look, y = STATUS_LOOKS[one.status], one.difference or 0.0
            if one.bound is not None:
                axes.plot([one.seeds] * 2, [one.bound, y], color=look.colour, linewidth=1.6)
                axes.plot([one.seeds], [one.bound], "_", color=look.colour, markersize=9, markeredgewidth=1.6)
            axes.plot([one.seeds], [y], look.mark, color=look.colour, markersize=7)
            words = one.status + (f", {one.lost} lost" if one.lost else "")
            axes.annotate(
                words,
                (one.seeds, y),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=7,
                color=ALARM if one.status == "FAIL" else INK,
            )
        axes.set_xticks([one.seeds for one in looks])
        axes.margins(x=0.25, y=0.2)
    next(iter(places.values())).set_ylabel("difference, points")
    list(places.values())[-1].set_xlabel("seeds seen")


PICTURE = Picture(
    place=90,
    name="looks",
    title="The way to each verdict",
    caption="What each look said, with the seeds that it saw: the estimate, and the bound below it at the level "
    "of the look. A cell passes at the first look whose bound lies above the margin if no other part of "
    "the rule objects.",
    fill="pytest bench -n 2 --stablebert-report report",
    kind=LookSaid,
    rows=rows,
    draw=draw,
    height=lambda said: 0.3 + 2.4 * -(-len({one.cell for one in said}) // 2),
)
