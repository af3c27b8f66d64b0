"""A defect planted in the rule breaks a limit; the rule as it is keeps them all."""

from dataclasses import replace

import numpy as np
import pytest

from tests.calibration import __main__ as command
from tests.calibration import arms, equal, levels, location, rule
from tests.calibration.anytime import seeds_to_pass
from tests.calibration.false_pass import Case, limits_of, measure
from tests.calibration.rule import Rule
from tests.calibration.samples import POPULATIONS
from tests.calibration.tables import Limit, Section

REPLICATES = 1500
BY_NAME = {population.name: population for population in POPULATIONS}
NORMAL = Case(BY_NAME["normal"], 20, 0.0)
ALONE = Case(BY_NAME["exponential, left"], 50, 0.0)
SHARED = Case(BY_NAME["exponential, left"], 50, 0.5)


def broken(case, of=None, replicates=REPLICATES):
    return [limit.name for limit in limits_of(case, measure(case, of or Rule(), replicates)) if limit.broken(3)]


@pytest.mark.parametrize("case", [NORMAL, ALONE, SHARED], ids=lambda case: case.name(1.0))
def test_the_rule_keeps_its_limits(case):
    assert broken(case) == []


def test_alpha_spent_anew_at_every_look_is_seen(monkeypatch):
    monkeypatch.setattr(levels, "level", lambda alpha, looks, baseline_runs=None: alpha)
    assert "false pass, all looks, normal, m = 20, rho = 0.0, sd x 1.0" in broken(NORMAL)


def test_a_bound_on_the_wrong_side_is_seen(monkeypatch):
    right = location.Estimate.lower
    monkeypatch.setattr(location.Estimate, "lower", lambda self, level: 2 * self.difference - right(self, level))
    assert "false pass, fixed n = 20, normal, m = 20, rho = 0.0, sd x 1.0" in broken(NORMAL)


def test_a_variance_divided_by_the_number_of_runs_is_seen(monkeypatch):
    @arms.undefined_is_nan
    def biased(values):
        count, mean, variance = arms.moments(values)
        return count, mean, variance * (count - 1) / count

    monkeypatch.setattr(location, "moments", biased)
    monkeypatch.setattr(rule, "moments", biased)
    assert "false pass, all looks, normal, m = 20, rho = 0.0, sd x 2.0" in broken(NORMAL, replicates=20_000)


@pytest.mark.parametrize(
    ("defect", "case", "name"),
    [
        ({"ratio": np.inf}, NORMAL, "false pass, all looks, normal, m = 20, rho = 0.0, sd x 2.0"),
        ({"ratio": 0.0}, ALONE, "false pass, fixed n = 5, exponential, left, m = 50, rho = 0.0, sd x 1.0"),
        (
            {"pairs": 4, "correlation": -1.0, "skewness": np.inf},
            SHARED,
            "false pass, all looks, exponential, left, m = 50, rho = 0.5, sd x 1.0",
        ),
    ],
    ids=["variances always pooled", "variances never pooled", "anchored without its guards"],
)
def test_another_estimate_is_seen(defect, case, name):
    assert name in broken(case, replace(Rule(), **defect))


def too_many_alarms(of):
    counts = equal.session_block(0, 0.0, replace(of, cells=equal.GRID), 1000)
    return equal.limit_of(counts, 1000, 0.0).broken(3)


def test_equal_sides_rarely_fail():
    assert not too_many_alarms(Rule())


def test_alarms_that_every_cell_and_look_spends_anew_are_seen(monkeypatch):
    monkeypatch.setattr(levels, "level", lambda alpha, looks, baseline_runs=None: alpha)
    each = {name: equal.GRID * getattr(Rule(), name) for name in ("location_alarm", "failure_alarm", "spread_alarm")}
    assert too_many_alarms(replace(Rule(), **each))


def test_an_e_value_at_a_level_of_one_look_is_no_such_thing():
    generator = np.random.default_rng(0)
    y, x = generator.standard_normal((800, 20)) - 1.5, generator.standard_normal((800, 20))
    assert seeds_to_pass(y, x, 1.5, 0.05)[0].mean() < 0.065
    assert seeds_to_pass(y, x, 1.5, 0.5)[0].mean() > 0.085


@pytest.mark.parametrize(("value", "status"), [(6.5, 0), (6.6, 1)])
def test_the_command_says_which_limit_is_exceeded(value, status, monkeypatch, capsys, tmp_path):
    section = Section("Title", "Text.", ["a"], [[1.0]], [Limit("the figure", value, 0.1, 6.5)])
    monkeypatch.setattr(command, "study", lambda each, replicates: [section])
    monkeypatch.setattr(command, "DOCUMENT", tmp_path / "docs" / "calibration.md")
    assert command.main(["--write", "--jobs", "1"]) == status
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["limit exceeded: the figure: 6.60 (Monte Carlo error 0.10), at most 6.5"][:status]
    assert "| 1.00 |" in command.DOCUMENT.read_text()


def test_a_quick_look_is_not_written(capsys):
    with pytest.raises(SystemExit):
        command.main(["--quick", "--write"])
    assert "not written" in capsys.readouterr().err
