import json
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from statistics import fmean, stdev

import pytest
from scipy import stats

from stablebert.baselines import (
    Baseline,
    Moved,
    Proposal,
    baseline_path,
    derived_margin,
    freeze_release,
    propose_release,
    renew_margins,
    write_baseline,
)
from stablebert.baselines.waivers import Waiver
from stablebert.report import accepted_cells, accepted_table, change_of, proposal_lines, release_lines
from stablebert.report.baselines import margin_lines
from stablebert.runs import RunSpec
from tests.synthetic import synthetic_rows

SPEC = RunSpec(task="trec")


def recipe(rate):
    return json.dumps(asdict(replace(SPEC.recipe, learning_rate=rate)))


HEADER = {
    "cell": "trec_debiased_3ep_minilm_fp32",
    "metric": "accuracy",
    "recipe": recipe(0.0001),
    "cell_key": "k",
}
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
        (
            rows(1.0, range(20, 28)),
            "a loss: 8 failed and 0 collapsed of 20 runs, before 0 failed and 0 collapsed of 20",
        ),
        (rows(0.0, range(20, 39)), "a loss: 19 failed"),
        (rows(-30.0), "a loss: 0 failed and 20 collapsed of 20 runs"),
    ],
)
def test_a_change_is_named(after, word):
    assert change_of(after, BEFORE).startswith(word)


def test_fewer_failed_runs_and_one_score_are_undecided():
    assert change_of(BEFORE[:1], rows(0.0, range(20, 40))) == (
        "undecided: fewer than two runs on a side are neither failed nor collapsed"
    )


def test_the_interval_is_that_of_scipy():
    after = rows(0.3)
    welch = stats.ttest_ind([row.test for row in after], [row.test for row in BEFORE], equal_var=False)
    low, high = welch.confidence_interval(0.95)
    assert f"[{low:+.2f}, {high:+.2f}]" in change_of(after, BEFORE)


@pytest.fixture
def folder(tmp_path):
    """The cell as accepted and released with a margin of 1.5 sd."""
    write_baseline(baseline_path(tmp_path, SPEC.cell), HEADER, BEFORE)
    renew_margins(tmp_path, "first")
    freeze_release(tmp_path, propose_release(tmp_path, "1.0"), "first")
    return tmp_path


def _proposal(folder, after, header=HEADER, before=True, **changed):
    path = baseline_path(folder, SPEC.cell)
    standing = Baseline(path, HEADER, tuple(BEFORE)) if before else None
    proposed = Baseline(path, header, tuple(after))
    fresh = derived_margin(folder, SPEC.cell, proposed)
    moved = Moved(derived_margin(folder, SPEC.cell) if before else None, fresh, len(after))
    return Proposal(folder, SPEC.cell, standing, proposed, moved, **changed)


def test_before_and_after_stand_below_each_other(folder):
    lines = proposal_lines(_proposal(folder, rows(-0.5)))
    assert lines[0] == HEADER["cell"]
    assert lines[1].split() == ["runs", "failed", "mean", "sd", "worst", "margin", "budget"]
    scores = [row.test for row in BEFORE]
    numbers = [f"{value:.2f}" for value in (fmean(scores), stdev(scores), min(scores), 1.5 * stdev(scores))]
    assert lines[2].split() == ["before", "20", "0", *numbers, "+0.00", "of", "0.33"]
    assert lines[3].split()[:3] == ["after", "20", "0"]
    assert lines[3].endswith("of 0.33")
    assert len({len(line) for line in lines[1:4]}) == 1
    needed = "an equal candidate needs 12 seeds to show it, of 20 in a session"
    assert lines[4] == f"margin: {1.5 * stdev(row.test for row in rows(0)):.2f} points (1.5 sd); {needed}"
    assert lines[5].startswith("change: a loss: -0.4")
    assert len(lines) == 6


def test_a_first_baseline_has_no_before(folder):
    lines = proposal_lines(_proposal(folder, BEFORE, before=False))
    assert lines[2].split()[:7] == ["before", "-", "-", "-", "-", "-", "-"]
    assert lines[5:] == ["change: its first baseline"]


def test_what_changes_besides_the_runs_is_said(folder):
    moved = {**HEADER, "recipe": recipe(0.0002), "cell_key": "other"}
    assert proposal_lines(_proposal(folder, BEFORE, moved))[6:] == [
        "also changes: learning_rate 0.0001 -> 0.0002",
        "also changes: cell_key k -> other",
    ]


def test_far_and_lost_runs_are_named(folder):
    after = rows(0.0, [21])
    after[3], after[7], after[9] = (replace(after[at], test=to) for at, to in ((3, 40.6), (7, 87.0), (9, 99.5)))
    lines = proposal_lines(_proposal(folder, after))
    assert [line.split(",")[0] for line in lines[5:8]] == [
        "far from the others: s023 at 40.60",
        "far from the others: s027 at 87.00",
        "far from the others: s029 at 99.50",
    ]
    assert lines[5].endswith("robust sd below the median; collapsed")
    assert lines[7].endswith("robust sd above the median; left out of mean and spread")
    assert lines[8] == "lost runs: 0 failed and 0 collapsed of 20 -> 1 failed and 1 collapsed of 20"
    # the control: ordinary runs have no such lines
    assert not any("far" in line or "lost" in line for line in proposal_lines(_proposal(folder, rows(0.0))))


def test_a_cell_that_cannot_be_gated_says_what_it_would_need(folder):
    lines = proposal_lines(_proposal(folder, [replace(row, test=60 + 9 * (row.test - 90)) for row in BEFORE]))
    assert lines[4].startswith(
        "margin: 2.00 points (0.51 sd); it cannot be gated: no number of seeds shows a margin of"
    )
    lines = proposal_lines(_proposal(folder, synthetic_rows(90.0, range(20), failed=frozenset(range(20)))))
    assert lines[4].startswith("margin: none; it cannot be gated: 0 of its 20 accepted runs are neither failed nor")


def test_margins_that_move_with_it_and_what_is_waived_are_said(folder):
    own = derived_margin(folder, SPEC.cell)
    others = (Moved(own, replace(own, method="reinit", margin=0.3), 20), Moved(own, replace(own, accepted="today"), 20))
    waiver = Waiver(Path("one.toml"), SPEC.cell.id, "known", "Ada", date(2999, 12, 31))
    after = rows(-0.9, range(20, 28))
    lines = proposal_lines(_proposal(folder, after, others=others, waiver=waiver))
    assert "margin of trec_reinit_3ep: 0.66 points (1.5 sd) -> 0.30 points (0.68 sd)" in lines
    assert sum(line.startswith("margin of") for line in lines) == 1
    waived = [line for line in lines if line.startswith("waived until 2999-12-31 by Ada: known (one.toml): ")]
    assert len(waived) == 3
    assert waived[0].endswith("of 0.33 points would be lost since release 1.0")
    assert "8 failed and 0 collapsed of 20 runs would stand in place of 0 failed" in waived[1]
    assert waived[2].endswith("would be left out, and who leaves runs out chooses the mean")


def test_margins_stand_in_a_table(folder):
    own = derived_margin(folder, SPEC.cell)
    lines = margin_lines([own, replace(own, method="bertadam", sd=None, margin=None, runs=0, bound=3.0)])
    assert lines[1].split() == ["trec_debiased_3ep", "minilm", "0.66", "1.50", "0.44", "-", "20"]
    assert lines[2].split() == ["trec_bertadam_3ep", "minilm", "-", "-", "-", "1.50", "0"]


def test_a_release_shows_what_was_lost_since_the_last(folder):
    after = rows(-0.5)
    write_baseline(baseline_path(folder, SPEC.cell), HEADER, after)
    renew_margins(folder, "again")
    lines = release_lines(propose_release(folder, "1.1"), folder)
    means = [fmean(row.test for row in part) for part in (after, BEFORE)]
    margin = f"{1.5 * stdev(row.test for row in after):.2f}"
    assert lines[1].split()[:3] == [HEADER["cell"], f"{means[0]:.2f}", margin]
    assert lines[1].endswith(f"{means[1] - means[0]:+.2f} of 0.33 (1.0)")


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
