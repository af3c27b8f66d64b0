"""What a PASS rules out: three numbers by independent formulas, and their words."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

from stablebert.gate import Comparison, Policy, RuledOut, Status, judge, pool
from tests.gate.arms import BASELINE, at, candidate, failing
from tests.synthetic import synthetic_rows

WIDE = Policy(looks=(12,), session_failure_room=0.9)


def spread_bound(ours, theirs):
    """Return the ratio by which the baseline must be blown up until scipy's Levene test just sees it scatter more."""

    def excess(log_ratio):
        blown = np.exp(log_ratio) * np.array(theirs)
        found = stats.levene(blown, ours, center="median")
        more = np.abs(blown - np.median(blown)).mean() > np.abs(ours - np.median(ours)).mean()
        return (found.pvalue / 2 if more else 1 - found.pvalue / 2) - 0.05

    return np.exp(optimize.brentq(excess, -5, 5))


@pytest.mark.parametrize("mean", [89.6, 90.0, 91.0])
@pytest.mark.parametrize(("lost", "baseline_lost"), [(0, 0), (1, 0), (1, 3), (0, 5)])
def test_the_numbers_of_a_pass_are_those_of_independent_formulas(mean, lost, baseline_lost):
    ours = candidate(mean, runs=12, **failing(*range(lost)))
    theirs = synthetic_rows(90.0, range(20), failed=frozenset(range(baseline_lost)))
    verdict = judge(ours, theirs, WIDE, margin=1.5)
    assert verdict.status is Status.PASS
    found = verdict.ruled_out
    assert found.loss == -verdict.lower_bound
    upper = stats.binomtest(lost, 12, alternative="less").proportion_ci(0.95, method="exact").high
    assert found.more_lost == pytest.approx(upper - baseline_lost / 20)
    sides = [[row.test for row in rows if not row.failed] for rows in (ours, theirs)]
    assert found.spread == pytest.approx(spread_bound(*map(np.array, sides)), abs=2e-3)


def test_collapsed_runs_are_among_the_lost_and_in_no_spread():
    one, other = (
        judge(rows, BASELINE, WIDE, margin=3.0).ruled_out
        for rows in (at(candidate(), {2: 40.0}), candidate(**failing(2)))
    )
    assert (one.more_lost, one.spread) == (other.more_lost, other.spread)
    assert one.loss > other.loss


def test_only_a_pass_rules_anything_out():
    for rows, status in ((candidate(88.0), Status.FAIL), (candidate(89.3, runs=6), Status.INCONCLUSIVE), ([], None)):
        verdict = judge(rows, BASELINE, margin=0.75)
        assert verdict.status is (status or Status.INVALID)
        assert verdict.ruled_out is None


def test_the_words_stand_in_the_sentence_of_a_pass():
    verdict = judge(candidate(), BASELINE, margin=1.5)
    words = verdict.ruled_out.words(1.5, sd=verdict.baseline_sd)
    loss = f"loses at most {-verdict.lower_bound:.2f} (margin 1.50, {1.5 / verdict.baseline_sd:.1f} sd)"
    assert words == f"{loss}; at most 22 % more lost runs; spread at most 2.6 times"
    assert verdict.sentence().endswith(f"; {words}")


def test_words_of_each_number_and_of_none():
    full = RuledOut(0.41, 0.19, 1.7)
    assert full.words(0.59) == "loses at most 0.41 (margin 0.59); at most 19 % more lost runs; spread at most 1.7 times"
    assert full.words() == "loses at most 0.41; at most 19 % more lost runs; spread at most 1.7 times"
    assert RuledOut(0.41).words(1.0, "margins") == "loses at most 0.41 margins (margin 1.00)"
    # the margin in standard deviations of the baseline, where it is in points and there are some
    assert RuledOut(0.41).words(0.6, sd=0.4) == "loses at most 0.41 (margin 0.60, 1.5 sd)"
    for options in ({"unit": "margins", "sd": 0.4}, {"sd": 0.0}, {"sd": None}):
        assert RuledOut(0.41).words(0.6, **options).endswith("(margin 0.60)")
    assert RuledOut(0.41).words(None, sd=0.4) == "loses at most 0.41"
    assert RuledOut(-0.25).words(1.0) == "gains at least 0.25 (margin 1.00)"
    assert RuledOut(0.0).words() == "loses at most 0.00"
    assert RuledOut(more_lost=-0.2).words(1.0) == "at most 0 % more lost runs"
    assert RuledOut(spread=0.52).words() == "spread at most 0.5 times"
    assert RuledOut(spread=0.03).words() == "spread at most 0.1 times"
    # of a small margin two digits, and as many of the loss
    assert RuledOut(0.00123).words(0.004) == "loses at most 0.0012 (margin 0.0040)"
    assert RuledOut(more_lost=0.2, spread=2.04).words() == "at most 20 % more lost runs; spread at most 2.0 times"
    assert RuledOut(more_lost=0.996).words() == "at most 100 % more lost runs"
    assert RuledOut(more_lost=0.754).words() == "at most 75 % more lost runs"
    assert RuledOut().words(1.0) == ""


def test_a_spread_that_no_ratio_bounds_is_left_out():
    still = [replace(row, test=90.0) for row in BASELINE]
    verdict = judge([replace(row, test=90.0) for row in candidate()], still, WIDE, margin=1.0)
    assert verdict.ruled_out.spread is None
    assert verdict.ruled_out.words(1.0) == "loses at most 0.00 (margin 1.00); at most 22 % more lost runs"
    assert not str(verdict.ruled_out.loss).startswith("-")


def test_the_pool_rules_out_a_mean_loss_in_margins_and_more_lost_runs():
    theirs = synthetic_rows(90.0, range(20), failed=frozenset({1, 2}))
    cells = [Comparison(candidate(), BASELINE, 1.0), Comparison(candidate(**failing(3)), theirs, 2.0)]
    verdict = pool(cells, Policy(cells=2))
    assert verdict.status is Status.PASS
    upper = stats.binomtest(1, 40, alternative="less").proportion_ci(0.95, method="exact").high
    assert verdict.ruled_out == RuledOut(-verdict.lower_bound, pytest.approx(upper - 0.05))
    assert f"loses at most {-verdict.lower_bound:.2f} margins (margin 1.00); at most 6 % more" in verdict.sentence()
    # one cell has no mean of several
    single = pool(cells[:1], Policy())
    assert (single.status, single.ruled_out.loss, single.ruled_out.spread) == (Status.PASS, None, None)
    assert single.ruled_out.more_lost == pytest.approx(1 - 0.05 ** (1 / 20))
