"""A cell without a margin: its mean is reported, and the other parts gate it."""

from dataclasses import replace

import numpy as np
import pytest

from stablebert.gate import Policy, Status, judge
from tests.gate.arms import BASELINE, candidate


def test_without_margin_location_is_reported_and_never_gated():
    verdict = judge(candidate(80.0), BASELINE, margin=None)
    assert (verdict.status, verdict.runs) == (Status.INCONCLUSIVE, 20)
    assert verdict.difference == pytest.approx(-10, abs=0.6)
    assert verdict.p_value is None
    assert "and no margin says whether that matters" in verdict.reason
    # the control: any margin gates it; failed runs need none
    assert judge(candidate(80.0), BASELINE, margin=5.0).status is Status.FAIL
    assert judge(candidate(failed=frozenset(range(100, 120))), BASELINE, margin=None).status is Status.FAIL


def test_without_margin_an_equal_candidate_passes_by_the_other_parts():
    verdict = judge(candidate(), BASELINE, margin=None)
    assert (verdict.status, verdict.runs) == (Status.PASS, 5)
    assert verdict.reason == "its mean is reported, not gated: it has no margin"
    # a part that is gated withholds it still
    cap = Policy(looks=(5,), failure_room=0.2)
    assert judge(candidate(), BASELINE, cap, margin=None).decided_by == "failure rate"


@pytest.mark.parametrize(("loss", "least", "most"), [(0.0, 0, 8), (3.0, 360, 400)])
def test_without_margin_a_pass_is_withheld_from_one_equal_candidate_in_a_hundred(loss, least, most):
    generator = np.random.default_rng(0)
    policy = Policy(looks=(5,), endpoint="none")
    withheld = 0
    for _ in range(400):
        ours, theirs = (
            [replace(row, test=mean + generator.standard_normal()) for row in rows]
            for rows, mean in ((candidate(runs=5), 90.0 - loss), (BASELINE, 90.0))
        )
        withheld += judge(ours, theirs, policy, margin=None).status is Status.INCONCLUSIVE
    assert least <= withheld <= most
