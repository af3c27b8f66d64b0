"""What a live Trainer would train with is looked at, its optimizer is driven, and the Trainer is left as it was."""

import math
from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification

from stablebert.hf import TrainerForms, examine, prepare, trainer_setup
from stablebert.hf.examining import corrects_bias
from stablebert.methods import apply_mixout, reinitialize
from stablebert.optim import BertAdam
from stablebert.runs import Recipe
from tests.hf.same_updates import quiet
from tests.optim.muon import NEEDS_MUON

pytest.importorskip("accelerate", reason="transformers.Trainer needs accelerate")
BASELINES = [Path(__file__).parents[2] / "baselines"]
DATA = [{"input_ids": [1, 2], "labels": index % 2} for index in range(80)]
SIZE = {"vocab_size": 9, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 8}


def model_of(**config):
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig(**SIZE, **config))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.05
    return model


@pytest.fixture
def trainer(tmp_path):
    """From a model and arguments to a Trainer on 80 examples."""
    from transformers import Trainer

    def build(model=None, arguments=None, **options):
        given = {"max_steps": 400, "warmup_steps": 40, **(arguments or {})}
        return Trainer(model=model, args=quiet(tmp_path, **given), train_dataset=DATA, **options)

    return build


def causes(trainer, **given):
    return [finding.cause.name for finding in examine(trainer, baselines=BASELINES, **given).findings]


def test_the_trainers_own_way_is_sound(trainer):
    setup = trainer_setup(trainer(model_of()))
    assert (setup.optimizer, setup.bias_correction, setup.learning_rate) == ("AdamW", True, 5e-5)
    assert (setup.warmup, setup.updates, setup.schedule_updates) == (40, 400, math.inf)
    assert (setup.trains_everything, setup.decays_normalisations, setup.dropout, setup.mixout) == (
        True,
        False,
        0.1,
        False,
    )
    assert (setup.encoder, setup.reinit) == (None, None)
    assert causes(trainer(model_of())) == []


def test_the_number_of_updates_is_that_of_the_data(trainer):
    given = {"max_steps": -1, "num_train_epochs": 3, "per_device_train_batch_size": 8, "gradient_accumulation_steps": 2}
    assert trainer_setup(trainer(model_of(), given)).updates == 15
    assert "too-few-updates" in causes(trainer(model_of(), given))


@pytest.mark.parametrize(
    ("cause", "planted"),
    [
        ("no-warm-up", lambda build: build(model_of(), {"warmup_steps": 0})),
        ("no-bias-correction", lambda build: with_pair(build, "bertadam", 400)),
        ("schedule-ends-early", lambda build: with_pair(build, "debiased", 100)),
        ("decay-on-normalisations", lambda build: with_optimizer(build, lambda model: model.parameters())),
        ("parameters-missing", lambda build: with_optimizer(build, lambda model: model.bert.encoder.layer.parameters(), 0.0)),
        ("parameters-missing", lambda build: with_optimizer(build, lambda _: model_of().parameters(), 0.0)),
        ("dropout-off", lambda build: build(model_of(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0))),
    ],
)  # fmt: skip
def test_a_planted_cause_is_found_alone(trainer, cause, planted):
    assert causes(planted(trainer)) == [cause]


def with_pair(build, method, steps):
    model = model_of()
    return build(model, optimizers=prepare(model, method, total_steps=steps).optimizers)


def with_optimizer(build, parameters, decay=0.01):
    model = model_of()
    return build(model, optimizers=(torch.optim.AdamW(parameters(model), lr=5e-5, weight_decay=decay), None))


def test_mixout_takes_the_place_of_dropout(trainer):
    model = model_of()
    apply_mixout(model, 0.5)
    assert causes(trainer(model)) == []


def test_redrawn_blocks_are_looked_for(trainer):
    model = model_of()
    names = reinitialize(model, 1)
    assert trainer_setup(trainer(model), reinitialized=names).reinit_kept is True
    model.load_state_dict(model_of().state_dict())
    assert causes(trainer(model), reinitialized=names) == ["re-init-without-effect"]
    with pytest.raises(ValueError, match="'no.such' was redrawn by name and is no parameter"):
        trainer_setup(trainer(model), reinitialized=["no.such"])


def test_a_model_that_is_made_when_training_begins_is_the_one_looked_at(trainer):
    made = trainer(model_init=lambda: model_of())
    names = reinitialize(made.model, 1)
    assert causes(made, reinitialized=names) == ["re-init-without-effect"]
    forms = TrainerForms(model_of, "reinit+llrd", total_steps=400, recipe=Recipe(learning_rate=5e-5))
    made = trainer(arguments=forms.arguments, **forms.options)
    setup = trainer_setup(made, reinitialized=names)
    assert (setup.reinit_kept, setup.trains_everything, setup.learning_rate) == (True, True, 5e-5)


def test_the_trainer_is_left_as_it_was(trainer):
    made = trainer(model_of())
    model, state = made.model, torch.get_rng_state()
    trainer_setup(made)
    assert made.optimizer is None
    assert made.lr_scheduler is None
    assert made.model is model
    assert torch.equal(torch.get_rng_state(), state)
    given = with_optimizer(trainer, lambda model: model.parameters())
    before = [dict(group) for group in given.optimizer.param_groups]
    trainer_setup(given)
    assert [dict(group) for group in given.optimizer.param_groups] == before


def test_a_schedule_that_cannot_be_asked_is_not_known(trainer):
    model = model_of()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    setup = trainer_setup(trainer(model, optimizers=(optimizer, schedule)))
    assert (setup.warmup, setup.schedule_updates) == (None, None)
    assert setup.seen["warmup"] == "a StepLR cannot be asked before it runs"


class Halved(torch.optim.AdamW):
    """An Adam that makes half of each update."""

    @torch.no_grad()
    def step(self, closure=None):
        before = [tensor.clone() for group in self.param_groups for tensor in group["params"]]
        super().step(closure)
        for old, new in zip(before, (tensor for group in self.param_groups for tensor in group["params"]), strict=True):
            new.lerp_(old, 0.5)


@pytest.mark.parametrize(
    ("kind", "options", "answer"),
    [
        (torch.optim.AdamW, {}, True),
        (torch.optim.AdamW, {"betas": (0.9, 0.99), "fused": True}, True),
        (torch.optim.NAdam, {}, None),
        (BertAdam, {}, False),
        # its first update is one rate long here, with and without correction
        (BertAdam, {"betas": (0.9, 0.99)}, False),
        (torch.optim.SGD, {"momentum": 0.9}, None),
        pytest.param(getattr(torch.optim, "Muon", None), {}, None, marks=NEEDS_MUON),
        (Halved, {}, None),
    ],
)
def test_bias_correction_is_measured(kind, options, answer):
    parameter = nn.Parameter(torch.ones(2, 2))
    optimizer = kind([parameter], lr=1e-2, **options)
    found, seen = corrects_bias(optimizer)
    assert found is answer
    assert seen
    # what is looked at does not move
    assert torch.equal(parameter.detach(), torch.ones(2, 2))
    assert not optimizer.state
