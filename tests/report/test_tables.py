from dataclasses import replace

import pytest

from stablebert.report import verdict_lines
from tests.report.verdicts import EVERY, INVALID, PASSED, POOLED, UNDECIDED


def test_the_table_reads_like_this():
    lines = verdict_lines([PASSED, INVALID, POOLED])
    assert lines == [
        "cell                           verdict       seeds  failed  difference  bound  margin  why",
        "trec_debiased_3ep_minilm_fp32  PASS           5/20     0/0       +0.31  -0.38    1.00  loss ruled out",
        "trec_debiased_3ep_minilm_fp32  INVALID         0/0     0/0           -      -       -  it has no baseline",
        "pooled (in margins)            INCONCLUSIVE   5/20     0/0       -0.60  -0.90    0.50  more seeds",
        "trec_debiased_3ep_minilm_fp32: it has no baseline",
        "pooled: a mean loss of 0.5 margins is not ruled out",
    ]


@pytest.mark.parametrize("cell", ["rte_debiased_3ep_minilm_fp32", "rte-1k_reinit.blocks5_800st_bert-large_fp32"])
def test_every_verdict_takes_one_line_of_120_columns(cell):
    long = replace(INVALID, reason="its baseline was made with another recipe, other data or other weights " * 3)
    verdicts = [replace(verdict, cell=cell) for verdict in (*EVERY.values(), long) if verdict.unit == "points"]
    table = verdict_lines(verdicts)[: len(verdicts) + 1]
    assert max(map(len, table)) <= 120
    assert all(line.startswith(cell) for line in table[1:])
    assert table[-1].endswith(" ...")


def test_what_is_cut_in_the_table_is_whole_below_it():
    reason = "its baseline was made with another recipe, other data or other weights than those of the candidate"
    assert verdict_lines([replace(INVALID, reason=reason)])[-1].endswith(reason)


def test_the_p_values_of_two_cells_are_adjusted_below_the_table():
    cells = [replace(PASSED, cell="a", p_inferior=0.02), replace(PASSED, cell="b", p_inferior=0.3)]
    line = verdict_lines([*cells, POOLED])[-1]
    assert line.endswith("gates nothing): a 0.04, b 0.3")
    # the control: one cell needs no adjustment
    assert len(verdict_lines(cells[:1])) == 2


def test_failed_runs_of_both_sides_are_shown():
    (_, line, *_) = verdict_lines([replace(UNDECIDED, failed=2, baseline_failed=3)])
    assert "5/20     2/3" in line
