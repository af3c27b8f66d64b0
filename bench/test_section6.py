"""Section 6: longer training, with debiased Adam and with re-initialisation (Table 1, Figure 8)."""

import pytest

from stablebert.bench import EMBEDDED, GLUE_1K, GLUE_SMALL, cells

_TABLE, _FIGURE = {"section": "6", "table": "1"}, {"section": "6", "figure": "8"}
CELLS = [
    *cells(GLUE_SMALL, ["debiased"], _TABLE, {"section": "7", "table": "2"}, length="long"),
    *cells(GLUE_SMALL, ["reinit"], _TABLE, length="long"),
    *cells((*GLUE_1K, *EMBEDDED), ["debiased", "reinit"], _TABLE, _FIGURE, length="long"),
]


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)


@pytest.mark.claims("6", "appendix G")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
