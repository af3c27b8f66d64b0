"""Appendix B: seeds of the initialisation crossed with those of data order and dropout (Figures 9 and 10)."""

import pytest

from stablebert.bench import PaperSection

CELLS = PaperSection("B")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


@pytest.mark.claims("appendix B")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
