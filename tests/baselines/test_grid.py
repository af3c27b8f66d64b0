from pathlib import Path

import pytest

from stablebert.baselines import (
    BaselineError,
    baseline_path,
    decidable_names,
    listed_names,
    read_grid,
    renew_margins,
    write_baseline,
)
from stablebert.runs import Cell
from tests.synthetic import synthetic_rows

BASELINES = Path(__file__).parents[2] / "baselines"


def test_the_grid_of_the_repository_lists_what_can_be_decided():
    assert set(read_grid(BASELINES, "mini", "minilm")) == set(decidable_names(BASELINES, "minilm"))


@pytest.fixture
def folder(tmp_path):
    """Two cells that 20 seeds decide and one that they don't."""
    for name, sd in (("trec_reinit_3ep", 0.5), ("rte-1k_debiased_3ep", 0.5), ("trec_bertadam_3ep", 9.0)):
        rows = synthetic_rows(60.0, range(20), sd=sd)
        write_baseline(baseline_path(tmp_path, Cell.named(name)), {"cell": Cell.named(name).id}, rows)
    renew_margins(tmp_path, "why")
    return tmp_path


def _list(folder, *names, profile="mini"):
    (folder / "grid.toml").write_text(f"{profile} = {list(names)!r}\npaper = []\n")


def test_names_come_in_their_order(folder):
    _list(folder, "trec_reinit_3ep", "rte-1k_debiased_3ep")
    assert read_grid(folder, "mini") == ("trec_reinit_3ep", "rte-1k_debiased_3ep")
    assert read_grid(folder, "paper") == ()
    assert read_grid(folder / "none", "mini") is None
    assert listed_names(folder) == {"mini": ("trec_reinit_3ep", "rte-1k_debiased_3ep"), "paper": ()}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("trec_reinit_4ep", "trec_reinit_3ep"),
        ("trec_reint_3ep", "trec_reinit_3ep"),
        ("rte_debiased_3ep", "rte-1k_debiased_3ep"),
        ("trec_debiased_3ep", "rte-1k_debiased_3ep"),
    ],
)
def test_a_name_without_a_baseline_is_refused_with_the_nearest(folder, name, nearest):
    _list(folder, "trec_reinit_3ep", name)
    with pytest.raises(
        BaselineError, match=f"mini: {name} has no baseline in .*; the nearest that has one is {nearest}$"
    ):
        read_grid(folder, "mini")
    # a session that is to accept it may list it
    assert read_grid(folder, "mini", accepting=True) == ("trec_reinit_3ep", name)


def test_the_encoder_that_judges_must_have_the_baseline(folder):
    _list(folder, "trec_reinit_3ep")
    assert read_grid(folder, "mini", "minilm") == read_grid(folder, "mini", "*")
    with pytest.raises(
        BaselineError, match=r"trec_reinit_3ep has no baseline in .*baselines?[^;]*$|has no baseline in"
    ):
        read_grid(folder, "mini", "bert-large")


def test_a_cell_that_cannot_be_decided_is_refused(folder):
    _list(folder, "trec_reinit_3ep", "trec_bertadam_3ep")
    with pytest.raises(
        BaselineError, match=r"mini: trec_bertadam_3ep cannot be gated: .* margin of 2.00 points \(0\.\d+ sd"
    ):
        read_grid(folder, "mini")
    assert len(read_grid(folder, "mini", accepting=True)) == 2
    _list(folder, "trec_reinit_3ep")
    with pytest.raises(BaselineError, match="needs 12 seeds, and a session makes 9; take it off the list"):
        read_grid(folder, "mini", seeds=9)


def test_a_damaged_baseline_or_margin_stops_no_session(folder):
    # the cell is INVALID, and the others are judged
    _list(folder, "trec_reinit_3ep", "rte-1k_debiased_3ep")
    baseline_path(folder, Cell("trec", "reinit")).write_text("rubbish")
    (folder / "margins.csv").write_text("rubbish")
    assert len(read_grid(folder, "mini")) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('mini = "trec_reinit_3ep"', "mini: it is 'trec_reinit_3ep'; it must be a list of names"),
        ("mini = [3]", "mini: it is .3.; it must be a list of names"),
        ('mini = ["trec_reinit"]', "'trec_reinit' is not of the form TASK_METHOD_LENGTH"),
        ('mini = ["trec_mixout.p0.10_3ep"]', "is not in canonical form"),
        (
            'mini = ["trec_reinit_3ep", "trec_debiased_3ep", "trec_reinit_3ep"]',
            "trec_reinit_3ep is listed more than once",
        ),
        ("mini = [", "cannot be read"),
        ('paper = "all"', "paper: it is 'all'"),
        (
            'minii = ["trec_reinit_3ep"]',
            "'minii' is no profile, so that its list gates nothing; it is one of mini, paper",
        ),
    ],
)
def test_what_is_no_grid_is_named(tmp_path, text, message):
    path = tmp_path / "grid.toml"
    path.write_text(text)
    with pytest.raises(BaselineError, match=message) as caught:
        read_grid(tmp_path, "mini")
    assert str(path) in str(caught.value)
