"""How often a second session of the same commit, with seeds of its own, says something else than the first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from tests.calibration.arms import Arm
from tests.calibration.rule import FAIL, PASS, Rule, judge
from tests.calibration.samples import stream
from tests.calibration.stored import Stored, stored_cells
from tests.calibration.tables import Limit, Section, percent, surely

LAST_LOOK = -1
# what a commit loses, in margins: nothing, half of what matters, all of it, twice as much
LOSSES = (0.0, 0.5, 1.0, 2.0)
# PASS and then FAIL needs a false alarm, of at most 1 %, in either session
MOST_OPPOSED = 2.0


@dataclass(frozen=True)
class Flips:
    """What two sessions of one commit say of a cell, each in percent with its Monte Carlo error.

    Attributes:
        passed: Share of PASS, of all sessions.
        failed: Share of FAIL, of all sessions.
        differ: Share of pairs of sessions whose verdicts are not the same.
        opposed: Share of pairs of which one is PASS and the other FAIL.
    """

    passed: tuple[float, float]
    failed: tuple[float, float]
    differ: tuple[float, float]
    opposed: tuple[float, float]


def measure(stored: Stored, loss: float, rule: Rule, replicates: int) -> Flips:
    """Return what two sessions of one commit say, both against the same accepted runs.

    Args:
        stored: The cell; it has a margin.
        loss: True loss of the commit, in margins.
        rule: The rule.
        replicates: Pairs of sessions, each with accepted runs of its own.
    """
    assert stored.margin is not None
    generator = stream("flips", stored.name, loss)
    baseline = stored.draw((replicates, stored.runs), generator)
    one, other = (
        judge(_candidate(stored, loss, rule, replicates, generator), baseline, stored.margin, rule).status
        for _ in range(2)
    )
    both = np.concatenate([one, other])
    opposed = ((one == PASS) & (other == FAIL)) | ((one == FAIL) & (other == PASS))
    return Flips(percent(both == PASS), percent(both == FAIL), percent(one != other), percent(opposed))


def _candidate(stored: Stored, loss: float, rule: Rule, replicates: int, generator: np.random.Generator) -> Arm:
    drawn = stored.draw((replicates, rule.looks[LAST_LOOK]), generator)
    # a lost run is lost whatever the commit does
    return Arm(np.where(drawn.failed, drawn.scores, drawn.scores - loss * stored.margin), drawn.failed, drawn.log_loss)


def limits_of(stored: Stored, loss: float, found: Flips) -> list[Limit]:
    """Return the limit of opposed verdicts, where nothing has changed."""
    return [] if loss else [Limit(f"PASS and FAIL of one commit, {stored.name}", *found.opposed, MOST_OPPOSED)]


def measure_surely(stored: Stored, loss: float, rule: Rule, replicates: int) -> Flips:
    """Return what `measure` does, with more replicates where these leave a limit in doubt."""
    return surely(
        lambda count: measure(stored, loss, rule, count), lambda found: limits_of(stored, loss, found), replicates
    )


def sections(each: Callable[..., Iterable], rule: Rule, replicates: int) -> list[Section]:
    """Return the table of two sessions of one commit."""
    cases = [(stored, loss) for stored in stored_cells() if stored.margin is not None for loss in LOSSES]
    if not cases:
        return []
    measured = list(each(measure_surely, *zip(*cases, strict=True), [rule] * len(cases), [replicates] * len(cases)))
    rows = [
        [stored.name, stored.runs, loss, *(f"{value[0]:.2f}" for value in vars(found).values())]
        for (stored, loss), found in zip(cases, measured, strict=True)
    ]
    text = (
        f"{replicates:,} pairs of sessions of one commit for each cell of the grid alone, both against the same accepted runs, "
        "and each with seeds of its own: runs are the stored ones resampled as above, a commit loses so many margins in each "
        "run. Percent of sessions that PASS and that FAIL, of pairs whose verdicts differ at all (most often by an INCONCLUSIVE), "
        "and of pairs of which one is PASS and the other FAIL. A second session with the same seeds finds the runs of the "
        "first and says the same, word for word."
    )
    head = ["cell", "m", "loses, in margins", "PASS", "FAIL", "differ", "PASS and FAIL"]
    limits = [
        limit for (stored, loss), found in zip(cases, measured, strict=True) for limit in limits_of(stored, loss, found)
    ]
    return [Section("Two sessions of one commit", text, head, rows, limits)]
