"""Cells together: the mean of their differences, and all of their failed runs."""

from dataclasses import replace

import pytest

from stablebert.gate import Comparison, Policy, Says, Status, judge, pool
from stablebert.stats import nominal_level, pooled_failure_p_value
from tests.synthetic import synthetic_rows

BASELINE = synthetic_rows(90.0, range(20))


def candidate(mean=90.0, runs=20, **options):
    return synthetic_rows(mean, range(100, 100 + runs), **options)


def comparison(mean, margin=1.0, **options):
    return Comparison(candidate(mean, **options), BASELINE, margin)


def part_of(verdict, name):
    return next((part for part in verdict.parts if part.name == name), None)


def test_pooled_cells_pass_together_where_one_alone_cannot():
    noisy = [Comparison(candidate(90.0, sd=2.0), synthetic_rows(90.0, range(20), sd=2.0), 2.0) for _ in range(6)]
    assert pool(noisy, Policy()).status is Status.PASS


def test_pooled_loss_fails():
    verdict = pool([comparison(87.0), comparison(87.5)], Policy(cells=2))
    assert (verdict.status, verdict.decided_by) == (Status.FAIL, "location")
    assert verdict.parts[1].level == pytest.approx(nominal_level(0.0025, baseline_runs=20))


def test_a_pooled_loss_that_the_ranks_do_not_see_alarms_nobody():
    def one_far_below(seeds):
        rows = [replace(row, test=90.6) for row in synthetic_rows(90.0, seeds)]
        return [replace(rows[2], test=60.0) if row is rows[2] else row for row in rows]

    policy = Policy(looks=(5,), location_alarm=0.5)
    cells = [Comparison(one_far_below(range(start, start + 5)), BASELINE, 1.0) for start in (100, 200)]
    verdict = pool(cells, policy)
    assert verdict.p_inferior < 0.5
    assert verdict.status is Status.INCONCLUSIVE


def test_the_pooled_difference_is_in_margins():
    verdict = pool([comparison(87.0), comparison(87.5)], Policy(cells=2))
    assert "margins, lower bound" in verdict.sentence()
    assert "points, lower bound" in judge(candidate(87.0), BASELINE, margin=1.0).sentence()
    cells = [judge(candidate(mean), BASELINE, Policy(looks=(5,)), margin=margin) for mean, margin in ((87, 1), (89, 4))]
    pooled = pool([comparison(87, 1), comparison(89, 4)], Policy(looks=(5,)))
    assert pooled.difference == pytest.approx(sum(cell.difference / cell.margin for cell in cells) / 2)


def test_rare_failures_add_up_over_the_cells():
    # two of five in each cell say little, in six cells they say enough
    cells = [comparison(90.0, failed=frozenset({100, 103})) for _ in range(6)]
    verdict = pool(cells, Policy(cells=6))
    assert (verdict.status, verdict.decided_by, verdict.runs) == (Status.FAIL, "failed runs", 5)
    part = part_of(verdict, "failed runs")
    assert part.p == pytest.approx(pooled_failure_p_value([(2, 5, 0, 20)] * 6))
    assert part.level == pytest.approx(nominal_level(0.0015, baseline_runs=20))
    assert "12 of 30 runs failed in all cells" in verdict.reason
    alone = judge(cells[0].candidate, BASELINE, Policy(cells=6), margin=1.0)
    assert alone.decided_by != "failed runs"
    # the control: where the baselines fail as often, nothing alarms
    shaky = synthetic_rows(90.0, range(20), failed=frozenset(range(0, 20, 3)))
    assert pool([replace(cell, baseline=shaky) for cell in cells], Policy(cells=6)).status is not Status.FAIL


def test_three_cells_pass_only_with_their_failure_rate_in_reach():
    failing = frozenset({100, 101})
    three = [comparison(90.0, failed=failing if number == 0 else frozenset()) for number in range(3)]
    policy = Policy(looks=(5,))
    verdict = pool(three, policy)
    assert (verdict.status, verdict.decided_by) == (Status.INCONCLUSIVE, "failure rate")
    assert part_of(verdict, "location").says is Says.ALLOWS
    assert pool([comparison(90.0)] * 3, policy).status is Status.PASS
    assert part_of(pool(three[:2], policy), "failure rate") is None


def test_a_cell_without_margin_counts_only_its_failed_runs():
    bare = comparison(60.0, margin=None)
    verdict = pool([comparison(90.0), comparison(90.0), bare], Policy())
    assert verdict.status is Status.PASS
    assert pool([comparison(90.0), bare], Policy()).decided_by == "location"
    failing = [comparison(90.0, margin=None, failed=frozenset(range(100, 120))) for _ in range(2)]
    assert pool(failing, Policy()).decided_by == "failed runs"


def test_too_few_runs_left_in_a_cell_leave_the_mean_undecided():
    verdict = pool([comparison(90.0), comparison(90.0, failed=frozenset({100, 101, 102}))], Policy(looks=(5,)))
    assert part_of(verdict, "location").says is Says.UNDECIDED


def test_a_gap_in_one_cell_ends_the_pooled_replay():
    whole = comparison(89.2, margin=0.75)
    gap = Comparison([row for row in whole.candidate if row.seed != "s107"], BASELINE, 0.75)
    assert pool([whole, gap], Policy(cells=2)).runs == 5
    assert pool([whole, whole], Policy(cells=2)).runs > 5


def test_one_cell_is_not_pooled():
    assert pool([comparison(90.0)], Policy()).status is Status.INCONCLUSIVE
    assert pool([], Policy()).status is Status.INCONCLUSIVE
