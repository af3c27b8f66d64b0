"""Section 4: bias correction. BERTAdam against debiased Adam (Figures 2 to 4; Appendix E, Figures 11 and 12)."""

import pytest

from stablebert.bench import PaperSection

CELLS = PaperSection("4")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)


@pytest.mark.claims("4", "appendix E")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
