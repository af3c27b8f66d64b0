"""Appendix D: bias correction on the whole of MNLI (Table 5)."""

import pytest

from stablebert.bench import PaperSection

CELLS = PaperSection("D")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)


@pytest.mark.claims("appendix D")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
