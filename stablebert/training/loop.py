"""The loop: one seed of one cell, fine-tuned, evaluated and measured (Section 3)."""

import math
import time
from pathlib import Path

import torch
from torch import Tensor

from stablebert.encoders.model import load_encoder
from stablebert.optim import linear_warmup_decay
from stablebert.optim.driving import evaluating, set_rate
from stablebert.runs import Evaluation, Record, RunSpec, StepSeries
from stablebert.tasks import Task, load_task
from stablebert.training.device import repeatable
from stablebert.training.evaluation import Displacement, evaluation_steps, labels_of, loss_of, predict, score_of
from stablebert.training.examples import Encoding
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
    course = Course(run)
    while not course.over:
        batch = course.begin()
        with run.streams.dropout_of(course.step):
            logits = run.forward(run.model, batch)
        course.loss(logits).backward()
        course.update()
    return course.outcome()


class Course:
    """All that is done in a run from its first update to its last, but the passes through its model.

    Whoever drives it makes the logits of the batch that `begin` returns, gives them to `loss`, goes back through what
    comes of it, and calls `update`; so on until it is `over`.

    Args:
        run: A prepared run; its model is put into training mode.

    Attributes:
        run: The run.
        step: Updates done.
        over: Whether the last update is done; a run is over too when its loss is not finite.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.step, self.over = run, 0, not run.batches
        recipe = run.spec.recipe
        self._warmup = int(recipe.warmup_ratio * run.schedule_steps)
        self._peaks = [float(group["lr"]) for group in run.optimizer.param_groups]
        self._trainable = [parameter for parameter in run.model.parameters() if parameter.requires_grad]
        self._scaler = gradient_scaler(run.spec.arithmetic, run.model.device.type)
        self._displacement = Displacement(run.model)
        self._due = set(evaluation_steps(run.steps, recipe.evaluations, uneven=run.fidelity.uneven_evaluations))
        self._series: dict[str, list[float]] = {"loss": [], "rate": [], "gradient_norm": [], "update_norm": []}
        self._evaluations: list[Evaluation] = []
        self._best = BestCheckpoint()
        self._batch: list[Encoding] = []
        self._loss = torch.empty(0)
        run.model.train()

    def begin(self) -> list[Encoding]:
        """Set the rates of the next update and return its batch."""
        run = self.run
        # what brings a schedule of its own is warmed up all the same, and then left alone
        late = run.own_schedule and self.step >= self._warmup
        factor = 1.0 if late else linear_warmup_decay(self.step, run.schedule_steps, self._warmup)
        for group, peak in zip(run.optimizer.param_groups, self._peaks, strict=True):
            set_rate(group, peak * factor)
        examples = run.splits["train"]
        self._batch = [examples[index] for index in run.batches[self.step]]
        return self._batch

    def loss(self, logits: Tensor) -> Tensor:
        """Return the loss to go back through, scaled where small gradients would be lost.

        Args:
            logits: Of the batch, shape (examples, labels).
        """
        regression = self.run.task.is_regression
        self._loss = loss_of(logits, labels_of(self._batch, regression).to(logits.device), regression)
        scaled: Tensor = self._scaler.scale(self._loss)
        return scaled

    def update(self) -> None:
        """Do the update by the gradients that are there, and the evaluation that is due."""
        run = self.run
        self._scaler.unscale_(run.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(self._trainable, run.spec.recipe.max_grad_norm)
        self._scaler.step(run.optimizer)
        self._scaler.update()
        run.optimizer.zero_grad(set_to_none=True)
        loss, rate = self._loss.item(), float(run.optimizer.param_groups[0]["lr"])
        values = (loss, rate, norm.item(), self._displacement.of_update())
        for name, value in zip(self._series, values, strict=True):
            self._series[name].append(value)
        self.step += 1
        tell(self.step, run.steps, loss)
        diverged = not math.isfinite(loss)
        if self.step in self._due or diverged:
            with evaluating(run.optimizer):
                self._evaluations.append(evaluate(run, self.step, self._displacement, self._best))
        self.over = diverged or self.step == len(run.batches)

    def outcome(self) -> tuple[StepSeries, list[Evaluation], BestCheckpoint]:
        """Return what was seen, and the best weights."""
        steps = StepSeries(**{name: tuple(values) for name, values in self._series.items()})
        return steps, self._evaluations, self._best


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
