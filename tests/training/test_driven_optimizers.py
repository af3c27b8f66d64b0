"""Runs with optimizers of others: modes around evaluation, a schedule of their own, matrices apart, what nobody sets."""

from dataclasses import replace
from importlib import import_module

import pytest
import torch

from stablebert.optim import Adapter
from stablebert.runs import Recipe, RunSpec
from stablebert.training import loop, train
from tests.optim.muon import NEEDS_MUON

HERE = "tests.training.test_driven_optimizers"
RECIPE = Recipe(learning_rate=1e-2, batch_size=8, evaluations=2)
EVENTS = []


class Plain(torch.optim.SGD):
    def step(self, closure=None):
        EVENTS.append(self.param_groups[0]["lr"])
        return super().step(closure)


class Moded(Plain):
    """Other weights in evaluation, and a schedule of its own."""

    stablebert_adapter = Adapter(own_schedule=True)

    def train(self):
        EVENTS.append("train")

    def eval(self):
        EVENTS.append("eval")


@pytest.fixture
def spec(tiny_encoder):
    return RunSpec(
        task="trec",
        method="debiased",
        length="20st",
        encoder="custom-abcdef",
        encoder_source=str(tiny_encoder),
        recipe=RECIPE,
    )


def events_of(name, spec, task, monkeypatch):
    # a run imports this module by its name, which may be another copy than the one that pytest has
    events, predict = import_module(HERE).EVENTS, loop.predict
    events.clear()
    with monkeypatch.context() as patch:
        patch.setattr(loop, "predict", lambda *given: events.append("predict") or predict(*given))
        train(replace(spec, optimizer=f"{HERE}:{name}"), task=task)
    return events[:]


def test_modes_are_those_of_training_and_of_scoring(spec, task, monkeypatch):
    # the probe of one update that comes before has no evaluation
    events = events_of("Moded", spec, task, monkeypatch)
    scored = [place for place, event in enumerate(events) if event == "predict"]
    assert len(scored) == 3
    # what is read at the end is the kept checkpoint, whose weights are those of evaluation
    assert all((events[place - 1], events[place + 1]) == ("eval", "train") for place in scored[:2])


def test_a_schedule_of_its_own_is_warmed_up_and_left_alone(spec, task, monkeypatch):
    rates = {
        name: [event for event in events_of(name, spec, task, monkeypatch) if isinstance(event, float)][-20:]
        for name in ("Moded", "Plain")
    }
    assert rates["Moded"] == pytest.approx([0.0, 5e-3, *[1e-2] * 18])
    assert rates["Plain"][-1] < 1e-3


@NEEDS_MUON
def test_matrices_go_to_muon_and_what_nobody_sets_is_kept(spec, task):
    record = train(replace(spec, optimizer="torch.optim:Muon", optimizer_arguments='{"momentum":0.9}'), task=task)
    muon, adam = record.census["groups"]
    assert muon["tensors"] > 0 < adam["tensors"]
    left = record.census["left_to_the_optimizer"]
    assert (left["weight_decay"], left["adjust_lr_fn"]) == ("0.1", "'match_rms_adamw'")
    assert not {"lr", "momentum"} & set(left)


def test_schedule_free_learns(spec, task):
    pytest.importorskip("schedulefree", reason="pip install schedulefree")
    record = train(replace(spec, length="4ep", optimizer="schedulefree:AdamWScheduleFree"), task=task)
    assert record.best_test > 80
