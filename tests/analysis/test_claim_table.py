"""Every claim that is made can hold, and be contradicted: simulated stores that agree with the paper, but for one thing."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from stablebert.analysis import EFFECTS, judge_claims
from stablebert.analysis.effects import values_of
from stablebert.gate import Status
from stablebert.paper import CLAIMS, Arm, cited_lines
from tests.analysis.claimed_world import WORLD, runs_in

FOLDER = Path(__file__).parents[2] / "baselines"
XLNET = Arm("reinit", "own", encoder="xlnet-large")
DEBIASED, BERTADAM, REINIT = Arm("debiased"), Arm("bertadam"), Arm("reinit")
# the effect and what it shows, the claim, the arm whose runs contradict it, and in what
PLANTED = [
    ("mean more", "pooler-alone", Arm("reinit.blocks0"), {"mean": 68.0}),
    ("spread at one initialisation, less data order same", "sources-alike", Arm("debiased", grid=True), {"order": 5.0}),
    ("mean not more", "mixout-edge", Arm("mixout"), {"mean": 74.0}),
    ("mean same", "precision-fp16", Arm("debiased", precision="fp16"), {"mean": 64.0}),
    ("spread less", "xlnet-reinit-spread", XLNET, {"sd": 12.0}),
    ("failures less", "debiased-failures", DEBIASED, {"failed": 20}),
    ("training loss less", "underfitting", BERTADAM, {"training_loss": 0.1}),
    ("below 55, less 48 % same", "near-random", Arm("bertadam", encoder="bert-large"), {"near_random": 0.0}),
    ("gain of validation over test more", "too-many-trials", BERTADAM, {"over_validation": 0.1}),
    ("updates less", "reinit-cost", REINIT, {"best_step": 95}),
    ("course more", "debiased-course", BERTADAM, {"course": 62.0}),
    ("top distance less", "reinit-top-distance", REINIT, {"top": 2.5}),
    ("bottom distance less", "reinit-3-bottom-distance", Arm("reinit.blocks3"), {"bottom": 1.5}),
    ("bottom distance more", "reinit-too-many", Arm("reinit.blocks10", encoder="bert-large"), {"bottom": 0.5}),
]


KNOWN = {}


@pytest.fixture(autouse=True)
def values_once(monkeypatch):
    """Values of the same rows are computed once: every task of a world has the same."""

    def once(effect, rows, courses):
        if effect.of_rows is None:
            return values_of(effect, rows, courses)
        key = (effect.unit, effect.least, effect.of_rows, tuple(rows))
        if key not in KNOWN:
            KNOWN[key] = values_of(effect, rows, courses)
        return KNOWN[key]

    monkeypatch.setattr("stablebert.analysis.claims.values_of", once)


@cache
def whole():
    return runs_in(WORLD)


def statuses(world, **case):
    return {one.claim.name: one.status for one in judge_claims(CLAIMS, *runs_in(world, **case))}


def test_runs_that_agree_with_the_paper_make_every_claim_hold():
    found = statuses(WORLD)
    assert found.keys() == {claim.name for claim in CLAIMS}
    assert {name: str(status) for name, status in found.items() if status is not Status.PASS} == {}


@pytest.mark.parametrize(("predicate", "name", "arm", "change"), PLANTED, ids=[one[0] for one in PLANTED])
def test_one_contradiction_turns_exactly_that_claim_red(predicate, name, arm, change):
    (claim,) = [claim for claim in CLAIMS if claim.name == name]
    assert predicate == f"{claim.effect} {claim.shows}"
    found = statuses({**WORLD, arm: replace(WORLD[arm], **change)})
    assert {name for name, status in found.items() if status is Status.FAIL} == {name}


def test_what_is_claimed_of_each_task_is_contradicted_by_one():
    found = statuses(WORLD, also={("cola", Arm("transfer")): replace(WORLD[Arm("transfer")], mean=60.0)})
    assert {name for name, status in found.items() if status is Status.FAIL} == {"intermediate-task"}


@pytest.mark.parametrize(("change", "red"), [({"mean": 66.0}, "mean"), ({"sd": 9.0}, "spread")])
def test_both_ways_to_hold_a_source_are_contradicted_by_the_same_grid(change, red):
    arm = Arm("reinit.blocks5", grid=True)
    found = statuses({**WORLD, arm: replace(WORLD[arm], **change)})
    assert {name for name, status in found.items() if status is Status.FAIL} == {
        f"one-initialisation-{red}",
        f"one-order-{red}",
    }


def test_every_predicate_in_use_has_a_contradiction_planted():
    planted = {one[0] for one in PLANTED}
    # of these, claims of other effects turn red with them: tests/analysis/test_effects.py
    beside = {"gain of ten less", "gain beyond five not more", "worst less best more"}
    # and a grid contradicts both of its sources at once
    beside |= {f"mean at one {held} more" for held in ("initialisation", "data order")}
    beside |= {f"spread at one {held} less" for held in ("initialisation", "data order")}
    assert {f"{claim.effect} {claim.shows}" for claim in CLAIMS} == planted | beside


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_claim_cites_lines_that_are_there_and_lacks_runs_where_there_are_none(claim):
    lines = cited_lines([FOLDER])
    assert claim.sources
    assert {*claim.sources} <= lines.keys()
    assert claim.effect in EFFECTS
    cells, beside = whole()
    left = {key: rows for key, rows in cells.items() if key[1] != claim.arms[0]}
    (outcome,) = judge_claims([claim], left, beside)
    assert not outcome.was_run
    assert outcome.status is Status.INVALID
    assert str(claim.arms[0]) in outcome.reason


def test_names_are_one_a_claim_and_39_lines_can_be_answered():
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)
    assert len({line for claim in CLAIMS for line in claim.sources}) == 39


def test_lines_that_are_not_there_are_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="the paper's claims are in none of"):
        cited_lines([tmp_path])
    assert str(cited_lines([tmp_path, FOLDER])["c037"]).startswith("c037 (4, p4): Debiasing reduces")
