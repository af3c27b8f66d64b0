from dataclasses import replace

import pytest

from stablebert.baselines import LostRuns, far_runs, lost_runs
from tests.synthetic import synthetic_rows

ROWS = synthetic_rows(90.0, range(20))


def _with(**scores):
    return [replace(row, test=scores.get(row.seed, row.test)) for row in ROWS]


def test_runs_are_counted_by_kind():
    rows = [replace(ROWS[0], failed=True), *_with(s003=40.6)[1:]]
    assert lost_runs(rows) == LostRuns(20, 1, 1)
    assert str(lost_runs(rows)) == "1 failed and 1 collapsed of 20"
    assert lost_runs(rows).lost == 2
    assert lost_runs(ROWS) == LostRuns(20, 0, 0)


def test_the_line_of_others_counts_what_the_own_does_not_see():
    half = [replace(row, test=row.test - (30.0 if place % 2 else 0.0)) for place, row in enumerate(ROWS)]
    assert lost_runs(half).lost == 0
    assert lost_runs(half, 85.0).lost == 10


@pytest.mark.parametrize(("after", "is_shown"), [(6, True), (4, False), (0, False)])
def test_a_rise_of_lost_runs_is_shown_by_the_exact_test(after, is_shown):
    assert (LostRuns(20, after, 0).p_value(LostRuns(20, 0, 0)) <= 0.02) == is_shown
    assert LostRuns(20, 0, after).p_value(LostRuns(20, 0, 0)) == LostRuns(20, after, 0).p_value(LostRuns(20, 0, 0))


def test_far_runs_are_named_lowest_first():
    (first, words), (second, others) = far_runs(_with(s003=40.6, s007=87.0))
    assert (first.seed, second.seed) == ("s003", "s007")
    assert words.endswith(" robust sd below the median; collapsed")
    assert others.endswith(" robust sd below the median")
    assert others.startswith("2.84 points, 7.5 robust")
    # above the others, too: a single run far up is left out, one that is nearer widens margin and spread
    [(high, far)] = far_runs(_with(s003=99.0))
    assert (high.seed, far[-45:]) == ("s003", " robust sd above the median; left out of mean and spread"[-45:])
    [(_, near)] = far_runs(_with(s003=92.6))
    assert near.endswith(" robust sd above the median")
    # the control: nothing is far among ordinary runs
    assert far_runs(ROWS) == []


def test_a_failed_run_is_not_far_and_two_runs_say_nothing():
    assert far_runs([replace(row, failed=row.seed == "s003") for row in _with(s003=40.6)]) == []
    assert far_runs(_with(s001=10.0)[:2]) == []


def test_of_runs_that_do_not_scatter_a_little_is_not_far():
    alike = [replace(row, test=90.0) for row in ROWS]
    assert far_runs([replace(alike[0], test=89.5), *alike[1:]]) == []
    [(row, words)] = far_runs([replace(alike[0], test=89.2), *alike[1:]])
    assert (row.seed, words) == ("s000", "0.80 points below the median")
