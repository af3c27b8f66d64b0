from dataclasses import replace
from statistics import stdev

import numpy as np
import pytest
from scipy import stats

from stablebert.baselines import (
    BaselineError,
    Margin,
    find_margin,
    margin_from,
    read_margins,
    sound_scores,
    write_margins,
)
from stablebert.runs import Cell
from tests.synthetic import synthetic_rows

CELL = Cell("trec", "reinit")
ROWS = synthetic_rows(90.0, range(20))


def _margin(ours, theirs, rows=ROWS):
    return margin_from(rows, ours, theirs, cell=CELL, accepted="2026-01-01")


def _scored(scores):
    rows = synthetic_rows(0.0, range(len(scores)))
    return [replace(row, test=float(score)) for row, score in zip(rows, scores, strict=True)]


def test_the_bound_is_welchs():
    ours, theirs = synthetic_rows(90.0, range(20)), synthetic_rows(88.5, range(30, 45), sd=2.0)
    welch = stats.ttest_ind([row.test for row in ours], [row.test for row in theirs], equal_var=False)
    low = welch.confidence_interval(0.6).low  # two-sided 60 % has one-sided 80 % below it
    margin = _margin(ours, theirs)
    assert margin.bound == pytest.approx(low, abs=1e-4)
    assert (margin.debiased_runs, margin.bertadam_runs) == (20, 15)


def test_the_bound_is_below_the_difference_four_times_in_five():
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(300):
        ours, theirs = _scored(generator.normal(3.0, 1.0, 12)), _scored(generator.normal(0.0, 2.0, 12))
        covered += _margin(ours, theirs).bound <= 3.0
    assert 0.72 < covered / 300 < 0.88


@pytest.mark.parametrize(
    ("gain", "sd", "least"),
    [
        (20.0, 9.0, "2 points"),
        (1.0, 9.0, "half the gain"),
        (20.0, 0.5, "deviations"),
        (None, 9.0, "2 points"),
        (None, 0.5, "deviations"),
        # a gain that is not shown makes no margin smaller
        (-5.0, 0.5, "deviations"),
    ],
)
def test_the_margin_is_the_least_of_three(gain, sd, least):
    rows = synthetic_rows(80.0, range(20), sd=sd)
    own = stdev(row.test for row in rows)
    sides = (None, None) if gain is None else (ROWS, synthetic_rows(90.0 - gain, range(20)))
    margin = _margin(*sides, rows)
    limits = {"2 points": 2.0, "half the gain": margin.bound and margin.bound / 2, "deviations": 1.5 * own}
    assert margin.margin == pytest.approx(limits[least], abs=1e-4)
    assert (margin.sd, margin.runs, margin.note) == (pytest.approx(own, abs=1e-4), 20, "")
    assert margin.deviations == pytest.approx(margin.margin / own, abs=1e-2)
    assert str(margin).startswith(f"{margin.margin:.2f} points (")


def test_lost_runs_stay_out_on_every_side():
    theirs = synthetic_rows(88.0, range(20), failed=frozenset(range(6)))
    collapsed = [replace(ROWS[0], test=60.0), *ROWS[1:]]
    margin = _margin(collapsed, theirs, collapsed)
    assert (margin.runs, margin.debiased_runs, margin.bertadam_runs) == (19, 19, 14)
    assert 1.5 < margin.bound < 2.5
    # the control: with the run at 60 among them the sd would be 6 points
    assert margin.sd == pytest.approx(stdev(row.test for row in ROWS[1:]), abs=1e-4)
    assert len(sound_scores(collapsed)) == 19


def test_too_few_runs_have_no_bound_and_leave_the_other_limits():
    margin = _margin(ROWS, synthetic_rows(88.0, range(20), failed=frozenset(range(19))))
    assert (margin.bound, margin.bertadam_runs) == (None, 1)
    assert margin.margin == pytest.approx(1.5 * margin.sd, abs=1e-4)


@pytest.mark.parametrize("rows", [synthetic_rows(90.0, range(20), failed=frozenset(range(19))), _scored([90.0] * 20)])
def test_runs_without_a_deviation_have_no_margin(rows):
    margin = _margin(None, None, rows)
    assert (margin.margin, margin.deviations, str(margin)) == (None, None, "none")
    assert margin.note == "without a margin it never passes"


def test_runs_without_spread_have_the_difference_as_bound():
    sides = synthetic_rows(90.0, range(5), sd=0.0), synthetic_rows(89.0, range(5), sd=0.0)
    assert _margin(*sides).bound == 1.0


def _row(task="trec", method="debiased", **changed):
    made = Margin("minilm", task, method, "3ep", 2.5, 0.5, 0.75, 20, 20, 19, "2026-01-01")
    return replace(made, **changed)


def test_margins_come_back_sorted_and_are_of_one_cell_each(tmp_path):
    margins = [
        _row(),
        _row(method="bertadam"),
        _row("sms", bound=-0.3),
        _row("rte", bound=None, sd=None, margin=None, runs=1),
    ]
    write_margins(tmp_path, margins)
    assert read_margins(tmp_path) == [margins[3], margins[2], margins[1], margins[0]]
    assert (tmp_path / "margins.csv").read_text().splitlines()[1].endswith("without a margin it never passes")
    assert find_margin([tmp_path / "none", tmp_path], Cell("trec")) == margins[0]
    # the class of precision is not looked at, all else is
    assert find_margin([tmp_path], Cell("trec", precision="bf16")) == margins[0]
    for other in (Cell("trec", length="8st"), Cell("trec", "reinit"), Cell("trec", fidelity="released")):
        assert find_margin([tmp_path], other) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.75", "much", r"margins.csv is damaged"),
        ("margin,", "limit,", r"margins.csv is damaged: it lacks the columns margin"),
        # a file of the former format
        ("method,", "", r"it lacks the columns method"),
    ],
)
def test_a_damaged_file_is_named_with_what_mends_it(tmp_path, old, new, message):
    write_margins(tmp_path, [_row()])
    path = tmp_path / "margins.csv"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(BaselineError, match=message) as caught:
        read_margins(tmp_path)
    assert str(caught.value).endswith('`stablebert accept --margins --why "..."` makes the margins anew')


def test_two_rows_of_one_cell_are_refused(tmp_path):
    write_margins(tmp_path, [_row(), _row(margin=0.5)])
    with pytest.raises(BaselineError, match=r"has more than one row of trec_debiased_3ep"):
        read_margins(tmp_path)
