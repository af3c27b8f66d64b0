"""Section 7: the methods that were proposed before, with debiased Adam (Table 2), at the values chosen."""

import pytest

from stablebert.bench import PaperSection

CELLS = PaperSection("7")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)


@pytest.mark.claims("7")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
