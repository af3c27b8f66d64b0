"""The loop: one seed of one cell, fine-tuned, evaluated and measured (Section 3)."""

import math
import time
from pathlib import Path

import torch

from stablebert.encoders.model import load_encoder
from stablebert.optim import linear_warmup_decay
from stablebert.optim.driving import evaluating, set_rate
from stablebert.runs import Evaluation, Record, RunSpec, StepSeries
from stablebert.tasks import Task, load_task
from stablebert.training.device import repeatable
from stablebert.training.evaluation import Displacement, evaluation_steps, labels_of, loss_of, predict, score_of
from stablebert.training.forward import gradient_scaler
from stablebert.training.outcome import BestCheckpoint, keep_encoder, summarise
from stablebert.training.setup import Run, prepare
from stablebert.training.watching import tell


def fine_tune(spec: RunSpec, task: Task | None, start_from: Path | None, keep: Path | None) -> Record:
    """Do what `stablebert.train` says."""
    started = time.perf_counter()
    with repeatable():
        run = prepare(spec, task or load_task(spec.task, spec.task_source), start_from)
        steps, evaluations, best = optimize(run)
        best.restore(run.model)
        test = predict(run.model, run.splits["test"], run.forward)
        if keep is not None:
            fresh = load_encoder(spec.encoder, source=spec.encoder_source)
            keep_encoder(fresh, run.model, run.vocabulary, keep)
        return summarise(run, steps, evaluations, best, test, time.perf_counter() - started)


def optimize(run: Run) -> tuple[StepSeries, list[Evaluation], BestCheckpoint]:
    """Do the updates and evaluations of a prepared run, and return what was seen and the best weights."""
    recipe = run.spec.recipe
    examples = run.splits["train"]
    warmup = int(recipe.warmup_ratio * run.schedule_steps)
    peaks = [float(group["lr"]) for group in run.optimizer.param_groups]
    trainable = [parameter for parameter in run.model.parameters() if parameter.requires_grad]
    scaler = gradient_scaler(run.spec.precision, run.model.device.type)
    displacement = Displacement(run.model)
    due = set(evaluation_steps(run.steps, recipe.evaluations, uneven=run.fidelity.uneven_evaluations))
    series: dict[str, list[float]] = {"loss": [], "rate": [], "gradient_norm": [], "update_norm": []}
    evaluations: list[Evaluation] = []
    best = BestCheckpoint()

    run.model.train()
    for step, indices in enumerate(run.batches):
        # what brings a schedule of its own is warmed up all the same, and then left alone
        late = run.own_schedule and step >= warmup
        factor = 1.0 if late else linear_warmup_decay(step, run.schedule_steps, warmup)
        for group, peak in zip(run.optimizer.param_groups, peaks, strict=True):
            set_rate(group, peak * factor)
        batch = [examples[index] for index in indices]
        with run.streams.dropout_of(step):
            logits = run.forward(run.model, batch)
        labels = labels_of(batch, run.task.is_regression).to(logits.device)
        loss = loss_of(logits, labels, run.task.is_regression)
        scaler.scale(loss).backward()
        scaler.unscale_(run.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(trainable, recipe.max_grad_norm)
        scaler.step(run.optimizer)
        scaler.update()
        run.optimizer.zero_grad(set_to_none=True)
        values = (loss.item(), float(run.optimizer.param_groups[0]["lr"]), norm.item(), displacement.of_update())
        for name, value in zip(series, values, strict=True):
            series[name].append(value)
        tell(step + 1, run.steps, values[0])
        diverged = not math.isfinite(values[0])
        if step + 1 in due or diverged:
            with evaluating(run.optimizer):
                evaluations.append(evaluate(run, step + 1, displacement, best))
        if diverged:
            break
    return StepSeries(**{name: tuple(values) for name, values in series.items()}), evaluations, best


def evaluate(run: Run, step: int, displacement: Displacement, best: BestCheckpoint) -> Evaluation:
    """Score the validation set after `step` updates and offer the weights as the best."""
    validation = run.splits["validation"]
    labels = labels_of(validation, run.task.is_regression)
    logits = predict(run.model, validation, run.forward)
    evaluation = Evaluation(
        step=step,
        score=score_of(logits, labels, run.task),
        log_loss=float(loss_of(logits, labels, run.task.is_regression)),
        distance=displacement.by_block(),
    )
    by_accuracy = run.fidelity.selection_by_accuracy and run.task.metric == "f1"
    selection = score_of(logits, labels, run.task, metric="accuracy") if by_accuracy else evaluation.score
    best.offer(run.model, evaluation, logits, selection)
    return evaluation
