from dataclasses import replace
from pathlib import Path

import pytest

from stablebert.analysis import Side, plan_cell
from stablebert.baselines import (
    Margin,
    baseline_files,
    baseline_path,
    decidable_names,
    margin_from,
    needed_seeds,
    read_margins,
    renew_margins,
    undecidable,
    undecidable_at,
    write_baseline,
    write_margins,
)
from stablebert.gate import Policy
from stablebert.runs import Cell
from stablebert.stats import seeds_needed
from stablebert.stats.sample_size import upper_deviation
from tests.synthetic import synthetic_rows

BASELINES = Path(__file__).parents[2] / "baselines"
CELL = Cell("trec")


def _margin(deviations, runs=20, sd=1.0):
    return Margin("minilm", "trec", "debiased", "3ep", None, sd, deviations * sd, runs, 0, 0, "2026-01-01")


@pytest.mark.parametrize("sd", [0.3, 8.0])
@pytest.mark.parametrize("deviations", [0.3, 1.0, 1.2, 1.3, 1.49, 1.5])
@pytest.mark.parametrize("runs", [5, 14, 18, 20, 50])
def test_what_is_decidable_is_so_by_the_plan(deviations, runs, sd):
    margin = _margin(deviations, runs, sd)
    rows = synthetic_rows(80.0, range(runs), sd=sd)
    own = margin_from(rows, None, None, cell=CELL, accepted="").sd
    plan = plan_cell(Side("trec", rows), deviations * own, Policy(), power=0.9)
    # the plan's approximate quantiles and the exact power part where a margin is just decidable
    if abs(plan.smallest / (deviations * own) - 1) > 0.02:
        assert (undecidable(margin, runs) is None) == plan.decidable


@pytest.mark.parametrize("runs", [20, 50])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.3, 0.5, 0.6])
def test_lost_runs_leave_plan_and_grid_of_one_mind(runs, share):
    lost = round(share * runs)
    for score, failed in ((20.0, frozenset(range(lost))), (40.0, frozenset())):
        rows = synthetic_rows(80.0, range(runs), sd=0.5, failed=failed)
        if not failed:
            # collapsed in place of failed
            rows = [
                replace(row, test=score) if place < min(lost, runs // 2 - 1) else row for place, row in enumerate(rows)
            ]
        margin = margin_from(rows, None, None, cell=CELL, accepted="")
        plan = plan_cell(Side("trec", rows), margin.margin, Policy(), power=0.9, alone=False)
        assert plan.baseline.runs - plan.baseline.failed == margin.runs
        if abs(plan.smallest / margin.margin - 1) > 0.02:
            assert (undecidable(margin, runs) is None) == plan.decidable, (lost, score)


@pytest.mark.parametrize("runs", [18, 20, 30, 50, 200])
def test_what_needs_no_statistics_is_what_they_say(runs):
    level = Policy().level(0.05, runs)
    upper = upper_deviation(1.0, runs)
    assert seeds_needed(upper, upper, runs, 0.99 * 1.5, alpha=level, power=0.9) <= 13
    assert needed_seeds(_margin(0.99 * 1.5, runs), runs) <= 13
    # the control: fewer runs, or a smaller margin, need more
    assert needed_seeds(_margin(1.5, 15), 15) > 13
    assert needed_seeds(_margin(0.8 * 1.5, 18), 18) > 13


def test_the_reason_says_what_is_needed():
    assert undecidable(_margin(1.2), 20) == "a margin of 1.20 points (1.2 sd) needs 24 seeds, and a session makes 20"
    assert undecidable(_margin(1.2), 20, seeds=30) is None
    assert undecidable(_margin(0.2), 20).startswith(
        "no number of seeds shows a margin of 0.20 points (0.2 sd) against 20"
    )
    failed = margin_from(
        synthetic_rows(90.0, range(20), failed=frozenset(range(20))), None, None, cell=CELL, accepted=""
    )
    assert (
        undecidable(failed, 20) == "0 of its 20 accepted runs are neither failed nor collapsed, which gives no margin"
    )
    alike = replace(failed, sd=0.0, runs=20)
    assert "20 of its 20 accepted runs are neither failed nor collapsed and all score alike" in undecidable(alike, 20)


def test_lost_runs_cost_seeds_of_a_session():
    margin = _margin(1.5, 20)
    assert needed_seeds(margin, 20) == 12
    assert needed_seeds(margin, 40) == 24
    assert undecidable(margin, 20) is None
    assert "needs 24 seeds" in undecidable(margin, 40)
    assert needed_seeds(_margin(100.0), 20) == 6


@pytest.fixture
def folder(tmp_path):
    """A cell that 20 seeds decide, one with a large deviation, and one whose every run failed."""
    for task, sd, failed in (("trec", 0.5, 0), ("sms", 5.0, 0), ("rte", 0.5, 20)):
        rows = synthetic_rows(90.0 if sd < 1 else 50.0, range(20), sd=sd, failed=frozenset(range(failed)))
        write_baseline(baseline_path(tmp_path, Cell(task)), {"cell": Cell(task).id}, rows)
    renew_margins(tmp_path, "why")
    return tmp_path


def test_only_cells_that_can_be_decided_are_gated_where_no_grid_says_so(folder):
    assert decidable_names(folder) == decidable_names(folder, "minilm") == ("trec_debiased_3ep",)
    assert decidable_names(folder, "bert-large") == decidable_names(folder / "none") == ()
    assert decidable_names(folder, seeds=9) == ()


@pytest.mark.parametrize("change", [{"margin": 50.0}, {"margin": None}, {"margin": -1.0}, {"runs": 0}, {"sd": 1e9}])
def test_an_edited_or_missing_row_ungates_nothing(folder, change):
    rows = read_margins(folder)
    write_margins(folder, [replace(row, **change) if row.is_of(CELL) else row for row in rows])
    assert "trec_debiased_3ep" in decidable_names(folder)
    write_margins(folder, [row for row in rows if not row.is_of(CELL)])
    assert "trec_debiased_3ep" in decidable_names(folder)
    # nor can a row gate what cannot be decided
    write_margins(folder, [replace(row, margin=2.0, sd=1.4, runs=20) for row in rows])
    assert "rte_debiased_3ep" not in decidable_names(folder)


def test_a_damaged_baseline_is_left_to_who_judges(folder):
    path = baseline_path(folder, Cell("sms"))
    assert undecidable_at(folder, path)
    path.write_text("rubbish")
    assert undecidable_at(folder, path) is None


def test_what_the_repository_can_gate():
    # bertadam scatters too much, and so do the tasks of 1,000 examples
    names = decidable_names(BASELINES)
    assert set(names) == {f"{task}_{method}_3ep" for task in ("trec", "intensity") for method in ("debiased", "reinit")}
    assert len(baseline_files(BASELINES)) > len(names)
