"""Appendix G: longer training on the other 1k data sets (Figure 14)."""

import pytest

from stablebert.bench import PaperSection

CELLS = PaperSection("G")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)


@pytest.mark.claims("appendix G")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
