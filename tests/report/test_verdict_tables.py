from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from stablebert.baselines import Budget, Waiver
from stablebert.gate import Status, Verdict
from stablebert.project import JudgedSession
from stablebert.report import note_lines, properties_of, verdict_lines
from tests.report.verdicts import EVERY, INVALID, PASSED, POOLED, SHOWN, UNDECIDED
from tests.synthetic import passed_bridge


def test_the_table_reads_like_this():
    lines = verdict_lines([PASSED, INVALID, POOLED])
    assert lines == [
        "cell                           verdict       seeds  lost  difference  bound  margin  why",
        "trec_debiased_3ep_minilm_fp32  PASS           6/20   0/0       +0.25  -0.30    1.00  loss ruled out",
        "trec_debiased_3ep_minilm_fp32  INVALID         0/0   0/0           -      -       -  it has no baseline",
        "pooled (in margins)            INCONCLUSIVE   5/20   0/0       -0.60  -0.90    0.50  more seeds",
        "trec_debiased_3ep_minilm_fp32: loses at most 0.30 (margin 1.00, 2.3 sd); at most 39 % more lost runs; spread "
        "at most 2.8 times",
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
    assert not any("Holm" in line for line in verdict_lines(cells[:1]))


def test_a_pass_says_the_loss_that_is_shown():
    (*_, line) = verdict_lines([SHOWN])
    assert line.startswith(f"{SHOWN.cell}: loss shown: -0.30, p = 4e-05; loses at most 0.30 (margin 1.00, 2.3 sd)")
    # the control: nothing is shown of an equal candidate
    assert "shown" not in verdict_lines([PASSED])[-1]


def test_failed_runs_of_both_sides_are_shown():
    (_, line, *_) = verdict_lines([replace(UNDECIDED, failed=2, baseline_failed=3)])
    assert "6/20   2/3" in line


ONE, TWO, THREE = (f"{task}_debiased_3ep_minilm_fp32" for task in ("trec", "sms", "rotten"))
WAIVERS = {cell: Waiver(Path("w/one.toml"), cell, "known", "Ada", date(2999, 12, 31)) for cell in (ONE, TWO, THREE)}


def session(waived=None, budgets=None, bridges=()):
    pooled = Verdict("pooled", Status.INCONCLUSIVE, "")
    return JudgedSession(Status.FAIL, (), pooled, waived or {}, budgets or {}, bridges)


def test_what_acts_is_said():
    budgets = {ONE: Budget("1.0", 1.2, 1.0), TWO: Budget("1.0", 0.2, 1.0)}
    assert note_lines(session({ONE: WAIVERS[ONE]}, budgets, (passed_bridge(),))) == [
        f"waived: {ONE}: FAIL is let pass until 2999-12-31 by Ada: known (one.toml)",
        "bridge: cpu-fp32 and cpu-bf16 on minilm, trec: passed today, difference in [-0.10, +0.10], limit 0.50 "
        "(20 seeds a side, paired, 0 failed)",
        f"budget: {ONE}: its baseline has lost +1.20 of 1.00 points since release 1.0",
    ]
    assert note_lines(session()) == []


def test_budgets_are_a_column_where_there_are_any():
    verdicts = [Verdict(name, Status.PASS, "fine", margin=1.0) for name in (ONE, "pooled")]
    lines = verdict_lines(verdicts, {ONE: Budget("1.0", 0.1, 1.0)})
    assert lines[0].split()[-2:] == ["budget", "why"]
    assert lines[1].endswith(" +0.10 of 1.00  loss ruled out")
    assert lines[2].endswith(" -  loss ruled out")
    assert "budget" not in verdict_lines(verdicts)[0]


@pytest.mark.parametrize("name", EVERY)
def test_every_scalar_that_is_there_is_a_property_and_every_part(name):
    verdict = EVERY[name]
    found = dict(properties_of(verdict))
    data = verdict.to_dict()
    for inner in ("ruled_out", "disagreement"):
        data |= {f"{inner}_{key}": value for key, value in (data.pop(inner) or {}).items()}
    scalars = {key: value for key, value in data.items() if key not in ("parts", "targets") and value not in (None, "")}
    assert {key.removeprefix("stablebert_"): text for key, text in found.items() if "_part_" not in key} == {
        key: str(value) for key, value in scalars.items()
    }
    assert len(found) == len(scalars) + len(verdict.parts)


def test_a_part_says_what_it_said():
    assert dict(properties_of(PASSED, "x"))["x_part_failed_runs"].startswith("allows: 0 of 6 runs failed")
