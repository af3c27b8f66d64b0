"""A run of our own loop, and the same model and batches for transformers: what both doors of a method are held against."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import pytest
import torch
from torch import nn
from transformers import BertForSequenceClassification

from stablebert.encoders.family import FAMILIES
from stablebert.runs import Recipe, RunSpec
from stablebert.training.examples import epoch_batches
from stablebert.training.loop import optimize
from stablebert.training.seeding import Streams
from stablebert.training.setup import prepare as prepare_run
from tests.methods.settings import TRAINER_TEXTS
from tests.tiny import tiny_task

STEPS = 20
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


def runs_of(folder) -> Callable[[str], Ours]:
    """Return the function from a method text to our run of it; each is made once."""

    @cache
    def run(method):
        spec = RunSpec(
            task="trec",
            method=method,
            length=f"{STEPS}st",
            encoder="custom-abcdef",
            encoder_source=str(folder),
            recipe=RECIPE,
            seed=3,
        )
        # padded and with the whole vocabulary, as transformers has it
        padded = replace(FAMILIES["bert"], packed=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("stablebert.encoders.model.family_of", lambda *_: padded)
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


def fresh(folder):
    model = BertForSequenceClassification.from_pretrained(
        folder, num_labels=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    nn.init.normal_(model.classifier.weight, std=0.02, generator=Streams(3, 3).generator("head"))
    nn.init.zeros_(model.classifier.bias)
    return model


def draw_as_ours_does(model, method):
    """Let Mixout draw as often as in our classifier, which runs the pooler once more than transformers does."""

    def once_more(pooler, _):
        pooler.dense.mixed_weight()

    if "mixout" in method:
        model.bert.pooler.register_forward_pre_hook(once_more)


def require_same(model, losses, run):
    """Hold losses and trained weights against our run's."""
    assert losses == pytest.approx(run.losses, rel=1e-4)
    for name, value in model.named_parameters():
        # softmax sees no shift of all keys: this gradient is rounding alone, and Adam makes whole updates of it
        if name.endswith("attention.self.key.bias"):
            continue
        torch.testing.assert_close(value, run.weights[name.replace("bert.", "encoder.", 1)], rtol=1e-3, atol=1e-5)


def distance(model, run, start):
    """Return how far a model's weights lie from our run's, as a share of the way that ours have gone."""
    ours, others = [], []
    for name, value in model.named_parameters():
        if not name.endswith("attention.self.key.bias"):
            theirs = run.weights[name.replace("bert.", "encoder.", 1)]
            ours.append((theirs - start[name]).flatten())
            others.append((theirs - value.detach()).flatten())
    return float(torch.cat(others).norm() / torch.cat(ours).norm())


def trainer_that_listens(run, losses, **given):
    """Return a Trainer that trains on our batches and notes its losses."""
    from transformers import Trainer

    class Listening(Trainer):
        def get_train_dataloader(self):
            return run.batches

        def compute_loss(self, *given, **options):
            loss = super().compute_loss(*given, **options)
            losses.append(loss.item())
            return loss

    return Listening(train_dataset=list(range(96)), **given)


def quiet(folder, **given):
    """Return TrainingArguments that write and report nothing."""
    from transformers import TrainingArguments

    return TrainingArguments(
        output_dir=str(folder), report_to=[], use_cpu=True, disable_tqdm=True, **{"save_strategy": "no", **given}
    )
