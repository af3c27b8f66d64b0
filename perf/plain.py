"""(b) The best plain loop that a user would reach: padded to the longest, bf16 where it pays, sorted evaluation."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from transformers import get_linear_schedule_with_warmup

from perf.common import Best, Setup, features, set_up
from perf.job import Job
from stablebert.tasks import Task, metric_score
from stablebert.training.examples import Encoding


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
