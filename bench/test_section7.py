"""Section 7: the methods that were proposed before, with debiased Adam (Table 2), at the values chosen."""

from stablebert.bench import PaperSection

CELLS = PaperSection("7")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)
