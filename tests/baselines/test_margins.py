import numpy as np
import pytest
from scipy import stats

from stablebert.baselines import BaselineError, Margin, find_margin, margin_from, read_margins, write_margins
from stablebert.runs import Cell
from tests.synthetic import synthetic_rows


def _margin(ours, theirs):
    return margin_from(ours, theirs, cell=Cell("trec"), accepted="2026-01-01")


def test_the_bound_is_welchs():
    ours, theirs = synthetic_rows(90.0, range(20)), synthetic_rows(88.5, range(30, 45), sd=2.0)
    welch = stats.ttest_ind([row.test for row in ours], [row.test for row in theirs], equal_var=False)
    low = welch.confidence_interval(0.6).low  # two-sided 60 % has one-sided 80 % below it
    margin = _margin(ours, theirs)
    assert margin.bound == pytest.approx(low, abs=1e-4)
    assert margin.margin == pytest.approx(low / 2, abs=1e-4)
    assert margin.note == ""


def test_the_bound_is_below_the_difference_four_times_in_five():
    generator = np.random.default_rng(0)
    template = synthetic_rows(0.0, range(12))
    covered = 0
    for _ in range(300):
        ours, theirs = (
            [type(row)(**{**vars(row), "test": float(score)}) for row, score in zip(template, scores, strict=True)]
            for scores in (generator.normal(3.0, 1.0, 12), generator.normal(0.0, 2.0, 12))
        )
        covered += _margin(ours, theirs).bound <= 3.0
    assert 0.72 < covered / 300 < 0.88


def test_a_margin_is_two_points_at_the_most():
    assert _margin(synthetic_rows(90.0, range(20)), synthetic_rows(50.0, range(20))).margin == 2.0


def test_no_gain_is_not_gated_on_location():
    margin = _margin(synthetic_rows(90.0, range(20)), synthetic_rows(90.0, range(20, 40)))
    assert margin.bound is not None
    assert margin.bound < 0
    assert (margin.margin, margin.note) == (None, "not gated on location")


def test_failed_runs_stay_out():
    theirs = synthetic_rows(88.0, range(20), failed=frozenset(range(6)))
    margin = _margin(synthetic_rows(90.0, range(20)), theirs)
    assert (margin.debiased_runs, margin.bertadam_runs) == (20, 14)
    assert 1.5 < margin.bound < 2.5


def test_too_few_runs_have_no_bound():
    margin = _margin(synthetic_rows(90.0, range(20)), synthetic_rows(88.0, range(20), failed=frozenset(range(19))))
    assert (margin.bound, margin.margin, margin.note) == (None, None, "not gated on location")


def test_runs_without_spread_have_the_difference_as_bound():
    margin = _margin(synthetic_rows(90.0, range(5), sd=0.0), synthetic_rows(89.0, range(5), sd=0.0))
    assert (margin.bound, margin.margin) == (1.0, 0.5)


def test_margins_come_back_sorted(tmp_path):
    margins = [
        Margin("minilm", "trec", "3ep", 2.5, 1.25, 20, 19, "2026-01-01"),
        Margin("minilm", "sms", "3ep", -0.3, None, 20, 20, "2026-01-01"),
        Margin("minilm", "rte", "3ep", None, None, 20, 1, "2026-01-01"),
    ]
    write_margins(tmp_path, margins)
    assert read_margins(tmp_path) == margins[::-1]
    assert (tmp_path / "margins.csv").read_text().splitlines()[2].endswith("not gated on location")
    assert find_margin([tmp_path / "none", tmp_path], Cell("trec")) == margins[0]
    assert find_margin([tmp_path], Cell("trec", length="8st")) is None


def test_a_tampered_file_is_named(tmp_path):
    write_margins(tmp_path, [Margin("minilm", "trec", "3ep", 2.5, 1.25, 20, 19, "2026-01-01")])
    path = tmp_path / "margins.csv"
    path.write_text(path.read_text().replace("1.25", "much"))
    with pytest.raises(BaselineError, match=r"margins.csv is damaged"):
        read_margins(tmp_path)
