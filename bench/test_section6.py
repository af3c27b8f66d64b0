"""Section 6: longer training, with debiased Adam and with re-initialisation (Table 1, Figure 8)."""

import pytest

from stablebert.bench import PaperSection

CELLS = PaperSection("6")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)


@pytest.mark.claims("6")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
