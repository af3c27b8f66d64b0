"""Rows of margins.csv are held against the accepted runs, whatever was done to either."""

from dataclasses import replace
from pathlib import Path

import pytest

from stablebert.baselines import (
    BaselineError,
    baseline_files,
    baseline_path,
    cell_at,
    checked_margin,
    derived_margin,
    derived_margins,
    read_margins,
    renew_margins,
    write_baseline,
    write_margins,
)
from stablebert.runs import Cell
from tests.synthetic import synthetic_rows

BASELINES = Path(__file__).parents[2] / "baselines"
DEBIASED, BERTADAM, REINIT = (Cell("trec", method) for method in ("debiased", "bertadam", "reinit"))
MEANS = {DEBIASED: 90.0, BERTADAM: 89.0, REINIT: 90.5}


def _write(folder, cell, mean, **changed):
    header = {"cell": cell.id, "accepted": "2026-01-01", "recipe": "r", "environment_class": "cpu-fp32", **changed}
    write_baseline(baseline_path(folder, cell), header, synthetic_rows(mean, range(20)))


@pytest.fixture
def folder(tmp_path):
    """Three cells of one task; half of what bias correction gains is the least of the limits."""
    for cell, mean in MEANS.items():
        _write(tmp_path, cell, mean)
    renew_margins(tmp_path, "the first")
    return tmp_path


def test_rows_follow_from_the_runs_with_the_gain_of_the_task(folder):
    found = [checked_margin([folder], cell) for cell in MEANS]
    assert found == [derived_margin(folder, cell) for cell in MEANS]
    assert {margin.bound for margin in found} == {found[0].bound}
    assert all(0.3 < margin.margin < 0.5 for margin in found)
    assert read_margins(folder) == derived_margins(folder)
    assert (folder / "LEDGER.md").read_text().endswith("`margins`: 3 made anew, 0 of them none. the first\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"margin": 50.0}, r"margin 50.0 where they give 0\.\d+"),
        ({"margin": None}, r"margin none where they give 0\.\d+"),
        ({"bound": None}, r"bound none where they give 0\.\d+"),
        ({"sd": 9.0, "runs": 19}, r"sd 9.0 where they give 0\.\d+, runs 19 where they give 20"),
        ({"debiased_runs": 0}, "debiased_runs 0 where they give 20"),
        ({"accepted": "2025-01-01"}, "accepted 2025-01-01 where they give 2026-01-01"),
    ],
)
def test_an_edited_row_is_refused_by_name_and_only_its_cell(folder, change, message):
    rows = read_margins(folder)
    write_margins(folder, [replace(row, **change) if row.is_of(DEBIASED) else row for row in rows])
    with pytest.raises(BaselineError, match=message) as caught:
        checked_margin([folder], DEBIASED)
    said = str(caught.value)
    assert said.startswith(f"{folder / 'margins.csv'}: the row of trec_debiased_3ep on minilm does not follow from")
    assert "\n" not in said
    assert checked_margin([folder], REINIT).margin


def test_a_last_digit_that_was_rounded_the_other_way_is_no_edit(folder):
    rows = read_margins(folder)
    write_margins(folder, [replace(row, bound=row.bound + 1e-4) for row in rows])
    assert checked_margin([folder], DEBIASED).bound == pytest.approx(rows[0].bound + 1e-4)


def test_a_dropped_row_is_refused(folder):
    write_margins(folder, [row for row in read_margins(folder) if not row.is_of(REINIT)])
    with pytest.raises(
        BaselineError, match=r"margins.csv has no row of trec_reinit_3ep on minilm, whose accepted runs"
    ):
        checked_margin([folder], REINIT)
    (folder / "margins.csv").unlink()
    with pytest.raises(BaselineError, match="has no row of trec_debiased_3ep"):
        checked_margin([folder], DEBIASED)


@pytest.mark.parametrize("changed", [BERTADAM, DEBIASED])
def test_a_side_accepted_without_the_margins_of_its_task_is_noticed_in_each_of_them(folder, changed):
    _write(folder, changed, MEANS[changed] - 0.6)
    for cell in MEANS:
        with pytest.raises(BaselineError, match="it says bound"):
            checked_margin([folder], cell)
    # the control: the mean of a cell that is no side moves no margin
    _write(folder, changed, MEANS[changed])
    _write(folder, REINIT, MEANS[REINIT] - 0.6)
    assert all(checked_margin([folder], cell) for cell in MEANS)


def test_sides_of_other_recipes_or_classes_say_nothing_of_the_gain(folder):
    for change in ({"recipe": "other"}, {"environment_class": "cuda-fp32"}):
        _write(folder, BERTADAM, 89.0, **change)
        margin = derived_margin(folder, REINIT)
        assert (margin.bound, margin.debiased_runs, margin.bertadam_runs) == (None, 0, 0)
        assert margin.margin == pytest.approx(1.5 * margin.sd, abs=1e-4)


def test_the_youngest_acceptance_dates_a_margin(folder):
    _write(folder, BERTADAM, 89.0, accepted="2026-03-01")
    assert derived_margin(folder, DEBIASED).accepted == "2026-03-01"
    assert derived_margin(folder, Cell("trec", "bertadam")).accepted == "2026-03-01"


def test_a_row_is_of_the_folder_whose_runs_judge(folder, tmp_path):
    late = tmp_path / "late"
    _write(late, DEBIASED, 80.0)
    # its margin is that of other runs, in another folder
    with pytest.raises(BaselineError, match=r"late/margins.csv has no row"):
        checked_margin([late, folder], DEBIASED)
    renew_margins(late, "why")
    assert checked_margin([late, folder], DEBIASED).bound is None
    assert checked_margin([late, folder], REINIT) == checked_margin([folder], REINIT)


def test_a_cell_without_runs_has_no_margin_even_if_a_row_says_so(folder):
    write_margins(folder, [*read_margins(folder), replace(read_margins(folder)[0], task="sms")])
    for cell in (Cell("sms", "bertadam"), Cell("rte")):
        with pytest.raises(BaselineError, match="it has no baseline"):
            checked_margin([folder], cell)


def test_a_damaged_side_is_named(folder):
    path = baseline_path(folder, BERTADAM)
    path.write_text(path.read_text().replace("s004,", "s044,"))
    with pytest.raises(BaselineError, match=r"bertadam_3ep.csv is not what was accepted"):
        checked_margin([folder], REINIT)


def test_a_cell_whose_runs_failed_has_a_row_without_a_margin(folder):
    rows = synthetic_rows(90.0, range(20), failed=frozenset(range(20)))
    cell = Cell("rte")
    write_baseline(baseline_path(folder, cell), {"cell": cell.id}, rows)
    renew_margins(folder, "why")
    assert checked_margin([folder], cell).margin is None


def test_margins_are_made_anew_from_a_damaged_file_but_not_from_damaged_runs(folder):
    (folder / "margins.csv").write_text("rubbish")
    assert renew_margins(folder, "mended") == read_margins(folder)
    ledger = (folder / "LEDGER.md").read_text()
    baseline_path(folder, REINIT).write_text("rubbish")
    with pytest.raises(BaselineError, match="does not begin with"):
        renew_margins(folder, "again")
    for home, why in ((folder, " "), (folder / "none", "why")):
        with pytest.raises(BaselineError, match="needs a reason" if why == " " else "there is no baseline"):
            renew_margins(home, why)
    assert (folder / "LEDGER.md").read_text() == ledger


def test_the_rows_of_the_repository_follow_from_its_runs():
    cells = [cell_at(path) for path in baseline_files(BASELINES)]
    assert len(cells) >= 15
    for cell in cells:
        assert checked_margin([BASELINES], cell).is_of(cell)
    assert len(read_margins(BASELINES)) == len(cells)
