from dataclasses import replace
from pathlib import Path

from stablebert.analysis import Measured, judge_claims, judge_targets
from stablebert.paper import CLAIMS, Arm, cited_lines, printed_rows
from stablebert.report import claim_lines, claim_sentence, target_lines
from stablebert.report.paper import printed_tables
from tests.gate.exact_rows import exact_rows

PRINTED = printed_rows([Path(__file__).parents[2] / "baselines"])


def test_claims_are_a_table_their_words_and_what_was_not_run():
    cells = {("trec", Arm("reinit")): exact_rows(84, 1), ("trec", Arm("debiased")): exact_rows(80, 1)}
    lines = claim_lines(judge_claims([claim for claim in CLAIMS if len(claim.arms) > 1], cells))
    assert lines[1].split()[:4] == ["reinit-mean", "Table", "1", "PASS"]
    assert "+4.00" in lines[1]
    assert "reinit-mean: re-initialisation raises the mean (trec +4.00)" in lines
    assert "precision-bf16: not run: no runs of debiased_3ep_bf16, debiased_3ep_fp32" in lines
    assert len({line.index("PASS") for line in lines if " PASS " in line}) == 1


def test_a_claim_on_runs_that_are_no_evidence_says_why():
    rows = exact_rows(84, 1)
    cells = {("trec", Arm("reinit")): (*rows, rows[0]), ("trec", Arm("debiased")): rows}
    lines = claim_lines(judge_claims([claim for claim in CLAIMS if claim.name == "reinit-mean"], cells))
    assert "INVALID" in lines[1]
    assert lines[2] == "reinit-mean: the trec_reinit_3ep has seed s000 twice"


def test_a_claim_is_said_with_the_lines_that_it_stands_for():
    cited = cited_lines([Path(__file__).parents[2] / "baselines"])
    claims = {claim.name: claim for claim in CLAIMS}
    cells = {("trec", Arm("reinit")): exact_rows(84, 1), ("trec", Arm("debiased")): exact_rows(80, 1)}
    (shown,) = judge_claims([claims["reinit-mean"]], cells)
    assert claim_sentence(shown, cited) == (
        "PASS: reinit-mean: re-initialisation raises the mean (trec +4.00); shown (p = 1.7e-15). Table 1: c055 (5, p6): "
        "Re-init raises mean performance on all datasets, and usually lowers the variance"
    )
    (absent,) = judge_claims([claims["longer-mean"]], cells)
    words = claim_sentence(replace(absent, command="stablebert run trec_debiased_long_minilm_fp32"), cited)
    assert words.startswith(
        "missing: longer-mean: not run: no runs of debiased_long; `stablebert run trec_debiased_long"
    )


def test_nothing_run_is_no_table():
    lines = claim_lines(judge_claims(CLAIMS, {}))
    assert len(lines) == len(CLAIMS)
    assert all("not run" in line for line in lines)


def test_targets_are_a_table_and_their_reasons():
    row = PRINTED[0]
    measured = [
        Measured(row, "rte_debiased_3ep_bert-large_fp32", exact_rows(69.5, 2.5)),
        Measured(row, "rte_debiased_3ep_bert-large_bf16", ()),
    ]
    lines = target_lines(judge_targets(measured, PRINTED))
    assert "69.50 ± 2.50  69.5 ± 2.5  67.85 to 71.15" in lines[1]
    assert lines[1].endswith("plain/-")
    assert lines[-2].startswith("rte_debiased_3ep_bert-large_fp32, Table 1: a loss of 1.5 is ruled out; ")
    assert lines[-1] == "rte_debiased_3ep_bert-large_bf16, Table 1: the rte_debiased_3ep_bert-large_bf16 has no runs"


def test_the_tables_of_the_paper_have_ours_beside_them():
    row = PRINTED[0]
    measured = [
        Measured(row, "rte_debiased_3ep_bert-large_fp32", exact_rows(72.0, 2.5)),
        Measured(row, "rte_debiased_3ep_bert-large_bf16", ()),
    ]
    tables = printed_tables(PRINTED, judge_targets(measured, PRINTED))
    assert [table.number for table in tables] == [1, 2, 4, 5, 7]
    assert sum(len(table.rows) - 1 for table in tables) == len(PRINTED) + 1
    assert [table.measured for table in tables] == [1, 0, 0, 0, 0]
    head, first, second, *others = tables[0].rows
    found = dict(zip(head, first, strict=True))
    # t of 19 degrees is 2.093: 2.5 * 2.093 / sqrt(20) = 1.17
    assert (found["printed"], found["ours"], found["95 % interval"]) == (
        "69.5 ± 2.5 (20)",
        "72.00 ± 2.50 (20)",
        "70.83 to 73.17",
    )
    assert (found["difference"], found["in sd"], found["expected"]) == ("+2.50", "+1.00", "67.85 to 71.15")
    assert second[-1] == "the rte_debiased_3ep_bert-large_bf16 has no runs"
    assert {other[-1] for other in others} == {"no runs"}
