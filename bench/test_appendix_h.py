"""Appendix H: the values that Section 7 searches, those that were not chosen."""

from stablebert.bench import PaperSection

CELLS = PaperSection("H")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)
