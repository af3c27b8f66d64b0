"""Section 5: re-initialising the pooler and the top blocks (Table 1, Figure 5), and the 1k data sets."""

import pytest

from stablebert.bench import EMBEDDED, GLUE_1K, GLUE_SMALL, cells

CELLS = [
    *cells(GLUE_SMALL, ["reinit"], {"section": "5", "table": "1"}, {"section": "7", "table": "2"}),
    *cells(GLUE_1K, ["bertadam"], {"section": "4"}),
    *cells(GLUE_1K, ["debiased", "reinit"], {"section": "5", "table": "1"}),
    *cells(EMBEDDED, ["reinit"], {"section": "5", "table": "1"}),
]


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)


@pytest.mark.claims("5", "appendix B")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
