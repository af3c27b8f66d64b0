"""What the missing bias correction does to the first updates (Figure 1)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stablebert.report.page.content import Content
from stablebert.report.page.picture import Picture
from stablebert.report.page.style import BLUE, INK, ORANGE
from stablebert.runs import Recipe

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LAST = 10_000


@dataclass(frozen=True)
class Ratio:
    """One update.

    Attributes:
        update: 1-based.
        ratio: Size of BERTAdam's update over debiased Adam's.
    """

    update: int
    ratio: float


def rows(content: Content) -> list[Ratio]:  # noqa: ARG001
    """Return the ratio at updates that lie evenly on a logarithmic axis.

    It is that of a gradient that never changes, whose debiased update is of size 1: what is left is BERTAdam's own.
    """
    wanted = sorted({round(10 ** (place / 20)) for place in range(20 * round(math.log10(_LAST)) + 1)})
    first, second = Recipe().betas
    mean = square = 0.0
    found = []
    for update in range(1, _LAST + 1):
        mean, square = first * mean + 1 - first, second * square + 1 - second
        if update in wanted:
            found.append(Ratio(update, round(mean / math.sqrt(square), 6)))
    return found


def draw(figure: "Figure", ratios: Sequence[Ratio]) -> None:
    """Draw the ratio over the updates, and the line that a corrected update keeps."""
    axes = figure.subplots()
    updates = [one.update for one in ratios]
    values = [one.ratio for one in ratios]
    axes.set_xscale("log")
    axes.axhline(1, color=BLUE, linewidth=1.6)
    axes.plot(updates, values, color=ORANGE, linewidth=2)
    axes.fill_between(updates, 1, values, color=ORANGE, alpha=0.12, linewidth=0)
    top = max(ratios, key=lambda one: one.ratio)
    axes.plot([top.update], [top.ratio], "D", color=ORANGE, markersize=6)
    axes.annotate(
        f"{top.ratio:.1f} times too large at update {top.update}",
        (top.update, top.ratio),
        (14, 4),
        textcoords="offset points",
        va="center",
        color=INK,
    )
    axes.annotate("debiased Adam", (updates[-1], 1), (0, -12), textcoords="offset points", ha="right", color=BLUE)
    axes.set_ylim(bottom=0)
    ticks = [1, 10, 100, 1000, 10_000]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("update")
    axes.set_ylabel("size over debiased Adam's")


PICTURE = Picture(
    place=60,
    name="bias-ratio",
    title="Bias ratio",
    caption="The size of BERTAdam's update over that of debiased Adam at the same rate (Figure 1): the first "
    "updates, when the rate is still warming up, are several times too large.",
    fill="stablebert report",
    kind=Ratio,
    rows=rows,
    draw=draw,
    height=lambda _: 2.6,
)
