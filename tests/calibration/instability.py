"""What the paper is about: more lost runs, and more spread, of one cell and of a session."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from tests.calibration.arms import Arm
from tests.calibration.outcome import HEAD, Outcome, outcome_of
from tests.calibration.pooled import Cell, judge_session
from tests.calibration.rule import Rule
from tests.calibration.samples import CENTRE, CHANCE, SD, stream
from tests.calibration.tables import Limit, Section, surely

MARGIN = 1.5 * SD
BASELINE_RUNS = 50
WAYS = ("failed", "collapsed")
# rate of lost runs: most PASS of one cell alone
ALONE = {0.0: None, 0.05: None, 0.1: 45.0, 0.2: 12.0, 0.3: 2.0, 0.5: None}
CELLS = 4
# rate: most PASS of a session
SESSION = {0.05: None, 0.1: None, 0.2: 3.0, 0.3: None}
RISES = ((0.05, 0.1), (0.05, 0.2), (0.05, 0.3), (0.05, 0.5))
RISE, RISE_SEEN = (0.05, 0.3), 70.0
DOUBLED, SPREAD_SEEN = 2.0, 50.0
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


def one_surely(rates: tuple[float, float], way: str, m: int, rule: Rule, replicates: int) -> Outcome:
    """Return what `one_cell` does, with more replicates where these leave a limit in doubt."""
    return surely(
        lambda count: one_cell(rates, way, m, rule, count),
        lambda found: limits_of_one(rates, way, m, found),
        replicates,
    )


def limits_of_one(rates: tuple[float, float], way: str, m: int, found: Outcome) -> list[Limit]:
    """Return the limit of one cell whose baseline loses nothing."""
    theirs, ours = rates
    most = ALONE[ours]
    if theirs or most is None:
        return []
    return [found.limit(f"one cell, {_percent(ours)} {way}, m = {m}", passes=most)]


def session_surely(
    cells: int, hit: int, rates: tuple[float, float], way: str, ratio: float, rule: Rule, replicates: int
) -> Outcome:
    """Return what `session` does, with more replicates where these leave a limit in doubt."""
    case = (cells, hit, rates, way, ratio)
    return surely(lambda count: session(*case, rule, count), lambda found: limits_of_session(*case, found), replicates)


def limits_of_session(
    cells: int, hit: int, rates: tuple[float, float], way: str, ratio: float, found: Outcome
) -> list[Limit]:
    """Return the limit of sessions with more lost runs, or more spread, in all cells."""
    theirs, ours = rates
    if (cells, hit) != (CELLS, CELLS):
        return []
    if ratio == DOUBLED:
        return [found.limit(f"{cells} cells, spread doubled in all", fails=SPREAD_SEEN, least=True)]
    name = f"{cells} cells, {_percent(theirs)} to {_percent(ours)} {way} in all"
    if rates == RISE:
        return [found.limit(name, fails=RISE_SEEN, least=True)]
    most = SESSION.get(ours) if theirs == 0 else None
    return [] if most is None else [found.limit(name, passes=most)]


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
    found = dict(zip(tried, each(one_surely, *zip(*tried, strict=True), *_same(tried, rule, replicates)), strict=True))
    rows = [
        [f"{_percent(ours)} {way}", m, _percent(theirs), *found[(theirs, ours), way, m].row()]
        for (theirs, ours), way, m in tried
    ]
    limits = [limit for case, one in found.items() for limit in limits_of_one(*case, one)]
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
    found = dict(
        zip(tried, each(session_surely, *zip(*tried, strict=True), *_same(tried, rule, replicates)), strict=True)
    )
    rows = [
        [
            f"{hit} of {cells}",
            f"{_percent(theirs)} to {_percent(ours)} {way}",
            *found[cells, hit, (theirs, ours), way, 1.0].row(),
        ]
        for cells, hit, (theirs, ours), way, _ in tried
    ]
    limits = [limit for case, one in found.items() for limit in limits_of_session(*case, one)]
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
        zip(
            tried,
            each(session_surely, *zip(*tried, strict=True), *_same(tried, rule, min(replicates, 2000))),
            strict=True,
        )
    )
    rows = [
        [f"{hit} of {cells}", ratio, *found[cells, hit, rates, way, ratio].row()]
        for cells, hit, rates, way, ratio in tried
    ]
    limits = [limit for case, one in found.items() for limit in limits_of_session(*case, one)]
    text = (
        f"The same of {min(replicates, 2000):,} sessions without lost runs whose candidates scatter more in some cells."
    )
    return Section("More spread", text, ["cells", "sd x", *HEAD], rows, limits)


def _percent(rate: float) -> str:
    return f"{100 * rate:g} %"


def _same(tried: list, *values: object) -> list[list[object]]:
    return [[value] * len(tried) for value in values]
