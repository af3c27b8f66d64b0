"""Appendix C: the other precision class than the session's, beside it (Table 4)."""

from stablebert.bench import PaperSection

CELLS = PaperSection("C")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)
