"""Which cells are gated: a name that stands for none is refused in a sentence, and silence ungates nothing."""

import json

import pytest

from stablebert.baselines import BaselineError, baseline_path, listed_names, write_baseline
from stablebert.runs import Cell
from tests.frozen import freeze_margins
from tests.plugin.fake_bench import FRESH
from tests.plugin.test_boundaries import said, without_crash
from tests.project.projects import project_below
from tests.synthetic import synthetic_rows

pytest_plugins = ["pytester"]
HEADER = {"environment_class": "cpu-fp32"}


def accept(folder, cell, *, sd=0.5, failed=()):
    write_baseline(
        baseline_path(folder, cell), HEADER, synthetic_rows(90.0, range(20), sd=sd, failed=frozenset(failed))
    )
    freeze_margins(folder)


def table(folder, *names):
    (folder / "pyproject.toml").write_text(f"[tool.stablebert.grid]\nmini = {json.dumps(names)}\n")


def test_a_misspelt_profile_of_the_table_is_named(tmp_path):
    accept(tmp_path / "baselines", Cell("trec"))
    (tmp_path / "pyproject.toml").write_text('[tool.stablebert.grid]\nminii = ["trec_debiased_3ep"]\n')
    with pytest.raises(
        ValueError, match="'minii' is no profile, so that its list gates nothing; it is one of mini, paper"
    ):
        _ = project_below(tmp_path).grid
    # the control
    table(tmp_path, "trec_debiased_3ep")
    assert project_below(tmp_path).grid == {"trec_debiased_3ep"}


def test_a_length_of_the_table_that_is_none_is_named(tmp_path):
    table(tmp_path, "trec_debiased_3ep", "intensity_reinit_3eq")
    with pytest.raises(ValueError, match="length '3eq' is not a number of epochs \\(3ep\\) or steps"):
        _ = project_below(tmp_path).grid


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("trek_debiased_3ep", "trec_debiased_3ep"),
        ("trec_debaised_3ep", "trec_debiased_3ep"),
        ("intensity_reinitt_3ep", "intensity_reinit_3ep"),
        ("rte1k_bertadm_3ep", "rte-1k_bertadam_3ep"),
    ],
)
def test_a_name_of_the_table_that_is_no_cell_is_refused_with_the_nearest(tmp_path, name, nearest):
    table(tmp_path, "sms_debiased_3ep", name)
    with pytest.raises(ValueError, match=f"'{name}' is no cell; the nearest is '{nearest}'"):
        _ = project_below(tmp_path).grid
    # the control
    table(tmp_path, "sms_debiased_3ep", nearest)
    assert project_below(tmp_path).grid == {"sms_debiased_3ep", nearest}


def test_the_table_and_the_folders_file_are_read_alike(tmp_path):
    listed = 'mini = ["trec_debiased_3ep", "trec_debiased_3ep"]\n'
    (tmp_path / "pyproject.toml").write_text(f"[tool.stablebert.grid]\n{listed}")
    (tmp_path / "grid.toml").write_text(listed)
    for read in (lambda: project_below(tmp_path).grid, lambda: listed_names(tmp_path)):
        with pytest.raises((ValueError, BaselineError), match="mini: trec_debiased_3ep is listed more than once"):
            read()


def test_a_listed_cell_that_no_session_can_decide_is_refused_where_its_margin_judges(tmp_path):
    cell = Cell("trec")
    table(tmp_path, cell.name)
    accept(tmp_path, cell, failed=range(1, 20))
    with pytest.raises(ValueError, match="trec_debiased_3ep cannot be gated: .* gives no margin; take it off the list"):
        _ = project_below(tmp_path).grid
    given = ({"margin": "1"}, {"accept": True, "why": "again"})
    assert [project_below(tmp_path, **one).grid for one in given] == [{cell.name}] * 2
    accept(tmp_path, cell)
    assert project_below(tmp_path).grid == {cell.name}


def test_a_grid_of_the_baselines_lists_what_is_there_and_can_be_decided(tmp_path):
    grid = tmp_path / "grid.toml"
    grid.write_text('mini = ["trec_debiased_3ep", "trec_debaised_3ep"]\n')
    accept(tmp_path, Cell("trec"))
    with pytest.raises(BaselineError, match="trec_debaised_3ep has no baseline .*; the nearest .* trec_debiased_3ep"):
        _ = project_below(tmp_path).grid
    # what decides no cell needs no grid that is right: an acceptance mends it
    assert len(project_below(tmp_path).seeds) == 20
    grid.write_text('mini = ["trec_debiased_3ep"]\n')
    assert project_below(tmp_path).grid == {"trec_debiased_3ep"}


def test_without_a_grid_what_can_be_decided_is_gated_and_nothing_else(tmp_path):
    accept(tmp_path, Cell("trec"))
    accept(tmp_path, Cell("trec", "bertadam"), failed=range(20))
    project = project_below(tmp_path)
    assert project.grid == {"trec_debiased_3ep"}
    assert not project.is_gated(Cell("trec", "bertadam"))
    assert project.policy.cells == 1


@pytest.mark.parametrize("processes", [[], ["-n", "2"]])
def test_a_session_with_a_misspelt_name_does_not_begin(bench, pytester, processes):
    table(pytester.path, "trec_debaised_3ep")
    result = bench(FRESH, *processes)
    assert "[tool.stablebert.grid]: 'trec_debaised_3ep' is no cell; the nearest is 'trec_debiased_3ep'" in said(result)
    assert without_crash(result)
    assert (result.ret, result.trained) == (4, [])


def test_a_name_of_a_cell_that_nothing_accepts_nor_declares_is_refused(bench, pytester):
    table(pytester.path, "trec_debiased_3ep", "trec_debiased_4ep")
    result = bench(FRESH, "-k", "trec_debiased")
    assert "'trec_debiased_4ep', which has no baseline and which no bench module here declares" in said(result)
    assert "the nearest is 'trec_debiased_3ep'" in said(result)
    assert (result.ret, result.trained) == (4, [])
    # the control: a cell that is declared waits for its baseline
    table(pytester.path, "trec_debiased_3ep", "sms_bertadam_3ep")
    assert bench(FRESH, "-k", "trec_debiased").ret == 0


def test_a_cell_without_a_margin_is_measured_and_no_gate(bench, pytester):
    folder = pytester.path / "baselines"
    cell = Cell("sms")
    write_baseline(
        baseline_path(folder, cell),
        {"cell_key": "cell", **HEADER},
        synthetic_rows(90.0, range(20), failed=frozenset(range(20))),
    )
    freeze_margins(folder)
    left = bench(FRESH, "-k", "sms_debiased")
    left.stdout.fnmatch_lines(["sms_debiased_3ep: not gated*"])
    assert left.trained == []
    measured = bench(FRESH, "-k", "sms_debiased", "--stablebert-all", "--stablebert-seeds=6")
    measured.stdout.fnmatch_lines(["NO VERDICT*", "sms_debiased*: measured, not gated: 6 seeds*"][::-1])
    assert "PASS" not in measured.stdout.str()


def test_a_session_of_which_nothing_can_be_gated_says_so(bench, pytester):
    for path in (pytester.path / "baselines" / "minilm").glob("*/*.csv"):
        path.unlink()
    result = bench(FRESH)
    result.stdout.fnmatch_lines(["nothing is gated: no grid lists a cell, and no accepted cell can be decided"])
    assert result.trained == []
