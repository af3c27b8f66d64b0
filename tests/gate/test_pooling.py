"""Cells together: which runs each brings to a look, the mean of their differences, what a pool says and when."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from stablebert import gate
from stablebert.gate import Comparison, Policy, Says, Status, judge
from stablebert.stats import nominal_level, noninferiority, pooled_rank_sum_p_value
from tests.gate.arms import BASELINE, apart, at, candidate, failing, moved, part_of
from tests.gate.arms import pool_apart as pool
from tests.synthetic import synthetic_rows

SIX = Policy(looks=(6,))


def comparison(mean=90.0, margin=1.0, ended=None, theirs=BASELINE, **options):
    return Comparison(candidate(mean, **options), theirs, margin, ended)


def test_equal_cells_pass_at_the_last_look_alone():
    verdict = pool([comparison(), comparison()], Policy(cells=2))
    assert (verdict.status, verdict.decided_by, verdict.runs, verdict.cell) == (
        Status.PASS,
        "failure rate",
        20,
        "pooled",
    )
    assert verdict.reason == "the failure rate is at most 7 %"
    assert (verdict.baseline_runs, verdict.margin, verdict.unit) == (20, 1.0, "margins")
    assert [part.name for part in verdict.parts] == ["failed runs", "location", "spread", "failure rate"]
    assert {part.says for part in verdict.parts} == {Says.ALLOWS}
    # one that passes at the first look and fails at the second shows that it goes on
    late = [replace(row, failed=place >= 12) for place, row in enumerate(candidate())]
    found = pool([Comparison(late, BASELINE, 3.0)] * 2, Policy(cells=2))
    assert (found.status, found.runs, found.decided_by) == (Status.FAIL, 20, "failed runs")


def test_a_loss_of_all_cells_fails_at_the_first_look_that_shows_it():
    cells = [comparison(88.2), comparison(88.3)]
    verdict = pool(cells, Policy(cells=2))
    assert (verdict.status, verdict.decided_by, verdict.runs) == (Status.FAIL, "location", 6)
    part = part_of(verdict, "location")
    assert part.level == pytest.approx(nominal_level(0.005 / 3, baseline_runs=20))
    assert verdict.reason == (
        f"worse by 1.50 margins on the mean of the cells, a loss of more than 0.50 is shown (p = {part.p:.2g})"
    )
    # as cells half a margin higher are worse at all
    lifted = [replace(cell, candidate=moved(cell.candidate, 0.5)) for cell in cells]
    assert part.p == pytest.approx(by_hand(lifted, 6)[2])
    assert (part.estimate, part.bound, part.limit) == (verdict.difference, verdict.lower_bound, -1.0)
    assert (verdict.status, verdict.ruled_out) == (Status.FAIL, None)


def by_hand(cells, n, margin=1.0):
    """Return difference, standard error and degrees of the mean over cells, from each cell's own test."""
    tests = []
    for cell in cells:
        sides = [[row.test for row in rows] for rows in (cell.candidate[: min(n, cell.ended or n)], cell.baseline)]
        tests.append((noninferiority(*sides, margin=1.0, pairing="moderated"), cell.margin * len(cells)))
    difference = sum(test.difference / unit for test, unit in tests)
    squares = [((test.standard_error / unit) ** 2, test.degrees) for test, unit in tests]
    variance = sum(square for square, _ in squares)
    degrees = variance**2 / sum(square**2 / degree for square, degree in squares)
    t = (difference + margin) / variance**0.5
    return (
        difference,
        stats.t.sf(t, degrees),
        stats.t.cdf(difference / variance**0.5, degrees),
        (variance**0.5, degrees),
    )


@pytest.mark.parametrize("ended", [None, 9])
def test_the_mean_is_the_plain_one_of_differences_in_margins(ended):
    cells = [comparison(89.8, 0.9, ended), comparison(89.0, 4.0), comparison(90.4, 0.5)]
    verdict = pool(cells, Policy(cells=3))
    *expected, (error, degrees) = by_hand(cells, 20)
    assert [verdict.difference, verdict.p_value, verdict.p_inferior] == pytest.approx(expected)
    level = nominal_level(0.05, baseline_runs=20)
    assert verdict.lower_bound == pytest.approx(expected[0] - error * stats.t.isf(level, degrees))
    part = part_of(verdict, "location")
    assert (part.p, part.level) == (verdict.p_value, pytest.approx(nominal_level(0.05, baseline_runs=20)))
    assert part.words == "a mean loss of 1 margins is ruled out"
    assert "margins, lower bound" in verdict.sentence()
    assert "points, lower bound" in judge(candidate(88.0), BASELINE, margin=1.0).sentence()


def test_the_error_of_a_mean_of_cells_holds_a_baseline_that_they_share_once():
    cells = [comparison(89.8, 0.9), comparison(89.0, 4.0), comparison(90.4, 0.5)]
    *_, (error, degrees) = by_hand(cells, 20)
    weights = [1 / cell.margin / 3 for cell in cells]
    known = [row.test for row in BASELINE]
    both = 2 * sum(one * other for one, other in itertools.combinations(weights, 2)) * np.var(known, ddof=1) / 20
    variance = error**2 + both
    satterthwaite = variance**2 / (error**4 / degrees + both**2 / 19)
    level = nominal_level(0.05, baseline_runs=20)
    found = gate.pool(cells, Policy(cells=3))
    expected = found.difference - variance**0.5 * stats.t.isf(level, satterthwaite)
    assert found.lower_bound == pytest.approx(expected)
    assert found.lower_bound < pool(cells, Policy(cells=3)).lower_bound
    # two of three share one
    [last] = apart(cells[2:])
    both = 2 * weights[0] * weights[1] * np.var(known, ddof=1) / 20
    variance = error**2 + both
    satterthwaite = variance**2 / (error**4 / degrees + both**2 / 19)
    two = gate.pool([*cells[:2], last], Policy(cells=3))
    assert two.lower_bound == pytest.approx(two.difference - variance**0.5 * stats.t.isf(level, satterthwaite))


def test_the_ranks_of_cells_that_share_a_baseline_are_of_all_their_runs_against_it():
    steady = [replace(row, test=88.5) for row in candidate()]
    cells = [Comparison(steady, BASELINE, margin) for margin in (0.6, 1.0)]
    ranks = pooled_rank_sum_p_value([([88.8] * 12 + [89.0] * 12, [row.test for row in BASELINE])])
    for alarm, status in ((1.01 * ranks, Status.FAIL), (0.99 * ranks, Status.INCONCLUSIVE)):
        policy = Policy(cells=2, looks=(12,), location_alarm=3 * alarm)
        found = gate.pool(cells, policy)
        assert (found.status, found.decided_by) == (status, "location")


def test_location_fails_only_where_a_mean_loss_of_one_margin_is_not_ruled_out():
    # five cells .45 margins down: each passes, and so do they together, though the loss is certain
    theirs = synthetic_rows(90.0, range(20), sd=0.3)
    cells = [Comparison(synthetic_rows(89.55, range(s, s + 20), sd=0.3), theirs, 1.0) for s in range(100, 200, 20)]
    verdict = pool(cells, Policy(cells=5))
    assert verdict.p_inferior < 1e-9
    assert (verdict.status, part_of(verdict, "location").says) == (Status.PASS, Says.ALLOWS)
    each = [judge(cell.candidate, theirs, Policy(cells=5), margin=1.0, alone=False) for cell in cells]
    assert {one.status for one in each} == {Status.PASS}
    # one question, one answer: at 1.3 margins both say no
    worse = [replace(cell, candidate=moved(cell.candidate, -0.9)) for cell in cells]
    assert pool(worse, Policy(cells=5)).status is Status.FAIL
    assert judge(worse[0].candidate, theirs, Policy(cells=5), margin=1.0, alone=False).status is Status.FAIL
    # a policy that allows less
    strict = pool(cells, Policy(cells=5, pooled_margin=0.3))
    assert (strict.status, strict.decided_by, strict.margin) == (Status.FAIL, "location", 0.3)


def test_a_shown_mean_loss_within_one_margin_never_fails():
    cells = [comparison(89.2, 0.9), comparison(89.2, 0.8)]
    verdict = pool(cells, Policy(cells=2, looks=(12,)))
    assert verdict.p_inferior < 0.005 / 3
    assert verdict.difference > -1.0
    assert (verdict.status, part_of(verdict, "location").says) == (Status.INCONCLUSIVE, Says.WITHHOLDS)
    for factor, status in ((1 - 1e-9, Status.INCONCLUSIVE), (1 + 1e-9, Status.FAIL)):
        policy = Policy(cells=2, looks=(12,), pooled_margin=-verdict.difference / factor)
        assert pool(cells, replace(policy, alarm_margin=0.0)).status is status
        # more than half of it must be lost beyond doubt
        assert pool(cells, policy).status is Status.INCONCLUSIVE


def test_the_ranks_of_the_cells_are_asked_for_more_than_half_a_margin_each_in_its_own():
    steady = [replace(row, test=88.5) for row in candidate()]
    cells = [Comparison(steady, BASELINE, margin) for margin in (0.6, 1.0)]
    strata = [([88.5 + lift] * 12, [row.test for row in BASELINE]) for lift in (0.3, 0.5)]
    ranks = pooled_rank_sum_p_value(strata)
    for alarm, status in ((1.01 * ranks, Status.FAIL), (0.99 * ranks, Status.INCONCLUSIVE)):
        policy = Policy(cells=2, looks=(12,), location_alarm=3 * alarm)
        found = pool(cells, policy)
        assert (found.status, found.decided_by) == (status, "location")


def test_a_lower_mean_of_the_cells_is_one_of_their_sound_runs():
    policy = Policy(cells=2, looks=(12,), location_alarm=0.3, session_failure_room=0.9, alarm_margin=0.0)
    rows = at(candidate(89.6), {3: 40.0, 5: 40.0})
    cells = [Comparison(rows, BASELINE, margin) for margin in (0.55, 0.6)]
    verdict = pool(cells, policy)
    sound = by_hand([replace(cell, candidate=[row for row in rows if row.test > 50]) for cell in cells], 10)
    assert verdict.p_inferior == pytest.approx(sound[2])
    # counted at the line, they lie beyond one margin; the others do not
    assert verdict.difference < -1.0 < sound[0]
    assert verdict.p_inferior < 0.1
    assert (verdict.status, part_of(verdict, "location").says) == (Status.INCONCLUSIVE, Says.WITHHOLDS)
    assert pool(cells, replace(policy, pooled_margin=-sound[0] - 1e-9)).status is Status.FAIL
    # where none has collapsed both are one
    whole = [replace(cell, candidate=candidate(89.6)) for cell in cells]
    assert pool(whole, policy).p_inferior == pytest.approx(by_hand(whole, 12)[2])


def test_a_mean_that_is_not_shown_leaves_the_pool_open():
    cells = [comparison(89.3, 0.65), comparison(89.3, 0.65)]
    policy = Policy(cells=2, location_alarm=1e-6)
    verdict = pool(cells, policy)
    assert (verdict.status, verdict.decided_by) == (Status.INCONCLUSIVE, "location")
    assert verdict.reason == "a mean loss of 1 margins is not ruled out"
    part = part_of(verdict, "location")
    assert (part.p, part.level) == (verdict.p_value, pytest.approx(nominal_level(0.05, baseline_runs=20)))
    assert verdict.ruled_out is None
    half = pool(cells, replace(policy, pooled_margin=0.5))
    assert half.reason == "a mean loss of 0.5 margins is not ruled out"


def test_a_pooled_loss_that_the_ranks_do_not_see_alarms_nobody():
    def two_far_below(start):
        rows = [replace(row, test=90.1) for row in synthetic_rows(90.0, range(start, start + 12))]
        return at(rows, {2: 87.0, 7: 87.0})

    policy = Policy(looks=(12,), location_alarm=0.6, cells=2, spread_alarm=1e-9)
    cells = [Comparison(two_far_below(start), BASELINE, 0.05) for start in (100, 200)]
    verdict = pool(cells, policy)
    assert verdict.p_inferior < 0.2
    assert (verdict.status, verdict.decided_by) == (Status.INCONCLUSIVE, "location")
    lower = [replace(cell, candidate=moved(cell.candidate[:2], -1) + list(cell.candidate[2:])) for cell in cells]
    assert pool(lower, policy).p_inferior < verdict.p_inferior


@pytest.mark.parametrize("margins", [(None, 1.0), (None, None)])
def test_a_cell_without_margin_leaves_no_mean_and_counts_its_lost_runs(margins):
    cells = [comparison(88.0, margin) for margin in margins]
    verdict = pool(cells, Policy(cells=2))
    assert part_of(verdict, "location") is None
    assert (verdict.difference, verdict.lower_bound, verdict.p_value, verdict.p_inferior) == (None,) * 4
    shaky = [comparison(margin=margin, **failing(*range(20))) for margin in margins]
    assert pool(shaky, Policy(cells=2)).decided_by == "failed runs"


def test_one_cell_has_no_pooled_mean_and_no_pooled_spread():
    verdict = pool([comparison(88.3)], Policy())
    assert [part.name for part in verdict.parts] == ["failed runs", "failure rate"]
    assert (verdict.status, verdict.difference) == (Status.PASS, None)


def test_too_few_sound_runs_in_a_cell_leave_no_mean_and_its_spread_out():
    few = comparison(**failing(*range(4)))
    verdict = pool([comparison(), few], SIX)
    assert part_of(verdict, "location") is part_of(verdict, "spread") is None
    three = pool([comparison(), comparison(), few], SIX)
    assert part_of(three, "location") is None
    assert part_of(three, "spread").p == part_of(pool([comparison(), comparison()], SIX), "spread").p


def test_a_cell_brings_no_more_runs_than_ended_it():
    assert len(comparison(ended=9).runs) == 9
    assert len(comparison().runs) == 20
    worse_later = at(candidate(), dict.fromkeys(range(9, 20), 88.0))
    ended = Comparison(worse_later, BASELINE, 1.0, 9)
    assert pool([ended, comparison()], Policy(cells=2)).status is Status.PASS
    for cells in ([ended, comparison()], [Comparison(worse_later[:9], BASELINE, 1.0), comparison()]):
        verdict = pool(cells, Policy(cells=2))
        assert (verdict.runs, verdict.failed, verdict.difference) == (
            20,
            0,
            pytest.approx(by_hand([comparison(ended=9), comparison()], 20)[0]),
        )
    # and the looks go no further than the cell that brings most
    short = pool([ended, ended], Policy(cells=2))
    assert (short.status, short.runs) == (Status.PASS, 9)


def test_looks_of_a_pool_are_those_up_to_the_most_runs_that_a_cell_brings():
    for runs, last in ((11, 9), (12, 12), (25, 20)):
        assert pool([comparison(runs=runs), comparison(runs=8)], Policy(cells=2)).runs == max(last, 8)
    anytime = pool([comparison(runs=11), comparison(runs=8)], Policy(cells=2, anytime=True))
    assert anytime.runs == 11
    assert part_of(anytime, "spread").level == pytest.approx(nominal_level(0.001, range(6, 21), 20))


def test_a_cell_with_fewer_runs_than_the_first_look_leaves_it_open():
    for runs, status in ((5, Status.INCONCLUSIVE), (6, Status.PASS)):
        verdict = pool([comparison(**failing(*range(0))), comparison(runs=runs)], Policy(cells=2))
        assert verdict.status is status
    few = pool([comparison(**failing(*range(20))), comparison(runs=5)], Policy(cells=2, looks=(6, 12)))
    assert (few.status, few.runs, few.parts) == (Status.INCONCLUSIVE, 0, ())
    assert few.reason == "a cell has fewer than the 6 runs of the first look"


def test_a_gap_in_one_cell_ends_what_it_brings():
    whole = comparison()
    gap = Comparison([row for row in whole.candidate if row.seed != "s107"], BASELINE, 1.0)
    assert len(gap.runs) == 7
    late = Comparison(at(gap.candidate, dict.fromkeys(range(7, 19), 20.0)), BASELINE, 1.0)
    assert pool([whole, gap], Policy(cells=2)) == pool([whole, late], Policy(cells=2))
    early = Comparison([row for row in whole.candidate if row.seed != "s103"], BASELINE, 1.0)
    assert pool([whole, early], Policy(cells=2)).reason.startswith("a cell has fewer than")


def test_no_cell_is_no_verdict_and_the_smallest_baseline_is_named():
    verdict = pool([], Policy(pairing="paired"))
    assert (verdict.status, verdict.reason, verdict.runs) == (Status.INCONCLUSIVE, "no cell to pool", 0)
    assert (verdict.baseline_runs, verdict.cell, verdict.pairing) == (0, "pooled", "paired")
    smaller = comparison(theirs=BASELINE[:14])
    verdict = pool([comparison(), smaller], Policy(cells=2))
    assert verdict.baseline_runs == 14
    # against it looks share least
    assert part_of(verdict, "location").level == pytest.approx(nominal_level(0.05, baseline_runs=14))
    assert part_of(verdict, "failed runs").level == pytest.approx(nominal_level(0.0035, baseline_runs=14))


def test_sound_runs_alone_make_the_level_of_a_pool():
    theirs = at(BASELINE, {2: 40.0, 3: 40.0})
    verdict = pool([comparison(theirs=theirs), comparison()], Policy(cells=2))
    assert part_of(verdict, "spread").level == pytest.approx(nominal_level(0.001, baseline_runs=18))
    assert (verdict.baseline_failed, verdict.baseline_collapsed) == (2, 2)
