"""Appendix B: seeds of the initialisation crossed with those of data order and dropout (Figures 9 and 10)."""

from stablebert.bench import PaperSection

CELLS = PaperSection("B")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)
