"""Sessions of many cells: what is wrong in one, what is a little wrong in all, and baselines that cells share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tests.calibration.arms import Arm
from tests.calibration.outcome import HEAD, Outcome, outcome_of
from tests.calibration.pooled import Cell, judge_session
from tests.calibration.rule import FAIL, PASS, Rule
from tests.calibration.samples import CENTRE, SD, SHAPES, stream
from tests.calibration.tables import Limit, Section, percent, surely

LAST_LOOK = -1
MOST_PASS, SKEWED_PASS, MOST_FAIL = 6.5, 8.5, 1.0
# margins that each cell may lose without a session that FAILs more often than one where nothing is lost
NO_HARM = 0.45


@dataclass(frozen=True)
class Case:
    """A session of cells.

    Attributes:
        cells: How many.
        losses: True loss of the first cells in their margins; the others lose nothing.
        margin: In sd.
        baseline_runs: m.
        shared: Whether all cells have one and the same baseline.
        ratio: Standard deviation of the first cells' candidates.
        shape: Of the scores of all runs.
    """

    cells: int
    losses: tuple[float, ...] = ()
    margin: float = 1.5
    baseline_runs: int = 50
    shared: bool = False
    ratio: float = 1.0
    shape: str = "normal"

    def row(self) -> list[object]:
        """Return the case for a table."""
        lost = {f"{loss:g}": self.losses.count(loss) for loss in sorted(set(self.losses))}
        words = ", ".join(f"{count} x {loss}" for loss, count in lost.items()) or "none"
        return [self.cells, words, f"{self.margin:g} sd", self.baseline_runs, self.ratio]

    def name(self) -> str:
        """Return the case in words."""
        cells, words, margin, m, ratio = self.row()
        one = ", one baseline" if self.shared else ""
        shape = "" if self.shape == "normal" else f", {self.shape}"
        return f"{cells} cells, margins lost: {words}; margin {margin}, m = {m}, sd x {ratio}{one}{shape}"


@dataclass(frozen=True)
class Measured:
    """What is said of a case; shares in percent with their Monte Carlo errors.

    Attributes:
        outcome: Of the session.
        pooled_fail: Share of pooled tests that FAIL.
        contradicted: Share of sessions that FAIL though every cell PASSes.
    """

    outcome: Outcome
    pooled_fail: tuple[float, float]
    contradicted: tuple[float, float]


def measure(case: Case, rule: Rule, replicates: int) -> Measured:
    """Return what is said of a case."""
    # a normal shape has no name: its sessions are those of before it could be another
    shape = () if case.shape == "normal" else (case.shape,)
    generator = stream("sessions", *map(str, case.row()), case.shared, *shape)
    drawn = partial(_drawn, case.shape, generator)
    baseline = drawn((replicates, case.baseline_runs), 0.0, 1.0)
    cells = []
    for place in range(case.cells):
        loss = case.losses[place] if place < len(case.losses) else 0.0
        ratio = case.ratio if place < len(case.losses) else 1.0
        candidate = drawn((replicates, rule.looks[LAST_LOOK]), -loss * case.margin * SD, ratio)
        theirs = baseline if case.shared or place == 0 else drawn((replicates, case.baseline_runs), 0.0, 1.0)
        cells.append(Cell(candidate, theirs, case.margin * SD))
    found = judge_session(cells, replace(rule, cells=case.cells))
    every = np.all([cell.status == PASS for cell in found.cells], axis=0)
    return Measured(outcome_of(found), percent(found.pooled == FAIL), percent(every & (found.status == FAIL)))


def _drawn(name: str, generator: np.random.Generator, size: tuple[int, int], shift: float, ratio: float) -> Arm:
    scores = CENTRE + shift + ratio * SD * SHAPES[name](generator.standard_normal(size))
    return Arm(scores, np.zeros(size, dtype=bool))


HARM = (
    *(Case(12, (1.0,), margin, m) for margin in (1.5, 1.0) for m in (50, 20)),
    *(Case(12, (1.0,), 1.5, m, ratio=ratio) for m in (50, 20) for ratio in (1.5, 2.0)),
    *(Case(4, (1.0,), margin) for margin in (1.5, 1.0)),
    Case(4, (1.0,) * 4),
    *(Case(cells, (NO_HARM,) * cells) for cells in (1, 2, 5, 12)),
    Case(5, (NO_HARM,) * 5, 1.0),
    *(Case(cells, (NO_HARM,) * cells, 1.5, 20) for cells in (5, 12)),
    *(Case(4, (loss,) * 4) for loss in (0.25, 0.5, 1.5, 2.0)),
    *(Case(12, (loss,)) for loss in (1.5, 2.0)),
)
SHARED = (
    *(Case(cells, (), 1.5, m, shared=True) for cells in (3, 6) for m in (50, 20)),
    *(Case(cells, (1.0,), 1.5, m, shared=True) for cells in (3, 6) for m in (50, 20)),
    *(Case(cells, (1.0,) * cells, 1.5, m, shared=True) for cells in (3, 6) for m in (50, 20)),
)
LEFT = "gamma(2), left"
SKEWED = (
    *(Case(6, (), 1.5, m, shared=True, shape=LEFT) for m in (50, 20)),
    *(Case(6, (1.0,), 1.5, m, shared=True, ratio=ratio, shape=LEFT) for m in (50, 20) for ratio in (1.0, 2.0)),
    *(Case(6, (1.0,) * 6, 1.5, m, shared=True, ratio=2.0, shape=LEFT) for m in (50, 20)),
)


def limits_of(case: Case, found: Measured) -> list[Limit]:
    """Return the limits of a case: of false passes where a cell lies at its margin, of alarms where nothing is lost."""
    if not case.losses:
        return [found.outcome.limit(f"session of {case.name()}", fails=MOST_FAIL)]
    if max(case.losses) == 1:
        most = MOST_PASS if case.shape == "normal" else SKEWED_PASS
        return [found.outcome.limit(f"session of {case.name()}", passes=most)]
    if max(case.losses) == NO_HARM:
        return [
            found.outcome.limit(f"session of {case.name()}", fails=MOST_FAIL),
            Limit(f"FAIL though every cell PASSes, {case.name()}", *found.contradicted, MOST_FAIL),
        ]
    return []


def measure_surely(case: Case, rule: Rule, replicates: int) -> Measured:
    """Return what `measure` does, with more replicates where these leave a limit in doubt."""
    return surely(lambda count: measure(case, rule, count), lambda found: limits_of(case, found), replicates)


def sections(each: Callable[..., Iterable], rule: Rule, replicates: int) -> list[Section]:
    """Return the tables of sessions with losses, and of those whose cells share one baseline."""
    texts = {
        "Losses in a session": (
            f"PASS and FAIL in percent and mean seeds a cell of {replicates:,} sessions with normal scores; then FAIL of the pooled "
            "test, and FAIL of the session though every cell PASSes. Lost: cells and their true loss in margins, the other "
            "cells are equal; sd: that of those cells' candidates over the baseline's."
        ),
        "Cells that share one baseline": (
            "The same where every cell is compared with the same runs, as by `--stablebert-against`, so that their tests depend "
            "on each other: they are one stratum of every pooled test."
        ),
        "Cells that share one skewed baseline": f"The same with scores of {LEFT}, all cells against the same runs.",
    }
    found = []
    for (title, text), cases in zip(texts.items(), (HARM, SHARED, SKEWED), strict=True):
        measured = list(each(measure_surely, cases, [rule] * len(cases), [replicates] * len(cases)))
        rows = [
            [*case.row(), *one.outcome.row(), one.pooled_fail[0], one.contradicted[0]]
            for case, one in zip(cases, measured, strict=True)
        ]
        limits = [limit for case, one in zip(cases, measured, strict=True) for limit in limits_of(case, one)]
        head = ["cells", "lost", "margin", "m", "sd x", *HEAD, "pooled FAIL", "FAIL, cells PASS"]
        found.append(Section(title, text, head, rows, limits))
    return found
