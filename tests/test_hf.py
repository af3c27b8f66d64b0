"""What `prepare` builds makes the very updates of our own loop, by hand and in transformers' Trainer."""

from dataclasses import dataclass, replace

import pytest
import torch
from torch import nn
from transformers import BertForSequenceClassification

from stablebert.encoders.family import FAMILIES
from stablebert.hf import prepare
from stablebert.runs import Recipe, RunSpec
from stablebert.training.examples import epoch_batches
from stablebert.training.loop import optimize
from stablebert.training.seeding import Streams
from stablebert.training.setup import prepare as prepare_run
from tests.methods.settings import TRAINER_TEXTS
from tests.tiny import tiny_task

STEPS = 12
RECIPE = Recipe(learning_rate=1e-2, batch_size=8, dropout=0.0, evaluations=1, max_grad_norm=0.5)
METHODS = [
    *TRAINER_TEXTS,
    "reinit+llrd.decay0.5+mixout.p0.3+wdecay.coefficient0.1+prior.coefficient0.1",
]


@dataclass(frozen=True)
class Ours:
    """A run of our own loop: its losses, its trained parameters by name, and the batches that it had."""

    losses: tuple[float, ...]
    weights: dict[str, torch.Tensor]
    batches: list[dict[str, torch.Tensor]]


@pytest.fixture
def ours(tiny_encoder, monkeypatch):
    """From a method text to our run of it."""

    def run(method):
        spec = RunSpec(
            task="trec",
            method=method,
            length=f"{STEPS}st",
            encoder="custom-abcdef",
            encoder_source=str(tiny_encoder),
            recipe=RECIPE,
            seed=3,
        )
        # padded and with the whole vocabulary, as transformers has it
        padded = replace(FAMILIES["bert"], packed=False)
        monkeypatch.setattr("stablebert.encoders.model.family_of", lambda *_: padded)
        made = prepare_run(spec, tiny_task())
        losses = optimize(made)[0].loss
        weights = {name: value.detach() for name, value in made.model.named_parameters()}
        indices = epoch_batches(80, RECIPE.batch_size, STEPS, Streams(3, 3).generator("order"))
        batches = [_batch([made.splits["train"][index] for index in part], made.encoder.tokenizer) for part in indices]
        return Ours(losses, weights, batches)

    return run


def _batch(examples, tokenizer):
    rows = [{"input_ids": list(item.input_ids), "token_type_ids": list(item.token_type_ids)} for item in examples]
    return {**tokenizer.pad(rows, return_tensors="pt"), "labels": torch.tensor([item.label for item in examples])}


def _fresh(folder):
    model = BertForSequenceClassification.from_pretrained(
        folder, num_labels=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    nn.init.normal_(model.classifier.weight, std=0.02, generator=Streams(3, 3).generator("head"))
    nn.init.zeros_(model.classifier.bias)
    return model


def _draw_once_more(pooler, _):
    pooler.dense.mixed_weight()


def _prepare(model, method):
    prepared = prepare(model, method, total_steps=STEPS, recipe=RECIPE, seed=3)
    if "mixout" in method:
        # our classifier runs the pooler once more than transformers does, and Mixout draws a mask each time
        model.bert.pooler.register_forward_pre_hook(_draw_once_more)
    return prepared


def _close(model, losses, run):
    assert losses == pytest.approx(run.losses, rel=1e-4)
    for name, value in model.named_parameters():
        torch.testing.assert_close(value, run.weights[name.replace("bert.", "encoder.", 1)], rtol=1e-3, atol=1e-5)


def _by_hand(folder, method, run):
    model = _fresh(folder)
    prepared = _prepare(model, method)
    losses = []
    model.train()
    for batch in run.batches:
        loss = model(**batch).loss
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), RECIPE.max_grad_norm)
        prepared.optimizer.step()
        prepared.scheduler.step()
        prepared.optimizer.zero_grad()
        losses.append(loss.item())
    return model, losses


@pytest.mark.parametrize("method", METHODS)
def test_a_loop_by_hand_makes_our_updates(ours, tiny_encoder, method):
    run = ours(method)
    _close(*_by_hand(tiny_encoder, method, run), run)
    # the control: without the method they are others
    if method != "debiased":
        with pytest.raises(AssertionError):
            _close(*_by_hand(tiny_encoder, "debiased", run), run)


@pytest.mark.parametrize("method", METHODS)
def test_the_trainer_makes_our_updates(ours, tiny_encoder, tmp_path, method):
    pytest.importorskip("accelerate", reason="transformers.Trainer needs accelerate")
    from transformers import Trainer, TrainingArguments

    run = ours(method)
    losses = []

    class Listening(Trainer):
        def get_train_dataloader(self):
            return run.batches

        def compute_loss(self, *given, **options):
            loss = super().compute_loss(*given, **options)
            losses.append(loss.item())
            return loss

    model = _fresh(tiny_encoder)
    arguments = TrainingArguments(
        output_dir=str(tmp_path),
        max_steps=STEPS,
        max_grad_norm=RECIPE.max_grad_norm,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    prepared = _prepare(model, method)
    Listening(model=model, args=arguments, train_dataset=list(range(96)), optimizers=prepared.optimizers).train()
    _close(model, losses, run)
    # the control: no other method's run is taken for this one
    other = ours("llrd" if method == "debiased" else "debiased")
    with pytest.raises(AssertionError):
        _close(model, losses, other)


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("adamw", {}, "unknown method 'adamw'"),
        ("llrd+transfer", {}, "the first stage of transfer is a run of its own"),
        ("debiased", {"total_steps": 0}, "total_steps >= 1"),
        ("debiased", {"warmup_steps": 13}, "warmup_steps in"),
        ("debiased", {"fidelity": "faithful"}, "one of corrected, released"),
    ],
)
def test_what_cannot_be_prepared_is_one_clear_error(tiny_encoder, method, options, message):
    with pytest.raises(ValueError, match=message):
        prepare(_fresh(tiny_encoder), method, **{"total_steps": STEPS, **options})


def test_any_right_text_is_taken_and_means_what_its_id_does(tiny_encoder):
    prepared = prepare(_fresh(tiny_encoder), "llrd.decay0.95+reinit.blocks1", total_steps=STEPS)
    named = prepare(_fresh(tiny_encoder), "reinit+llrd", total_steps=STEPS)
    assert prepared.census == named.census
    assert prepare(_fresh(tiny_encoder), "reinit.blocks1", total_steps=STEPS).census == named.census
    # the control: another number of blocks changes other tensors
    assert prepare(_fresh(tiny_encoder), "reinit.blocks2", total_steps=STEPS).census != named.census
