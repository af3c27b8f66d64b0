"""Cells together: their lost runs, given the rate of each cell's own baseline, and their spread."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stablebert import gate
from stablebert.gate import Comparison, Policy, Says, Status, judge
from stablebert.stats import nominal_level, pooled_failure_p_value, pooled_spread_p_value
from tests.gate.arms import BASELINE, apart, at, candidate, failing, part_of
from tests.gate.arms import pool_apart as pool
from tests.synthetic import synthetic_rows

SIX = Policy(looks=(6,))


def comparison(runs=20, lost=(), baseline_lost=0, margin=5.0, ended=None):
    theirs = synthetic_rows(90.0, range(20), failed=frozenset(range(baseline_lost)))
    return Comparison(candidate(runs=runs, **failing(*lost)), theirs, margin, ended)


def upper(lost, runs):
    return stats.binomtest(lost, runs, alternative="less").proportion_ci(0.95, method="exact").high


def test_rare_failures_add_up_over_the_cells():
    # two of six in each cell say little, in six cells they say enough
    cells = [comparison(lost=(0, 3)) for _ in range(6)]
    verdict = pool(cells, Policy(cells=6))
    assert (verdict.status, verdict.decided_by, verdict.runs) == (Status.FAIL, "failed runs", 6)
    part = part_of(verdict, "failed runs")
    assert part.p == pytest.approx(pooled_failure_p_value([(2, 6, 0, 20)] * 6))
    # half of the alarm, whatever the cells
    assert part.level == pytest.approx(nominal_level(0.0035, baseline_runs=20))
    assert (part.estimate, part.limit) == (12 / 36, 0.0)
    assert verdict.reason == f"12 of 36 runs lost in all cells, in the baselines 0 of 120 (p = {part.p:.2g})"
    assert (verdict.failed, verdict.baseline_failed, verdict.collapsed) == (12, 0, 0)
    alone = judge(cells[0].candidate, BASELINE, Policy(cells=6), margin=1.0)
    assert alone.decided_by != "failed runs"
    # the control: where the baselines fail as often, nothing alarms
    shaky = synthetic_rows(90.0, range(20), failed=frozenset(range(0, 20, 3)))
    control = pool([replace(cell, baseline=shaky) for cell in cells], Policy(cells=6))
    assert control.status is not Status.FAIL
    assert part_of(control, "failed runs").limit == 0.35


def test_collapsed_runs_count_with_the_failed_ones():
    one = pool([Comparison(at(candidate(), {0: 40.0, 3: 40.0}), BASELINE, 5.0) for _ in range(6)], Policy(cells=6))
    other = pool([comparison(lost=(0, 3)) for _ in range(6)], Policy(cells=6))
    assert part_of(one, "failed runs") == part_of(other, "failed runs")
    assert (one.failed, one.collapsed) == (12, 12)


def test_the_pooled_bound_must_be_within_the_sessions_room_of_the_baselines_rate():
    for lost in range(6):
        verdict = pool([comparison(lost=range(lost)), comparison()], Policy(looks=(12,), cells=2))
        part = part_of(verdict, "failure rate")
        assert (part.estimate, part.bound, part.limit) == pytest.approx((lost / 24, upper(lost, 24), 0.25))
        allowed = upper(lost, 24) <= 0.25
        assert part.says is (Says.ALLOWS if allowed else Says.WITHHOLDS)
        # the exact test alarms later than the bound withholds
        assert (verdict.status is Status.PASS) == allowed
        if not allowed:
            assert (verdict.status, verdict.decided_by) == (Status.INCONCLUSIVE, "failure rate")
            assert verdict.reason == f"the failure rate may be {100 * upper(lost, 24):.0f} %, above 25 %"
    # the room of a single cell among several is not asked
    wide, narrow = (
        pool([comparison(lost=range(5)), comparison()], Policy(looks=(12,), cells=2, **rooms))
        for rooms in ({"session_failure_room": 0.5}, {"failure_room": 0.99})
    )
    assert (wide.status, narrow.status) == (Status.PASS, Status.INCONCLUSIVE)


def test_one_cell_asks_no_less_than_ten():
    for lost, status in (((), Status.PASS), ((3, 4), Status.INCONCLUSIVE)):
        verdict = pool([comparison(lost=lost)], Policy(looks=(12,)))
        assert (verdict.status, verdict.decided_by) == (status, "failure rate")
        assert part_of(verdict, "failure rate").bound == pytest.approx(upper(len(lost), 12))


def test_a_cell_that_fails_in_its_baseline_brings_that_rate_in_the_share_of_its_runs():
    # 20 runs where half fail at home, 6 where none does: equal candidates would lose 10 of 26
    cells = [comparison(lost=range(10), baseline_lost=10), comparison(ended=6)]
    verdict = pool(cells, Policy(cells=2))
    part = part_of(verdict, "failure rate")
    assert part.limit == pytest.approx((20 * 0.5 + 6 * 0.0) / 26 + 0.25)
    assert (part.says, part.bound) == (Says.ALLOWS, pytest.approx(upper(10, 26)))
    # Simpson's paradox: the rate of all baselines together, 1 in 4, would withhold what is no worse anywhere
    assert part.bound > 10 / 40 + 0.25
    assert verdict.status is Status.PASS
    assert verdict.ruled_out.more_lost == pytest.approx(upper(10, 26) - 10 / 26)
    # and the other way round it would let pass what fails in 5 of 20 runs where the baseline never does
    turned = pool([comparison(lost=range(5)), comparison(lost=range(3), baseline_lost=10, ended=6)], Policy(cells=2))
    part = part_of(turned, "failure rate")
    assert (part.limit, part.bound) == pytest.approx((3 / 26 + 0.25, upper(8, 26)))
    assert (part.says, part.bound < 10 / 40 + 0.25) == (Says.WITHHOLDS, True)


def by_every_choice(strata):
    """Return the share of the ways to hand out each cell's lost runs that give the candidate as many or more."""
    counts = [0]
    for lost, runs, baseline_lost, baseline_runs in strata:
        marks = [1] * (lost + baseline_lost) + [0] * (runs + baseline_runs - lost - baseline_lost)
        choices = [sum(choice) for choice in itertools.combinations(marks, runs)]
        counts = [former + choice for former in counts for choice in choices]
    return np.mean(np.array(counts) >= sum(one[0] for one in strata))


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=2))
def test_the_exact_test_is_stratified_by_cell(lost):
    cells, strata = [], []
    for ours, theirs in lost:
        baseline = synthetic_rows(90.0, range(4), failed=frozenset(range(theirs)))
        cells.append(Comparison(candidate(runs=3, **failing(*range(ours))), baseline, None))
        strata.append((ours, 3, theirs, 4))
    found = part_of(pool(cells, Policy(looks=(3,))), "failed runs")
    assert found.p == pytest.approx(by_every_choice(strata))


def wide_cells(count, sd):
    return [
        Comparison(synthetic_rows(91.0, range(start, start + 20), sd=sd), BASELINE, 5.0)
        for start in range(100, 100 + 20 * count, 20)
    ]


def test_more_spread_in_all_cells_fails_where_each_alone_says_little():
    cells = wide_cells(6, 1.0)
    verdict = pool(cells, Policy(cells=6))
    assert (verdict.status, verdict.decided_by, verdict.collapsed) == (Status.FAIL, "spread", 0)
    part = part_of(verdict, "spread")
    strata = [
        ([row.test for row in cell.candidate[: verdict.runs]], [row.test for row in cell.baseline]) for cell in cells
    ]
    assert part.p == pytest.approx(pooled_spread_p_value([([ours], theirs) for ours, theirs in strata]))
    assert part.level == pytest.approx(nominal_level(0.001, baseline_runs=20))
    ratio = np.mean([np.std(ours, ddof=1) / np.std(theirs, ddof=1) for ours, theirs in strata])
    assert (part.estimate, part.limit) == (pytest.approx(ratio), 1.0)
    words = f"the runs scatter {ratio:.2f} times as much on the mean of the cells (p = {part.p:.2g})"
    assert verdict.reason == words
    for cell in cells:
        assert judge(cell.candidate[: verdict.runs], BASELINE, Policy(cells=6), margin=5.0).status is not Status.FAIL
    assert pool(wide_cells(6, 0.5), Policy(cells=6)).status is Status.PASS


def test_spread_is_of_the_sound_runs():
    cells = wide_cells(2, 0.5)
    far = [replace(cell, candidate=at(cell.candidate, {3: 40.0})) for cell in cells]
    strata = [([row.test for row in cell.candidate if row.test > 50], [row.test for row in BASELINE]) for cell in far]
    assert part_of(pool(far, Policy(cells=2)), "spread").p == pytest.approx(
        pooled_spread_p_value([([ours], theirs) for ours, theirs in strata])
    )


def test_accepted_runs_that_cells_share_count_once():
    # other failed runs of equal rows, made anew: the same accepted runs are known by what they say
    lost = [comparison(lost=(0, 3), baseline_lost=2) for _ in range(3)]
    verdict = gate.pool(lost, replace(SIX, cells=3))
    part = part_of(verdict, "failed runs")
    table = [[6, 2], [12, 18]]
    assert part.p == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)
    assert (part.estimate, part.limit) == (6 / 18, 2 / 20)
    assert "6 of 18 runs lost in all cells, in the baselines 2 of 20" in part.words
    wide = wide_cells(3, 0.7)
    strata = [([[row.test for row in cell.candidate] for cell in wide], [row.test for row in BASELINE])]
    assert part_of(gate.pool(wide, Policy(cells=3)), "spread").p == pytest.approx(pooled_spread_p_value(strata))
    # a run without a score, read anew, is the same run; and a part of the runs is another baseline
    bad = [[replace(row, test=float("nan")) if row.failed else row for row in cell.baseline] for cell in lost]
    unscored = [replace(cell, baseline=rows) for cell, rows in zip(lost, bad, strict=True)]
    assert part_of(gate.pool(unscored, replace(SIX, cells=3)), "failed runs").p == part.p
    fewer = [lost[0], replace(lost[1], baseline=lost[1].baseline[:19])]
    assert "of 39" in part_of(gate.pool(fewer, replace(SIX, cells=2)), "failed runs").words
    # one that has other accepted runs is a stratum beside them
    other = apart([*lost, lost[0]])[3]
    assert part_of(gate.pool([*lost, other], replace(SIX, cells=4)), "failed runs").p == pytest.approx(
        pooled_failure_p_value([(6, 18, 2, 20), (2, 6, 2, 20)])
    )


def test_cells_that_do_not_vary_have_a_spread_all_the_same():
    still = [replace(row, test=90.0) for row in BASELINE]
    cells = [Comparison([replace(row, test=90.0) for row in candidate()], still, 5.0)] * 2
    verdict = pool(cells, Policy(cells=2))
    assert verdict.status is Status.PASS
    assert part_of(verdict, "spread").words == "the runs scatter 0.00 times as much on the mean of the cells"
    assert verdict.ruled_out.loss == 0.0
    # a point of spread where there was none counts as a point
    wider = [Comparison(candidate(), still, 5.0)] * 2
    sd = np.std([row.test for row in candidate() if row.test >= 89], ddof=1)
    part = part_of(pool(wider, Policy(cells=2, looks=(20,))), "spread")
    assert part.estimate == pytest.approx(sd)
