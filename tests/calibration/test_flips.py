"""Two sessions of one commit: a rule that raises false alarms contradicts itself, and the limit sees it."""

from dataclasses import replace

from tests.calibration import flips
from tests.calibration.rule import Rule
from tests.calibration.stored import stored_cells

REPLICATES = 400


def cell():
    return next(stored for stored in stored_cells() if stored.margin is not None)


def broken(found):
    return [limit.name for limit in flips.limits_of(cell(), 0.0, found) if limit.broken(3)]


def test_what_has_not_changed_is_hardly_ever_passed_and_failed():
    assert broken(flips.measure(cell(), 0.0, Rule(), REPLICATES)) == []
    # the control: an alarm of every fifth look
    easy = replace(Rule(), spread_alarm=0.4)
    assert broken(flips.measure(cell(), 0.0, easy, REPLICATES)) != []


def test_shares_are_those_of_one_commit():
    clear, near = (flips.measure(cell(), loss, Rule(), REPLICATES) for loss in (2.0, 0.5))
    # what is clear is said twice; what is half a margin off is not
    assert (clear.passed[0], clear.differ[0], clear.opposed[0]) == (0.0, 0.0, 0.0)
    assert near.differ[0] > 20
    assert near.opposed[0] < near.differ[0]
    assert flips.limits_of(cell(), 0.5, near) == []
