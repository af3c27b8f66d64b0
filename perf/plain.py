"""(b) The best plain loop that a user would reach: padded to the longest, bf16 where it pays, sorted evaluation.

Its set-up is the trainer's too: the same weights, texts, order and schedule as a run of ours.
"""

import copy
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from transformers import get_linear_schedule_with_warmup

from perf.job import Job
from stablebert.encoders.model import Classifier, load_encoder, quiet_transformers
from stablebert.encoders.sources import encoder_folder
from stablebert.runs import total_steps
from stablebert.tasks import Task, metric_score
from stablebert.training.evaluation import evaluation_steps
from stablebert.training.examples import Encoding, encode, epoch_batches
from stablebert.training.seeding import Streams


def run(job: Job, task: Task) -> tuple[list[float], float]:
    """Fine-tune and return the losses and the test score."""
    torch.manual_seed(job.seed)
    setup, recipe = set_up(job, task), job.spec.recipe
    model, best, losses = setup.model, Best(), []
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate, weight_decay=0.0, fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, setup.warmup, len(setup.batches))
    for step, indices in enumerate(setup.batches, 1):
        model.train()
        batch = setup.tokenizer.pad(features([setup.splits["train"][index] for index in indices]), return_tensors="pt")
        with _products(job.precision):
            loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.max_grad_norm)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if step in setup.due:
            best.offer(model, _score(job, setup, setup.splits["validation"], task))
    best.restore(model)
    return losses, _score(job, setup, setup.splits["test"], task)


@dataclass(frozen=True)
class Setup:
    """A run as transformers would do it.

    Attributes:
        model: Of `AutoModelForSequenceClassification`, with the head that ours draws.
        tokenizer: Its tokenizer.
        splits: Tokenised `train`, `validation` and `test`.
        batches: Indices of the training examples of every update.
        due: Updates after which the validation set is scored.
        warmup: Updates with a rising rate.
    """

    model: Any
    tokenizer: Any
    splits: dict[str, list[Encoding]]
    batches: list[list[int]]
    due: frozenset[int]
    warmup: int


def set_up(job: Job, task: Task) -> Setup:
    """Load and tokenise everything for a job."""
    from transformers import AutoModelForSequenceClassification

    recipe, streams = job.spec.recipe, Streams(job.seed, job.seed)
    encoder = load_encoder(job.spec.encoder, source=job.encoder_source, dropout=recipe.dropout)
    head = Classifier(encoder, task.num_labels, recipe.dropout, streams.generator("head")).classifier
    config = copy.copy(encoder.config)
    config.num_labels, config.classifier_dropout = task.num_labels, recipe.dropout
    with quiet_transformers():
        model = AutoModelForSequenceClassification.from_pretrained(
            encoder_folder(job.spec.encoder, job.encoder_source), config=config, dtype=torch.float32
        )
    model.classifier.load_state_dict(head.state_dict())
    splits = {
        name: encode(part, encoder.tokenizer, recipe.max_length)
        for name, part in (("train", task.train), ("validation", task.validation), ("test", task.test))
    }
    examples = len(splits["train"])
    steps = total_steps(job.spec.length, examples, recipe.batch_size)
    return Setup(
        model=model,
        tokenizer=encoder.tokenizer,
        splits=splits,
        batches=epoch_batches(examples, recipe.batch_size, steps, streams.generator("order")),
        due=frozenset(evaluation_steps(steps, recipe.evaluations)),
        warmup=int(recipe.warmup_ratio * steps),
    )


class Best:
    """The weights with the best validation score so far, kept in memory."""

    def __init__(self) -> None:
        self.score = -float("inf")
        self._weights: dict[str, torch.Tensor] = {}

    def offer(self, model: torch.nn.Module, score: float) -> None:
        """Keep the weights if they are better than all before."""
        if score > self.score:
            self.score = score
            self._weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def restore(self, model: torch.nn.Module) -> None:
        """Put the kept weights back."""
        model.load_state_dict(self._weights)


def features(examples: Sequence[Encoding]) -> list[dict[str, Any]]:
    """Return examples as transformers' collators take them."""
    return [
        {
            "input_ids": list(example.input_ids),
            "token_type_ids": list(example.token_type_ids),
            "attention_mask": [1] * len(example.input_ids),
            "labels": example.label,
        }
        for example in examples
    ]


@torch.inference_mode()
def _score(job: Job, setup: Setup, examples: Sequence[Encoding], task: Task) -> float:
    setup.model.eval()
    ordered = sorted(examples, key=lambda example: len(example.input_ids))
    predictions: list[int] = []
    for start in range(0, len(ordered), 64):
        batch = setup.tokenizer.pad(features(ordered[start : start + 64]), return_tensors="pt")
        with _products(job.precision):
            predictions += setup.model(**batch).logits.argmax(1).tolist()
    return metric_score(task.metric, predictions, [example.label for example in ordered])


def _products(precision: str) -> AbstractContextManager[object]:
    return torch.autocast("cpu", torch.bfloat16) if precision == "bf16" else nullcontext()
