"""Cells together: the pooled test, and what a whole session says."""

import pytest

from stablebert.gate import Comparison, Policy, Status, Verdict, judge, pool, session_status
from tests.synthetic import synthetic_rows

BASELINE = synthetic_rows(90.0, range(20))


def candidate(mean=90.0, runs=20, **options):
    return synthetic_rows(mean, range(100, 100 + runs), **options)


def comparison(mean, margin=1.0):
    return Comparison(candidate(mean), BASELINE, margin)


def test_pooled_cells_pass_together_where_one_alone_cannot():
    noisy = [Comparison(candidate(90.0, sd=2.0), synthetic_rows(90.0, range(20), sd=2.0), 2.0) for _ in range(6)]
    assert pool(noisy, Policy()).status is Status.PASS


def test_pooled_loss_fails():
    assert pool([comparison(87.0), comparison(87.5)], Policy(cells=2)).status is Status.FAIL


def test_the_pooled_difference_is_in_margins():
    verdict = pool([comparison(87.0), comparison(87.5)], Policy(cells=2))
    assert "margins, lower bound" in verdict.sentence()
    assert "points, lower bound" in judge(candidate(87.0), BASELINE, margin=1.0).sentence()


def test_a_gap_in_one_cell_ends_the_pooled_replay():
    whole = comparison(89.2, margin=0.75)
    gap = Comparison([row for row in whole.candidate if row.seed != "s107"], BASELINE, 0.75)
    assert pool([whole, gap], Policy(cells=2)).runs == 5
    assert pool([whole, whole], Policy(cells=2)).runs > 5


def test_one_cell_is_not_pooled():
    assert pool([comparison(90.0)], Policy()).status is Status.INCONCLUSIVE


def verdict_of(status, difference=0.0):
    return Verdict("cell", status, "", difference=difference, margin=1.0)


@pytest.mark.parametrize(
    ("cells", "pooled", "expected"),
    [
        ("PASS PASS", "INCONCLUSIVE", "PASS"),
        ("PASS FAIL", "PASS", "FAIL"),
        ("FAIL INVALID", "PASS", "INVALID"),
        ("PASS INCONCLUSIVE", "PASS", "PASS"),
        ("PASS INCONCLUSIVE", "INCONCLUSIVE", "INCONCLUSIVE"),
        ("PASS PASS", "FAIL", "FAIL"),
    ],
)
def test_session_status(cells, pooled, expected):
    verdicts = [verdict_of(Status(name)) for name in cells.split()]
    assert session_status(verdicts, verdict_of(Status(pooled))) is Status(expected)


def test_an_undecided_cell_below_its_margin_keeps_the_session_undecided():
    verdicts = [verdict_of(Status.PASS), verdict_of(Status.INCONCLUSIVE, difference=-1.2)]
    assert session_status(verdicts, verdict_of(Status.PASS)) is Status.INCONCLUSIVE


def test_a_session_without_gates_has_no_verdict():
    with pytest.raises(ValueError, match="without a gate"):
        session_status([], verdict_of(Status.PASS))
