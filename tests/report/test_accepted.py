import pytest
from scipy import stats

from stablebert.baselines import baseline_path, write_baseline
from stablebert.report import accepted_cells, accepted_table
from stablebert.runs import RunSpec
from tests.synthetic import synthetic_rows


@pytest.fixture
def folder(tmp_path):
    for method in ("reinit", "debiased", "bertadam"):
        spec = RunSpec(task="trec", method=method)
        failed = frozenset({3, 4}) if method == "bertadam" else frozenset()
        header = {"cell": f"trec_{method}_3ep_minilm_fp32"}
        write_baseline(baseline_path(tmp_path, spec.cell), header, synthetic_rows(90.0, range(20), failed=failed))
    return tmp_path


def test_cells_come_in_the_papers_order(folder):
    cells = [baseline.header["cell"].split("_")[1] for baseline in accepted_cells(folder)]
    assert cells == ["bertadam", "debiased", "reinit"]


def test_the_interval_is_that_of_scipy_and_failed_runs_are_counted_apart(folder):
    bertadam = accepted_cells(folder)[0]
    scores = [row.test for row in bertadam.rows if not row.failed]
    low, high = stats.ttest_1samp(scores, 0.0).confidence_interval()
    line = accepted_table([bertadam]).splitlines()[2]
    assert f"| {low:.2f} to {high:.2f} |" in line
    assert line.endswith("| 2 of 20 |")


def test_a_cell_in_which_everything_failed_has_no_mean(folder):
    spec = RunSpec(task="trec", method="debiased")
    write_baseline(
        baseline_path(folder, spec.cell),
        {"cell": "trec_debiased_3ep_minilm_fp32"},
        synthetic_rows(90.0, range(20), failed=frozenset(range(20))),
    )
    assert "| - | - | - | - | 20 of 20 |" in accepted_table(accepted_cells(folder))
