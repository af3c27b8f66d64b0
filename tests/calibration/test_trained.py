"""Sessions whose runs are trained: what they say is counted, and each limit can be broken."""

from stablebert.gate import Status
from tests.calibration import trained

SAME, CHANGED = trained.COMMITS
PASS, FAIL, OPEN = Status.PASS, Status.FAIL, Status.INCONCLUSIVE


def broken(commit, pairs):
    return [limit.name for limit in trained.limits_of(commit, trained.flips_of(pairs)) if limit.broken(0)]


def test_two_sessions_of_a_pair_have_runs_of_their_own_and_a_defect_is_not_passed():
    assert trained.pair_of_sessions(0, SAME) == (PASS, PASS)
    assert PASS not in trained.pair_of_sessions(0, CHANGED)


def test_each_limit_can_be_broken():
    assert broken(SAME, [(PASS, PASS)] * 99 + [(PASS, OPEN)]) == []
    found = trained.flips_of([(PASS, PASS)] * 97 + [(PASS, FAIL)] * 3)
    assert (found.passed[0], found.failed[0], found.differ[0], found.opposed[0]) == (98.5, 1.5, 3.0, 3.0)
    assert len(broken(SAME, [(PASS, PASS)] * 97 + [(PASS, FAIL)] * 3)) == 2
    assert broken(CHANGED, [(FAIL, FAIL)]) == []
    assert broken(CHANGED, [(FAIL, FAIL)] * 99 + [(FAIL, PASS)]) != []
