"""What a whole session says."""

from dataclasses import replace

import pytest

from stablebert.gate import Status, Verdict, session_status


def verdict_of(status, difference=0.0, margin=1.0):
    return Verdict("cell", status, "", difference=difference, margin=margin)


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


@pytest.mark.parametrize(
    ("difference", "margin", "expected"),
    [(-1.2, 1.0, "INCONCLUSIVE"), (-0.8, 1.0, "PASS"), (-1.2, None, "PASS"), (None, 1.0, "INCONCLUSIVE")],
)
def test_the_pooled_test_carries_an_undecided_cell_unless_its_estimate_lies_below_its_margin(
    difference, margin, expected
):
    verdicts = [verdict_of(Status.PASS), verdict_of(Status.INCONCLUSIVE, difference, margin)]
    assert session_status(verdicts, verdict_of(Status.PASS)) is Status(expected)


def test_a_shown_loss_in_a_cell_without_margin_is_not_carried():
    lower = replace(verdict_of(Status.INCONCLUSIVE, -1.2, None), decided_by="location")
    assert session_status([verdict_of(Status.PASS), lower], verdict_of(Status.PASS)) is Status.INCONCLUSIVE


def test_a_session_without_gates_has_no_verdict():
    with pytest.raises(ValueError, match="without a gate"):
        session_status([], verdict_of(Status.PASS))
