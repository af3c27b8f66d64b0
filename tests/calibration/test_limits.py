"""A defect planted in the rule breaks a limit; the rule as it is keeps them all."""

from dataclasses import replace

import numpy as np
import pytest

from tests.calibration import __main__ as command
from tests.calibration import anytime, equal, instability, levels, location, pooled, rule, sessions
from tests.calibration.false_pass import Case, limits_of, measure
from tests.calibration.rule import Rule
from tests.calibration.samples import POPULATIONS
from tests.calibration.tables import Limit, Section

REPLICATES = 1500
BY_NAME = {population.name: population for population in POPULATIONS}
NORMAL = Case(BY_NAME["normal"], 20, 0.0)
ALONE = Case(BY_NAME["exponential, left"], 50, 0.0)
SHARED = Case(BY_NAME["exponential, left"], 50, 0.5)


# alarms that take a bad candidate's later chances away are no part of what is promised
RULE = Rule(cells=12, location_alarm=1e-9)


def broken(case, of=RULE, replicates=REPLICATES):
    return [limit.name for limit in limits_of(case, measure(case, of, replicates)) if limit.broken(3)]


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


def test_an_error_that_is_a_tenth_too_small_is_seen(monkeypatch):
    def narrow(*sides, **how):
        found = location.moderated(*sides, **how)
        return replace(found, error=0.9 * found.error)

    monkeypatch.setattr(rule, "moderated", narrow)
    assert "false pass, all looks, normal, m = 20, rho = 0.0, sd x 2.0" in broken(NORMAL, replicates=10_000)


@pytest.mark.parametrize(
    ("defect", "case", "name"),
    [
        ({"ratio": np.inf}, NORMAL, "false pass, all looks, normal, m = 20, rho = 0.0, sd x 2.0"),
        ({"corrected": False}, ALONE, "false pass, all looks, exponential, left, m = 50, rho = 0.0, sd x 2.0"),
        (
            {"pairs": 4, "correlation": -1.0, "skewness": np.inf},
            SHARED,
            "false pass, all looks, exponential, left, m = 50, rho = 0.5, sd x 1.0",
        ),
    ],
    ids=["variances always pooled", "left skew left as it is", "anchored without its guards"],
)
def test_another_estimate_is_seen(defect, case, name):
    assert name in broken(case, replace(RULE, **defect))


def test_levels_of_four_looks_at_every_run_are_seen(monkeypatch):
    def exceeded():
        return anytime.measure(BY_NAME["normal"], 50, 0.0, 1.5, RULE, 6000).limit("", passes=6.5).broken(3)

    right = levels.level
    assert not exceeded()
    monkeypatch.setattr(levels, "level", lambda alpha, looks, m=None: right(alpha, Rule().looks, m))
    assert exceeded()


def alone(rate, **changes):
    found = instability.one_cell((0.0, rate), "failed", 50, replace(Rule(), **changes), REPLICATES)
    return found.limit("one cell", passes=instability.ALONE[rate]).broken(3)


def test_twenty_percent_lost_runs_rarely_pass():
    assert not alone(0.2)
    assert alone(0.2, session_room=0.4)


def rises(**changes):
    found = instability.session(4, 4, (0.05, 0.3), "collapsed", 1.0, replace(Rule(), **changes), 400)
    return found.limit("session", fails=instability.RISE_SEEN, least=True).broken(3)


def test_more_lost_runs_in_all_cells_are_seen():
    assert not rises()
    assert rises(failure_alarm=3e-6)


def scatters(**changes):
    found = instability.session(4, 4, (0.0, 0.0), "failed", 2.0, replace(Rule(), **changes), 150)
    return found.limit("session", fails=instability.SPREAD_SEEN, least=True).broken(3)


def test_more_spread_in_all_cells_is_seen():
    assert not scatters()
    assert scatters(spread_alarm=2e-6)


def test_a_cell_at_its_margin_rarely_lets_a_session_pass():
    case = sessions.Case(4, (1.0,), baseline_runs=20)
    found = [sessions.measure(case, replace(Rule(), alpha=alpha), REPLICATES) for alpha in (0.05, 0.12)]
    assert [sessions.limits_of(case, one)[0].broken(3) for one in found] == [False, True]


def test_losses_of_half_a_margin_in_every_cell_rarely_fail_a_session():
    case = sessions.Case(5, (sessions.NO_HARM,) * 5)
    found = [sessions.measure(case, replace(Rule(), alarm_margin=alarm_margin), 400) for alarm_margin in (0.5, 0.0)]
    assert [sessions.limits_of(case, one)[0].broken(3) for one in found] == [False, True]


def test_cells_that_share_a_skewed_baseline_are_no_strata_of_their_own(monkeypatch):
    case = sessions.Case(6, (), 1.5, 20, shared=True, shape="exponential, left")
    together = sessions.measure(case, Rule(), 600).pooled_fail[0]
    monkeypatch.setattr(pooled, "groups_of", lambda cells: [[place] for place in range(len(cells))])
    assert together < 0.5 < 1.0 < sessions.measure(case, Rule(), 600).pooled_fail[0]


def alarms(of):
    outcome, endpoint = equal.normal_session(12, 1.0, 20, of, 1000)
    return outcome.limit("session", fails=equal.ALARM).broken(3), Limit("", *endpoint, equal.ENDPOINT).broken(3)


def test_equal_sides_rarely_fail():
    assert alarms(Rule()) == (False, False)


def test_alarms_that_every_cell_and_look_spends_anew_are_seen(monkeypatch):
    monkeypatch.setattr(levels, "level", lambda alpha, looks, baseline_runs=None: alpha)
    names = ("location_alarm", "failure_alarm", "spread_alarm")
    assert alarms(replace(Rule(), alarm_margin=0.0, **{name: 12 * getattr(Rule(), name) for name in names}))[0]


def test_an_endpoint_that_need_not_move_far_is_seen():
    assert alarms(replace(Rule(), endpoint_alarm=0.1, endpoint_far=0.0))[1]


def test_stored_runs_alike_rarely_fail():
    counts = equal.session_block(0, 0.5, 4, 20, Rule(), 200)
    assert counts["session FAIL"] <= 4
    assert counts["session PASS"] > 100


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
