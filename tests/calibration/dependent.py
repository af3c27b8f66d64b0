"""Runs that depend on each other: a whole side made on another machine or day, or a drift; no limit is promised there."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from tests.calibration.arms import Arm
from tests.calibration.false_pass import GRID, MARGIN
from tests.calibration.outcome import Outcome, outcome_of
from tests.calibration.rule import Rule, judge
from tests.calibration.samples import CENTRE, SD, stream
from tests.calibration.tables import Section

KINDS = ("shift of the whole side", "walk from run to run")
SIZES = (0.0, 0.25, 0.5, 1.0)


def measure(kind: str, size: float, loss: float, anytime: bool, rule: Rule, replicates: int) -> Outcome:
    """Return what is said of a candidate whose runs share something that no run of the baseline has.

    Args:
        kind: One of `KINDS`.
        size: Standard deviation of what is shared, over that of a run: of the shift, or of the walk at the last run.
        loss: True loss in points, what is shared left out, of which the mean is 0.
        anytime: Whether every run is looked at.
        rule: The rule.
        replicates: How many comparisons.
    """
    generator = stream("dependent", kind, size, loss)
    shape = (replicates, rule.looks[-1])
    if kind == KINDS[0]:
        together = np.repeat(generator.standard_normal((replicates, 1)), shape[1], axis=1)
    else:
        together = np.cumsum(generator.standard_normal(shape), axis=1) / np.sqrt(shape[1])
    ours = CENTRE - loss + SD * (generator.standard_normal(shape) + size * together)
    theirs = CENTRE + SD * generator.standard_normal((replicates, 50))
    arms = (Arm(scores, np.zeros(scores.shape, dtype=bool)) for scores in (ours, theirs))
    return outcome_of(judge(*arms, MARGIN, replace(rule, anytime=anytime), alone=False))


def sections(each: Callable[..., Iterable], rule: Rule, replicates: int) -> list[Section]:
    """Return the table of runs that depend on each other.

    Args:
        each: Map of a function, in this process or in others.
        rule: The rule; its cells are set to those of a grid.
        replicates: Comparisons a case.
    """
    rule = replace(rule, cells=GRID)
    columns = [(MARGIN, False), (MARGIN, True), (0.0, False)]
    tried = [(kind, size, *column) for kind in KINDS for size in SIZES for column in columns]
    same = ([value] * len(tried) for value in (rule, replicates))
    found = dict(zip(tried, each(measure, *zip(*tried, strict=True), *same), strict=True))
    rows = [
        [kind, f"{size:g} sd", *(found[kind, size, *column].short() for column in columns)]
        for kind in KINDS
        for size in SIZES
    ]
    text = (
        f"PASS in percent, FAIL in percent and mean seeds of {replicates:,} candidates at the margin (1.5 sd), and of equal ones, "
        f"one cell of {GRID}, m = 50, whose runs share what no run of the baseline has. No rule that sees only the scores "
        "can tell it from a change, nothing is promised, and no limit is set: runs of both sides belong to one class of "
        "machine, and pairs of one job share all of it."
    )
    head = ["shared", "size", "at the margin", "at the margin, anytime", "equal"]
    return [Section("Where it does not hold: runs that depend on each other", text, head, rows)]
