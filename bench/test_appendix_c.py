"""Appendix C: the other precision class than the session's, beside it (Table 4)."""

import pytest

from stablebert.bench import PaperSection

CELLS = PaperSection("C")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)


@pytest.mark.claims("appendix C")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
