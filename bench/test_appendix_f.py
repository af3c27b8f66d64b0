"""Appendix F: numbers of blocks on all tasks (Figure 13, 15 to 18), and other encoders (Tables 6 and 7)."""

import pytest

from stablebert.bench import PaperSection

CELLS = PaperSection("F")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)


@pytest.mark.claims("appendix F")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
