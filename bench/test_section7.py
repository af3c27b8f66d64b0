"""Section 7: the methods that were proposed before, with debiased Adam (Table 2, Appendix H)."""

import pytest

from stablebert.bench import EMBEDDED, GLUE_SMALL, cells

_METHODS = ("llrd", "mixout", "wdecay", "prior", "transfer")
CELLS = [
    *cells(GLUE_SMALL, _METHODS, {"section": "7", "table": "2"}),
    # the embedded encoder's intermediate task is one of these
    *(
        cell
        for cell in cells(EMBEDDED, _METHODS, {"section": "7", "table": "2"})
        if (cell.task, cell.method) != ("rotten", "transfer")
    ),
]


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)


@pytest.mark.claims("7", "appendix F")
def test_claim(claim, stablebert_claims):
    stablebert_claims.judge(claim)
