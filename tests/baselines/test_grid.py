from pathlib import Path

import pytest

from stablebert.baselines import BaselineError, find_baseline, read_grid
from stablebert.runs import Cell

BASELINES = Path(__file__).parents[2] / "baselines"


def test_the_grid_of_the_repository_lists_cells_that_have_a_baseline():
    names = read_grid(BASELINES, "mini")
    assert len(names) == 10
    assert all(find_baseline(Cell.named(name), [BASELINES]) for name in names)
    # the control: a cell that is in no grid has none either
    assert "sms_debiased_3ep" not in names
    assert find_baseline(Cell.named("sms_debiased_3ep"), [BASELINES]) is None


def test_names_come_in_their_order(tmp_path):
    (tmp_path / "grid.toml").write_text('mini = ["trec_reinit_3ep", "rte-1k_debiased_long"]\nother = []\n')
    assert read_grid(tmp_path, "mini") == ("trec_reinit_3ep", "rte-1k_debiased_long")
    assert read_grid(tmp_path, "other") == ()
    assert read_grid(tmp_path, "paper") is None
    assert read_grid(tmp_path / "none", "mini") is None


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
    ],
)
def test_what_is_no_grid_is_named(tmp_path, text, message):
    path = tmp_path / "grid.toml"
    path.write_text(text)
    with pytest.raises(BaselineError, match=message) as caught:
        read_grid(tmp_path, "mini")
    assert str(path) in str(caught.value)
