"""The corners are drawn: a law that never sees decay or a second group checks nothing of them."""

import pytest

from stablebert.contract import Effort, Law, OptimizerUnderTest
from stablebert.contract.checking import hold
from stablebert.contract.setting import STEPS
from tests.contract.plain import Plain

CORNERS = {
    "decay on": lambda setting: all(group.decay > 0 for group in setting.groups),
    "decay off": lambda setting: all(group.decay == 0 for group in setting.groups),
    "two groups": lambda setting: len(setting.groups) > 1,
    "groups of another rate": lambda setting: len({group.rate for group in setting.groups}) > 1,
    "groups of another decay": lambda setting: len({group.decay for group in setting.groups}) > 1,
    "two parameters in a group": lambda setting: any(len(group.shapes) > 1 for group in setting.groups),
    "another shape": lambda setting: len(set(setting.shapes)) > 1,
    "one update": lambda setting: setting.steps == 1,
    "many updates": lambda setting: setting.steps == STEPS,
    "large gradients": lambda setting: setting.scale > 1,
    "a large factor": lambda setting: setting.factor > 1e5,
    "a gradient of 0": lambda setting: any((gradient == 0).any() for row in setting.gradients() for gradient in row),
}


def drawn(monkeypatch, effort):
    seen = []
    monkeypatch.setattr(Law, "check", property(lambda self: lambda subject, setting: seen.append(setting)))
    hold(Law("a-law", "It holds.", "nothing", "home"), OptimizerUnderTest("plain", Plain), effort)
    return seen


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_corner_is_drawn(monkeypatch, seed):
    settings = drawn(monkeypatch, Effort(seed=seed))
    assert len(settings) == Effort().examples
    assert [name for name, holds in CORNERS.items() if not any(holds(setting) for setting in settings)] == []


def test_a_corner_that_is_never_drawn_would_be_seen(monkeypatch):
    settings = drawn(monkeypatch, Effort(examples=1))
    assert any(not any(holds(setting) for setting in settings) for holds in CORNERS.values())


def test_the_same_settings_are_drawn_in_every_session_unless_another_seed_is_given(monkeypatch):
    assert drawn(monkeypatch, Effort()) == drawn(monkeypatch, Effort())
    assert drawn(monkeypatch, Effort(seed=1)) != drawn(monkeypatch, Effort(seed=2))


def test_numbers_come_from_the_seed_and_stay_away_from_zero(monkeypatch):
    for setting in drawn(monkeypatch, Effort()):
        sizes = [abs(float(number)) for weight in setting.weights() for number in weight.flatten()]
        assert 0.5 <= min(sizes) <= max(sizes) <= 2
        assert len(setting.gradients()) == setting.steps
        assert [tuple(gradient.shape) for gradient in setting.gradients()[0]] == setting.shapes
