"""Any cell against any other."""

from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from stablebert.analysis import Side, compare, difference_of, rank
from stablebert.gate import Status
from tests.synthetic import synthetic_rows

SCORES = st.lists(st.floats(60, 95), min_size=5, max_size=12, unique=True)


def side(scores, label="a", *, streams="", first=0):
    """Return a cell with these scores; cells with the same `streams` are paired."""
    rows = synthetic_rows(0.0, range(first, first + len(scores)))
    return Side(
        label,
        [replace(row, test=float(score), head=row.head + streams) for row, score in zip(rows, scores, strict=True)],
    )


def about(mean, label, *, sd=0.5, runs=20, first=0, failed=()):
    return Side(label, synthetic_rows(mean, range(first, first + runs), sd=sd, failed=frozenset(failed)))


def one(candidate, other, margin=1.0, **options):
    return compare(candidate, [other], margins=[margin], **options)[0]


@settings(max_examples=25)
@given(SCORES, SCORES, st.floats(0.1, 5))
def test_two_samples_are_tested_as_statsmodels_does(ours, theirs, margin):
    found = difference_of(side(ours), side(theirs, streams="x"), margin=margin)
    oracle = CompareMeans(DescrStatsW(ours), DescrStatsW(theirs))
    assert found.pairing == "welch"
    assert found.p_noninferior == pytest.approx(oracle.ttest_ind("larger", "unequal", value=-margin)[1], rel=1e-6)
    assert found.p_superior == pytest.approx(oracle.ttest_ind("larger", "unequal")[1], rel=1e-6)
    assert (found.lower, found.upper) == pytest.approx(oracle.tconfint_diff(0.1, usevar="unequal"), rel=1e-6, abs=1e-9)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(60, 95), st.floats(60, 95)), min_size=5, max_size=12, unique=True))
def test_pairs_are_tested_as_scipy_does(pairs):
    ours, theirs = map(list, zip(*pairs, strict=True))
    if np.ptp(np.subtract(ours, theirs)) < 1e-6:
        return
    found = difference_of(side(ours), side(theirs), margin=1.0)
    assert (found.pairing, found.pairs) == ("paired", len(pairs))
    oracle = ttest_rel(ours, theirs, alternative="greater")
    assert found.p_superior == pytest.approx(oracle.pvalue, rel=1e-6)
    assert found.lower == pytest.approx(oracle.confidence_interval(0.95).low, rel=1e-6, abs=1e-9)


@settings(max_examples=25)
@given(SCORES, SCORES)
def test_swapped_sides_mirror(ours, theirs):
    found, mirrored = difference_of(side(ours), side(theirs)), difference_of(side(theirs), side(ours))
    assert (found.estimate, found.lower, found.upper) == pytest.approx(
        (-mirrored.estimate, -mirrored.upper, -mirrored.lower)
    )
    assert found.p_superior == pytest.approx(mirrored.p_inferior)


def test_pairs_need_the_same_streams_and_enough_seeds():
    scores = [90.0, 91.0, 92.0, 90.5, 91.5, 89.0]
    assert difference_of(side(scores), side(scores[::-1])).pairing == "paired"
    assert difference_of(side(scores), side(scores[::-1], streams="other")).pairing == "welch"
    assert difference_of(side(scores), side(scores, first=2)).pairing == "welch"
    assert difference_of(side(scores), side(scores[::-1] * 3)).pairing == "welch"


@pytest.mark.parametrize(
    ("mean", "sd", "status", "noninferior", "superior"),
    [
        (92.0, 0.5, Status.PASS, True, True),
        (90.0, 0.5, Status.PASS, True, False),
        (80.0, 0.5, Status.FAIL, False, False),
        (88.5, 6.0, Status.INCONCLUSIVE, False, False),
    ],
)
def test_both_verdicts(mean, sd, status, noninferior, superior):
    found = one(about(mean, "new", sd=sd, first=100), about(90.0, "old", sd=sd))
    assert (found.status, found.noninferior, found.superior) == (status, noninferior, superior)


def test_a_small_loss_that_is_shown_is_said_though_it_does_not_matter():
    found = one(about(89.5, "new", first=100), about(90.0, "old"), margin=2.0)
    assert found.status is Status.PASS
    assert "a smaller one is shown" in found.reason


def test_failed_runs_are_counted_apart_and_move_no_mean():
    whole, partly = about(90.0, "whole"), about(90.0, "partly", failed=range(9))
    found = one(partly, whole)
    assert found.status is Status.FAIL
    assert found.reason.startswith("9 of 20 runs failed, of the other's 0 of 20")
    assert found.ours.mean == pytest.approx(fmean(row.test for row in partly.rows if not row.failed))
    assert found.difference.pairs == 11
    assert one(whole, partly).status is Status.PASS


def test_without_a_margin_only_a_gain_is_a_pass():
    assert one(about(92.0, "new", first=100), about(90.0, "old"), None).status is Status.PASS
    found = one(about(90.0, "new", first=100), about(90.0, "old"), None)
    assert found.status is Status.INCONCLUSIVE
    assert "no margin" in found.reason


def test_runs_that_are_no_evidence_are_invalid_and_too_few_decide_nothing():
    rows = about(90.0, "old").rows
    found = one(Side("twice", [*rows, rows[0]]), about(90.0, "old"))
    assert (found.status, found.reason) == (Status.INVALID, "the candidate has seed s000 twice")
    few = one(about(90.0, "new", runs=4, failed=[0, 1]), about(90.0, "old", failed=range(8)))
    assert few.status is Status.INCONCLUSIVE
    assert few.difference is None


def test_many_others_raise_the_bar_for_a_gain():
    candidate, others = about(90.26, "new", first=100), [about(90.0, f"old{k}", first=200 + 20 * k) for k in range(6)]
    alone = one(candidate, others[0])
    among = compare(candidate, others, margins=[1.0] * 6)[0]
    assert alone.p_superior < among.p_superior
    assert alone.difference.p_noninferior == among.difference.p_noninferior


def test_a_ranking_shows_its_ties_and_who_fails():
    cells = [
        about(80.0, "low", first=100),
        about(90.0, "high", first=200),
        about(90.02, "highest", first=300),
        about(85.0, "failing", first=400, failed=range(400, 410)),
        about(70.0, "none", runs=5, failed=range(5)),
    ]
    found = rank(cells)
    assert [(cell.label, cell.band) for cell in found] == [
        ("highest", "1-3"),
        ("high", "1-3"),
        ("failing", "3-4"),
        ("low", "4-5"),
        ("none", "1-5"),
    ]
    assert set(found[2].fails_more_than) == {"low", "high", "highest"}
    assert found[4].summary.mean is None


def test_plain_data_spells_both_sides_out_and_is_silent_about_scores_that_are_no_evidence():
    whole = about(90.0, "old", first=200)
    data = one(about(92.0, "new", first=100, failed=[103]), whole).to_dict()
    assert [*data][:13] == (
        [
            "candidate",
            "other",
            "status",
            "reason",
            "runs",
            "other_runs",
            "failed",
            "other_failed",
            "mean",
            "sd",
            "other_mean",
            "other_sd",
            "margin",
        ]
    )
    assert (data["runs"], data["failed"], data["other_failed"]) == (20, 1, 0)
    assert (data["mean"], data["other_sd"]) == (pytest.approx(92.0, abs=0.3), whole.summary.sd)
    # the control: the same runs with one seed twice have a mean still, and it is not said
    broken = one(Side("twice", [*whole.rows, whole.rows[0]]), whole).to_dict()
    assert (broken["runs"], broken["mean"], broken["other_mean"]) == (21, None, None)
    (ranked,) = rank([whole])
    assert [*ranked.to_dict()] == ["label", "best", "worst", "runs", "failed", "mean", "sd", "fails_more_than"]
