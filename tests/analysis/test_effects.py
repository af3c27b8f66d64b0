from dataclasses import replace

import numpy as np
import pytest

from stablebert.analysis import EFFECTS
from stablebert.analysis.effects import pseudo_values, values_of
from stablebert.runs import Evaluation
from stablebert.stats import expected_test
from tests.gate.exact_rows import exact_rows, rows_of

NARROW, WIDE = exact_rows(80.0, 1.0), exact_rows(80.0, 3.0)
OF_ALL_RUNS = ["worst less best", "gain of ten", "gain beyond five", "gain of validation over test"]


def mean_of(name, rows, courses=None):
    return np.mean(values_of(EFFECTS[name], rows, courses or {}))


@pytest.mark.parametrize("name", OF_ALL_RUNS)
def test_pseudo_values_average_to_the_statistic_without_bias(name):
    # an expectation over draws without replacement has no bias, so that nothing is to be taken away
    generator = np.random.default_rng(5)
    rows = rows_of(generator.normal(80, 2, 16), validation=generator.normal(70, 3, 16))
    tests = np.array([row.test for row in rows])
    statistic = {
        "gain of ten": gain(rows, 10, 1),
        "gain beyond five": gain(rows, 10, 5),
        "gain of validation over test": gain(rows, 10, 1, "validation") - gain(rows, 10, 1),
        "worst less best": -best_of_five(-tests) - best_of_five(tests),
    }[name]
    assert mean_of(name, rows) == pytest.approx(statistic)


def best_of_five(scores):
    return expected_test(scores, scores, [5], replacement=False)[0][0]


def gain(rows, most, fewest, score="test"):
    validation, scores = [row.validation for row in rows], [getattr(row, score) for row in rows]
    more, fewer = expected_test(validation, scores, [most, fewest], replacement=False)[0]
    return more - fewer


@pytest.mark.parametrize(
    ("name", "more"), [("worst less best", False), ("gain of ten", True), ("gain beyond five", True), ("spread", True)]
)
def test_runs_that_scatter_more_have_more_to_gain(name, more):
    assert (mean_of(name, WIDE) > mean_of(name, NARROW)) == more


@pytest.mark.parametrize("name", ["gain of ten", "worst less best"])
def test_the_spread_of_pseudo_values_is_that_of_the_statistic(name):
    generator = np.random.default_rng(6)
    found = []
    for _ in range(60):
        scores = generator.normal(80, 2, 16)
        values = values_of(EFFECTS[name], rows_of(scores, validation=scores), {})
        found.append((np.mean(values), np.std(values, ddof=1) / 4))
    means, errors = np.array(found).T
    assert np.mean(errors) == pytest.approx(np.std(means), rel=0.35)


def test_a_mean_is_its_own_pseudo_value():
    values = pseudo_values(lambda some: float(np.mean([row.test for row in some])), WIDE)
    assert values == pytest.approx([row.test for row in WIDE])


def test_shares_are_in_points():
    rows = rows_of([50.0, 54.9, 55.0, 70.0], failed={0})
    assert mean_of("below 55, less 48 %", rows) == pytest.approx(2.0)
    assert mean_of("failures", rows) == 25.0


def grid_of(initialisation, order, size=4):
    """Return the runs of a grid whose scores vary so much with either seed."""
    places = [(one, other) for one in range(size) for other in range(size)]
    rows = rows_of([80.0 + initialisation * one + order * other for one, other in places])
    return [replace(row, seed=f"i{one:03d}d{other:03d}") for row, (one, other) in zip(rows, places, strict=True)]


def test_the_runs_of_a_grid_are_grouped_by_what_they_share():
    grid = grid_of(1.0, 3.0)
    once = np.std(range(4), ddof=1)
    assert values_of(EFFECTS["spread at one initialisation"], grid, {}) == pytest.approx([3 * once] * 4)
    assert values_of(EFFECTS["spread at one data order"], grid, {}) == pytest.approx([once] * 4)
    assert values_of(EFFECTS["mean at one initialisation"], grid, {}) == [84.5, 85.5, 86.5, 87.5]
    assert values_of(EFFECTS["mean at one data order"], grid, {}) == [81.5, 84.5, 87.5, 90.5]
    alike = values_of(EFFECTS["spread at one initialisation, less data order"], grid, {})
    assert alike == pytest.approx([2 * once] * 4)


@pytest.mark.parametrize("rows", [NARROW, grid_of(1.0, 1.0, 2)], ids=["no grid", "two by two"])
def test_what_is_no_grid_is_refused(rows):
    with pytest.raises(ValueError, match="a grid has at least 3 initialisations and data orders"):
        values_of(EFFECTS["spread at one data order"], rows, {})


def test_a_course_is_read_by_seed():
    rows = exact_rows(80.0, 1.0, 3)
    distances = {"block01": 1.0, "block02": 2.0, "block03": 3.0, "block04": 4.0, "head": 9.0}
    courses = {
        row.seed: (Evaluation(1, 10.0 * place, 1.0, {}), Evaluation(2, 50.0, 1.0, distances))
        for place, row in enumerate(rows)
    }
    assert values_of(EFFECTS["course"], rows, courses) == [25.0, 30.0, 35.0]
    assert mean_of("top distance", rows, courses) == 4.0
    assert mean_of("bottom distance", rows, courses) == 1.0


@pytest.mark.parametrize("name", ["course", "top distance"])
def test_what_is_not_known_of_a_run_is_no_zero(name):
    rows = exact_rows(80.0, 1.0, 3)
    with pytest.raises(ValueError, match="no evaluations of runs s000, s001, s002 are kept"):
        values_of(EFFECTS[name], rows, {})
    lost = {row.seed: (Evaluation(1, float("nan"), 1.0, {}),) for row in rows}
    with pytest.raises(ValueError, match="has no score"):
        values_of(EFFECTS[name], rows, lost)
    with pytest.raises(ValueError, match="has no score"):
        values_of(EFFECTS["training loss"], [replace(row, training_loss=float("inf")) for row in rows], {})
