"""Each cause is found where it is, is not where it is not, and is not known where a fact is missing."""

import math
from pathlib import Path

import pytest

from stablebert.doctor import CAUSES, Cause, Setup, diagnose

BASELINES = [Path(__file__).parents[2] / "baselines"]
# of each cause a set-up that has it, one that has not, and one that does not say
PLANTED = {
    "no-bias-correction": ({"bias_correction": False}, {"bias_correction": True}, {}),
    "no-warm-up": ({"warmup": 0}, {"warmup": 0.1}, {}),
    "schedule-ends-early": (
        {"schedule_updates": 95, "updates": 96},
        {"schedule_updates": 96, "updates": 96},
        {"schedule_updates": 96},
    ),
    "decay-on-normalisations": ({"decays_normalisations": True}, {"decays_normalisations": False}, {}),
    "parameters-missing": ({"trains_everything": False}, {"trains_everything": True}, {}),
    "re-init-without-effect": (
        {"reinit": True, "reinit_kept": False},
        {"reinit": True, "reinit_kept": True},
        {"reinit": True},
    ),
    "dropout-off": ({"dropout": 0.0, "mixout": False}, {"dropout": 0.1}, {"dropout": 0.0}),
    "too-few-updates": ({"updates": 199}, {"updates": 200}, {}),
    "rate-unsupported": (
        {"encoder": "xlnet-large", "learning_rate": 6e-5},
        {"encoder": "xlnet-large", "learning_rate": 4e-5},
        {"encoder": "somebody/their-encoder", "learning_rate": 6e-5},
    ),
}


def found_in(facts, name):
    diagnosis = diagnose(Setup(**facts), BASELINES)
    sides = {"found": [finding.cause for finding in diagnosis.findings], "unknown": diagnosis.unknown}
    sides["absent"] = diagnosis.absent
    return [side for side, causes in sides.items() if name in [cause.name for cause in causes]]


def test_every_cause_is_planted():
    assert list(PLANTED) == [cause.name for cause in CAUSES]


@pytest.mark.parametrize(("name", "setups"), PLANTED.items())
def test_a_cause_is_found_where_it_is_and_only_there(name, setups):
    assert [found_in(facts, name) for facts in setups] == [["found"], ["absent"], ["unknown"]]


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_not_known_is_never_healthy(name):
    assert found_in({}, name) == ["unknown"]


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"schedule_updates": math.inf}, "schedule-ends-early"),
        ({"schedule_epochs": 3, "epochs": 3}, "schedule-ends-early"),
        ({"reinit": False}, "re-init-without-effect"),
        ({"dropout": 0.0, "mixout": True}, "dropout-off"),
    ],
)
def test_a_fact_may_rule_a_cause_out_alone(facts, name):
    assert found_in(facts, name) == ["absent"]


@pytest.mark.parametrize("rate", [9.9e-5, 4.1e-4])
def test_a_recorded_search_supports_what_it_has_tried(rate):
    assert found_in({"encoder": "minilm", "learning_rate": rate}, "rate-unsupported") == ["found"]
    for tried in (1e-4, 3e-4, 4e-4):
        assert found_in({"encoder": "minilm", "learning_rate": tried}, "rate-unsupported") == ["absent"]


def test_rates_of_another_optimizer_are_not_compared():
    setup = {"encoder": "xlnet-large", "learning_rate": 6e-5, "optimizer": "torch.optim.SGD"}
    assert found_in(setup, "rate-unsupported") == ["unknown"]
    assert "rate-unsupported (bias_correction is not said)" in str(diagnose(Setup(**setup), BASELINES))
    # the control
    assert found_in({**setup, "bias_correction": True}, "rate-unsupported") == ["found"]


def test_a_finding_says_what_where_and_what_to_do():
    setup = Setup().with_facts({"updates": (96, "line 3")})
    text = str(diagnose(setup, BASELINES))
    assert "too-few-updates (Section 6): 96 updates" in text
    assert "  seen: updates 96 (line 3)" in text
    assert "  remedy: train longer" in text
    assert "not known: no-warm-up (warmup is not said)" in text
    # the control: nothing is said of what is there
    assert "not there: too-few-updates" in str(diagnose(Setup(updates=300), BASELINES))


def test_a_cause_of_ones_own_is_one_entry():
    large = Cause(
        "large-rate", "none", "rate {0.learning_rate}", "less", ("learning_rate",), lambda s: s.learning_rate > 1
    )
    (finding,) = diagnose(Setup(learning_rate=2.0), BASELINES, [large]).findings
    assert (finding.what, finding.evidence) == ("rate 2.0", ())
    assert diagnose(Setup(learning_rate=0.5), BASELINES, [large]).findings == ()


def test_every_fact_of_a_cause_is_a_fact():
    assert {name for cause in CAUSES for name in cause.facts} <= {*Setup.__dataclass_fields__}
