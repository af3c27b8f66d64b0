"""What the paper is about: more lost runs, and more spread, of one cell and of a session."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from tests.calibration.arms import Arm
from tests.calibration.outcome import HEAD, Outcome, outcome_of
from tests.calibration.pooled import Cell, judge_session
from tests.calibration.rule import Rule
from tests.calibration.samples import CENTRE, CHANCE, SD, stream
from tests.calibration.tables import Limit, Section

MARGIN = 1.5 * SD
BASELINE_RUNS = 50
WAYS = ("failed", "collapsed")
# rate of lost runs: most PASS of one cell alone
ALONE = {0.0: None, 0.05: None, 0.1: 45.0, 0.2: 12.0, 0.3: 2.0, 0.5: None}
CELLS = 4
# rate: most PASS of a session
SESSION = {0.05: None, 0.1: None, 0.2: 3.0, 0.3: None}
RISES = ((0.05, 0.1), (0.05, 0.2), (0.05, 0.3), (0.05, 0.5))
RISE_SEEN, SPREAD_SEEN = 70.0, 50.0
RATIOS = (1.5, 2.0, 3.0)


def arm(shape: tuple[int, int], rate: float, way: str, generator: np.random.Generator, ratio: float = 1.0) -> Arm:
    """Return runs of which a share is lost.

    Args:
        shape: Replicates and runs.
        rate: Of lost runs.
        way: `failed`, or `collapsed`: the same score, and not marked as failed.
        generator: Of the numbers.
        ratio: Standard deviation over the usual one.
    """
    scores = CENTRE + ratio * SD * generator.standard_normal(shape)
    lost = generator.random(shape) < rate
    return Arm(np.where(lost, CHANCE, scores), lost & (way == "failed"))


def cell_of(
    rates: tuple[float, float],
    way: str,
    ratio: float,
    m: int,
    rule: Rule,
    replicates: int,
    generator: np.random.Generator,
) -> Cell:
    """Return a cell in many sessions; the rates are those of the baseline and of the candidate."""
    theirs, ours = rates
    candidate = arm((replicates, rule.looks[-1]), ours, way, generator, ratio)
    return Cell(candidate, arm((replicates, m), theirs, way, generator), MARGIN)


def one_cell(rates: tuple[float, float], way: str, m: int, rule: Rule, replicates: int) -> Outcome:
    """Return what is said of one cell that is the whole session, its pooled test included."""
    generator = stream("one cell", rates, way, m)
    cell = cell_of(rates, way, 1.0, m, rule, replicates, generator)
    return outcome_of(judge_session([cell], replace(rule, cells=1)))


def session(
    cells: int, hit: int, rates: tuple[float, float], way: str, ratio: float, rule: Rule, replicates: int
) -> Outcome:
    """Return what is said of sessions; the first `hit` cells have the candidate's rate and ratio, the others none."""
    generator = stream("lost in a session", cells, hit, rates, way, ratio)
    drawn = [
        cell_of(rates, way, ratio, BASELINE_RUNS, rule, replicates, generator)
        if place < hit
        else cell_of((rates[0], rates[0]), way, 1.0, BASELINE_RUNS, rule, replicates, generator)
        for place in range(cells)
    ]
    return outcome_of(judge_session(drawn, replace(rule, cells=cells)))


def sections(each: Callable[..., Iterable], rule: Rule, replicates: int) -> list[Section]:
    """Return the tables of lost runs and of spread.

    Args:
        each: Map of a function, in this process or in others.
        rule: The rule; its cells are set to those of the session.
        replicates: Comparisons or sessions a case.
    """
    return [_one(each, rule, replicates), _sessions(each, rule, replicates), _spread(each, rule, replicates)]


def _one(each: Callable[..., Iterable], rule: Rule, replicates: int) -> Section:
    tried = [
        ((theirs, ours), way, m) for theirs, m in ((0.0, 50), (0.0, 20), (0.05, 50)) for ours in ALONE for way in WAYS
    ]
    found = dict(zip(tried, each(one_cell, *zip(*tried, strict=True), *_same(tried, rule, replicates)), strict=True))
    rows = [
        [f"{_percent(ours)} {way}", m, _percent(theirs), *found[(theirs, ours), way, m].row()]
        for (theirs, ours), way, m in tried
    ]
    limits = [
        found[case].limit(f"one cell, {_percent(case[0][1])} {case[1]}, m = {case[2]}", passes=most)
        for case in tried
        if case[0][0] == 0 and (most := ALONE[case[0][1]]) is not None
    ]
    text = (
        f"PASS and FAIL in percent, mean seeds, of {replicates:,} sessions of one cell (margin 1.5 sd) whose candidate loses "
        f"runs and equals its baseline otherwise. A lost run scores {CHANCE:g} where the others lie about {CENTRE:g} (sd "
        f"{SD:g}): it has failed, or has collapsed and is not marked. The rest is INCONCLUSIVE."
    )
    return Section("Lost runs of one cell", text, ["lost", "m", "in the baseline", *HEAD], rows, limits)


def _sessions(each: Callable[..., Iterable], rule: Rule, replicates: int) -> Section:
    tried = [(CELLS, hit, (0.0, rate), way, 1.0) for hit in (CELLS, 1) for rate in SESSION for way in WAYS]
    tried += [(CELLS, CELLS, rates, way, 1.0) for rates in RISES for way in WAYS]
    tried += [(12, 1, (0.0, 0.3), way, 1.0) for way in WAYS]
    found = dict(zip(tried, each(session, *zip(*tried, strict=True), *_same(tried, rule, replicates)), strict=True))
    rows = [
        [
            f"{hit} of {cells}",
            f"{_percent(theirs)} to {_percent(ours)} {way}",
            *found[cells, hit, (theirs, ours), way, 1.0].row(),
        ]
        for cells, hit, (theirs, ours), way, _ in tried
    ]
    limits: list[Limit] = []
    for case in tried:
        cells, hit, (theirs, ours), way, _ = case
        name = f"{cells} cells, {_percent(theirs)} to {_percent(ours)} {way} in {hit}"
        if hit == cells and theirs == 0 and (most := SESSION[ours]) is not None:
            limits.append(found[case].limit(name, passes=most))
        if (hit, theirs, ours) == (cells, 0.05, 0.3):
            limits.append(found[case].limit(name, fails=RISE_SEEN, least=True))
    text = (
        f"The same of {replicates:,} sessions, baselines of {BASELINE_RUNS} runs; seeds are those of a cell. First column: "
        "cells in which the rate rises; in the others it stays."
    )
    return Section("Lost runs of a session", text, ["cells", "lost", *HEAD], rows, limits)


def _spread(each: Callable[..., Iterable], rule: Rule, replicates: int) -> Section:
    tried = [
        (cells, hit, (0.0, 0.0), "failed", ratio)
        for cells, hit in ((1, 1), (CELLS, CELLS), (CELLS, 1))
        for ratio in RATIOS
    ]
    # the exact distribution of many ranks takes time
    found = dict(
        zip(tried, each(session, *zip(*tried, strict=True), *_same(tried, rule, min(replicates, 2000))), strict=True)
    )
    rows = [
        [f"{hit} of {cells}", ratio, *found[cells, hit, rates, way, ratio].row()]
        for cells, hit, rates, way, ratio in tried
    ]
    doubled = found[CELLS, CELLS, (0.0, 0.0), "failed", 2.0]
    limits = [doubled.limit(f"{CELLS} cells, spread doubled in all", fails=SPREAD_SEEN, least=True)]
    text = (
        f"The same of {min(replicates, 2000):,} sessions without lost runs whose candidates scatter more in some cells."
    )
    return Section("More spread", text, ["cells", "sd x", *HEAD], rows, limits)


def _percent(rate: float) -> str:
    return f"{100 * rate:g} %"


def _same(tried: list, *values: object) -> list[list[object]]:
    return [[value] * len(tried) for value in values]
