import pytest

from stablebert.baselines import (
    baseline_path,
    find_baseline,
    margin_from,
    read_baseline,
    read_margins,
    searched_seeds,
    write_baseline,
)
from stablebert.runs import Cell, RunSpec, cell_id
from tests.synthetic import synthetic_rows

SPEC = RunSpec(task="trec")


def test_a_baseline_comes_back_to_the_last_digit(tmp_path):
    rows = synthetic_rows(90.0, range(20), failed=frozenset({3}))
    path = baseline_path(tmp_path, SPEC.cell)
    write_baseline(path, {"cell": cell_id(SPEC), "metric": "accuracy"}, rows[::-1])
    found = read_baseline(path)
    assert list(found.rows) == rows
    assert found.header["cell"] == cell_id(SPEC)
    text = path.read_text()
    write_baseline(path, {"cell": cell_id(SPEC), "metric": "accuracy"}, found.rows)
    assert path.read_text() == text


def test_folders_are_searched_in_order(tmp_path):
    late = baseline_path(tmp_path / "late", SPEC.cell)
    write_baseline(late, {"metric": "late"}, synthetic_rows(90.0, range(5)))
    folders = [tmp_path / "early", tmp_path / "late"]
    assert find_baseline(SPEC.cell, folders).header["metric"] == "late"
    write_baseline(baseline_path(tmp_path / "early", SPEC.cell), {"metric": "early"}, synthetic_rows(90.0, range(5)))
    assert find_baseline(SPEC.cell, folders).header["metric"] == "early"
    assert find_baseline(RunSpec(task="sms").cell, folders) is None


@pytest.fixture
def folder(request):
    return request.config.rootpath / "baselines"


def test_the_committed_baselines_hold_what_they_claim(folder):
    files = sorted(folder.glob("minilm/*/*.csv"))
    assert files
    for path in files:
        baseline = read_baseline(path)
        assert len(baseline.rows) >= 20
        assert len({row.losses for row in baseline.rows}) == len(baseline.rows)
        # the main job takes its seeds from 100 on
        numbers = {int(row.seed[1:]) for row in baseline.rows}
        assert max(numbers) < 100
        assert not numbers & searched_seeds(folder, "minilm")


def test_the_committed_margins_follow_from_the_baselines(folder):
    margins = read_margins(folder)
    assert margins
    for margin in margins:
        cells = [Cell(margin.task, method, margin.length, margin.encoder) for method in ("debiased", "bertadam")]
        rows = [find_baseline(cell, [folder]).rows for cell in cells]
        again = margin_from(*rows, cell=cells[0], accepted=margin.accepted)
        assert again == margin
