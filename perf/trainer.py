"""(a) `transformers.Trainer` as `run_glue` sets it up: padded to 128, float32, fused AdamW."""

from collections.abc import Iterator, Sequence
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch.utils.data import Sampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments, default_data_collator

from perf.job import Job
from perf.plain import Best, Setup, features, set_up
from stablebert.encoders.model import quiet_transformers
from stablebert.tasks import Task, metric_score
from stablebert.training.examples import Encoding


def run(job: Job, task: Task) -> tuple[list[float], float]:
    """Fine-tune and return the losses and the test score."""
    setup = set_up(job, task)
    padded = {name: _padded(setup, part, job.spec.recipe.max_length) for name, part in setup.splits.items()}
    with TemporaryDirectory() as folder, quiet_transformers():
        trainer = _Recorded(
            setup=setup,
            model=setup.model,
            args=_arguments(job, setup, folder),
            train_dataset=padded["train"],
            eval_dataset=padded["validation"],
            data_collator=default_data_collator,
            compute_metrics=lambda output: {"score": _score(output.predictions, output.label_ids, task)},
        )
        trainer.remove_callback(PrinterCallback)
        best = Best()
        trainer.add_callback(_Evaluations(setup, best))
        trainer.train()
        best.restore(setup.model)
        output = trainer.predict(padded["test"])
    return trainer.losses, _score(output.predictions, output.label_ids, task)


def _padded(setup: Setup, examples: Sequence[Encoding], length: int) -> list[dict[str, Any]]:
    columns = setup.tokenizer.pad(features(examples), padding="max_length", max_length=length, return_tensors="np")
    return [{name: column[row] for name, column in columns.items()} for row in range(len(examples))]


def _arguments(job: Job, setup: Setup, folder: str) -> TrainingArguments:
    recipe = job.spec.recipe
    return TrainingArguments(
        output_dir=folder,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=32,
        max_steps=len(setup.batches),
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=setup.warmup,
        max_grad_norm=recipe.max_grad_norm,
        weight_decay=0.0,
        optim="adamw_torch_fused",
        seed=job.seed,
        save_strategy="no",
        logging_strategy="no",
        eval_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
    )


class _Recorded(Trainer):  # type: ignore[misc]
    """A trainer that takes its examples in our order and keeps every loss."""

    def __init__(self, *, setup: Setup, **options: Any) -> None:
        super().__init__(**options)
        self.losses: list[float] = []
        self._order = [index for batch in setup.batches for index in batch]

    def _get_train_sampler(self, *_: Any) -> Sampler[int]:
        return _Given(self._order, len(self.train_dataset))

    def training_step(self, *given: Any, **options: Any) -> torch.Tensor:
        loss: torch.Tensor = super().training_step(*given, **options)
        self.losses.append(float(loss))
        return loss


class _Given(Sampler[int]):
    """The examples of every epoch in turn, in a given order."""

    def __init__(self, order: list[int], examples: int) -> None:
        self._order, self._examples, self._begun = order, examples, 0

    def __iter__(self) -> Iterator[int]:
        begin, self._begun = self._begun, self._begun + self._examples
        return iter(self._order[begin : begin + self._examples])

    def __len__(self) -> int:
        return self._examples


class _Evaluations(TrainerCallback):  # type: ignore[misc]
    """Evaluates where ours does, and keeps the best weights."""

    def __init__(self, setup: Setup, best: Best) -> None:
        self._due, self._best = setup.due, best

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        control.should_evaluate = state.global_step in self._due

    def on_evaluate(self, args: Any, state: Any, control: Any, *, model: Any, metrics: Any, **_: Any) -> None:  # noqa: ARG002
        self._best.offer(model, metrics["eval_score"])


def _score(logits: np.ndarray, labels: np.ndarray, task: Task) -> float:
    return metric_score(task.metric, logits.argmax(1), labels)
