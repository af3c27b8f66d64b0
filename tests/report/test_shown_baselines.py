from pathlib import Path
from statistics import fmean, stdev

import pytest
from scipy import stats

from stablebert.baselines import (
    Baseline,
    Margin,
    Proposal,
    baseline_path,
    freeze_release,
    propose_release,
    write_baseline,
    write_margins,
)
from stablebert.report import accepted_cells, accepted_table, change_of, proposal_lines, release_lines
from stablebert.runs import RunSpec
from tests.synthetic import synthetic_rows

SPEC = RunSpec(task="trec")
HEADER = {
    "cell": "trec_debiased_3ep_minilm_fp32",
    "metric": "accuracy",
    "recipe": '{"learning_rate": 0.0001, "eps": 1e-08}',
    "cell_key": "k",
}
MARGIN = Margin("minilm", "trec", "3ep", 4.0, 2.0, 20, 20, "2026-01-01")
BEFORE = synthetic_rows(90.0, range(20))


def rows(shift, failed=()):
    return synthetic_rows(90.0 + shift, range(20, 40), failed=frozenset(failed))


@pytest.mark.parametrize(
    ("after", "word"),
    [
        (rows(1.0), "an improvement: +1.0"),
        (rows(-1.0), "a loss: -0.9"),
        (rows(0.0), "undecided: +0.0"),
        (BEFORE, "none: the same runs"),
        (rows(1.0, range(20, 28)), "a loss: 8 of 20 runs failed, before 0 of 20"),
        (rows(0.0, range(20, 39)), "a loss: 19 of 20"),
    ],
)
def test_a_change_is_named(after, word):
    assert change_of(after, BEFORE).startswith(word)


def test_fewer_failed_runs_and_one_score_are_undecided():
    assert change_of(BEFORE[:1], rows(0.0, range(20, 40))) == "undecided: fewer than two runs on a side have not failed"


def test_the_interval_is_that_of_scipy():
    after = rows(0.3)
    welch = stats.ttest_ind([row.test for row in after], [row.test for row in BEFORE], equal_var=False)
    low, high = welch.confidence_interval(0.95)
    assert f"[{low:+.2f}, {high:+.2f}]" in change_of(after, BEFORE)


@pytest.fixture
def folder(tmp_path):
    """The cell as accepted and released with a margin of 2."""
    write_baseline(baseline_path(tmp_path, SPEC.cell), HEADER, BEFORE)
    write_margins(tmp_path, [MARGIN])
    freeze_release(tmp_path, propose_release(tmp_path, "1.0"), "first")
    return tmp_path


def _proposal(folder, after, header=HEADER, before=True):
    standing = Baseline(Path("b"), HEADER, tuple(BEFORE)) if before else None
    return Proposal(folder, SPEC.cell, standing, Baseline(Path("a"), header, tuple(after)), MARGIN, MARGIN, None)


def test_before_and_after_stand_below_each_other(folder):
    lines = proposal_lines(_proposal(folder, rows(-0.5, [21])))
    assert lines[0] == HEADER["cell"]
    assert lines[1].split() == ["runs", "failed", "mean", "sd", "worst", "margin", "budget"]
    scores = [row.test for row in BEFORE]
    numbers = [f"{value:.2f}" for value in (fmean(scores), stdev(scores), min(scores))]
    assert lines[2].split() == ["before", "20", "0", *numbers, "2.00", "+0.00", "of", "1.00"]
    assert lines[3].split()[:3] == ["after", "20", "1"]
    assert lines[3].endswith("of 1.00")
    assert len({len(line) for line in lines[1:4]}) == 1
    assert lines[4].startswith("change: a loss: -0.4")
    assert len(lines) == 5


def test_a_first_baseline_has_no_before(folder):
    lines = proposal_lines(_proposal(folder, BEFORE, before=False))
    assert lines[2].split()[:7] == ["before", "-", "-", "-", "-", "-", "2.00"]
    assert lines[4:] == ["change: its first baseline"]


def test_what_changes_besides_the_runs_is_said(folder):
    moved = {**HEADER, "recipe": '{"learning_rate": 0.0002, "eps": 1e-08}', "cell_key": "other"}
    assert proposal_lines(_proposal(folder, BEFORE, moved))[5:] == [
        "also changes: learning_rate 0.0001 -> 0.0002",
        "also changes: cell_key k -> other",
    ]


def test_a_release_shows_what_was_lost_since_the_last(folder):
    after = rows(-0.5)
    write_baseline(baseline_path(folder, SPEC.cell), HEADER, after)
    lines = release_lines(propose_release(folder, "1.1"), folder)
    means = [fmean(row.test for row in part) for part in (after, BEFORE)]
    assert lines[1].split()[:3] == [HEADER["cell"], f"{means[0]:.2f}", "2.00"]
    assert lines[1].endswith(f"{means[1] - means[0]:+.2f} of 1.00 (1.0)")


@pytest.fixture
def cells(tmp_path):
    for method in ("reinit", "debiased", "bertadam"):
        spec = RunSpec(task="trec", method=method)
        failed = frozenset({3, 4}) if method == "bertadam" else frozenset()
        header = {"cell": f"trec_{method}_3ep_minilm_fp32"}
        write_baseline(baseline_path(tmp_path, spec.cell), header, synthetic_rows(90.0, range(20), failed=failed))
    return tmp_path


def test_cells_come_in_the_papers_order(cells):
    methods = [baseline.header["cell"].split("_")[1] for baseline in accepted_cells(cells)]
    assert methods == ["bertadam", "debiased", "reinit"]


def test_the_interval_is_that_of_scipy_and_failed_runs_are_counted_apart(cells):
    bertadam = accepted_cells(cells)[0]
    scores = [row.test for row in bertadam.rows if not row.failed]
    low, high = stats.ttest_1samp(scores, 0.0).confidence_interval()
    line = accepted_table([bertadam]).splitlines()[2]
    assert f"| {low:.2f} to {high:.2f} |" in line
    assert line.endswith("| 2 of 20 |")


def test_a_cell_in_which_everything_failed_has_no_mean(cells):
    spec = RunSpec(task="trec", method="debiased")
    write_baseline(
        baseline_path(cells, spec.cell),
        {"cell": "trec_debiased_3ep_minilm_fp32"},
        synthetic_rows(90.0, range(20), failed=frozenset(range(20))),
    )
    assert "| - | - | - | - | 20 of 20 |" in accepted_table(accepted_cells(cells))
