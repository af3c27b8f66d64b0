"""Expected test score of the best of n runs by validation (Figures 4 and 12)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stablebert.analysis import Side
from stablebert.report.page.content import Content
from stablebert.report.page.picture import Picture
from stablebert.report.page.style import legend, look_of, panels
from stablebert.stats import expected_test

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TRIALS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40, 50)


@dataclass(frozen=True)
class Best:
    """What the best of so many runs is expected to score.

    Attributes:
        panel: Task and encoder.
        method: Method, with what else tells its cell from the others.
        cell: Cell id.
        trials: Runs to choose from.
        mean: Expected test score, points.
        sd: Its standard deviation over the draws.
    """

    panel: str
    method: str
    cell: str
    trials: int
    mean: float
    sd: float


def rows(content: Content) -> list[Best]:
    """Return the expectation of every cell at hand, all runs counted; one whose runs have no score is left out."""
    found = []
    for seen in content.cells:
        side = Side(seen.cell.id, seen.rows)
        try:
            validation, test = side.all_scores("validation"), side.all_scores()
        except ValueError:
            continue
        trials = [number for number in _TRIALS if number <= len(test)]
        for number, mean, sd in zip(trials, *expected_test(validation, test, trials), strict=True):
            found.append(Best(seen.panel, seen.label, seen.cell.id, number, round(float(mean), 4), round(float(sd), 4)))
    return found


def draw(figure: "Figure", best: Sequence[Best]) -> None:
    """Draw a panel a task: a line a method, with a standard deviation either side."""
    by_panel: dict[str, dict[str, list[Best]]] = defaultdict(lambda: defaultdict(list))
    for one in best:
        by_panel[one.panel][one.method].append(one)
    places = panels(figure, list(by_panel), 3)
    for name, methods in by_panel.items():
        axes = places[name]
        for method, line in methods.items():
            look, trials = look_of(line[0].cell.split("_")[1]), [one.trials for one in line]
            lower, upper = [one.mean - one.sd for one in line], [one.mean + one.sd for one in line]
            axes.fill_between(trials, lower, upper, color=look.colour, alpha=0.13, linewidth=0)
            means = [one.mean for one in line]
            axes.plot(trials, means, look.mark, color=look.colour, linestyle="-", markersize=3.5, label=method)
        axes.locator_params(axis="x", integer=True)
    legend(figure, places.values())
    next(iter(places.values())).set_ylabel("expected test score")
    list(places.values())[-1].set_xlabel("runs to choose from")


PICTURE = Picture(
    place=70,
    name="best-of-n",
    title="Expected test performance",
    caption="The test score to be expected of the run that validates best among n, all runs counted, drawn with "
    "replacement as in the paper (Figure 4); the band is one standard deviation over the draws.",
    fill="stablebert run trec_debiased_3ep_minilm_fp32",
    kind=Best,
    rows=rows,
    draw=draw,
    height=lambda best: 0.3 + 2.2 * -(-len({one.panel for one in best}) // 3),
)
