"""Section 5: re-initialising the pooler and the top blocks (Table 1, Figures 5 to 7), and the 1k data sets."""

import pytest

from stablebert.bench import PaperSection

CELLS = PaperSection("5")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)


@pytest.mark.claims("5")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
