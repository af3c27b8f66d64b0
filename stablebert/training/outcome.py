"""From a finished run to its record, and to the files of its encoder."""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from stablebert.encoders.model import Classifier, Encoder, quiet_transformers
from stablebert.encoders.sources import encoder_digest
from stablebert.runs import Evaluation, Record, StepSeries, encode_array
from stablebert.training.device import environment_of
from stablebert.training.evaluation import labels_of, predictions_of, score_of
from stablebert.training.failure import failure_reason
from stablebert.training.setup import Run


class BestCheckpoint:
    """The weights at the first evaluation with the best validation score."""

    def __init__(self) -> None:
        self.evaluation: Evaluation | None = None
        self._selection = -math.inf
        self.logits = torch.empty(0)
        self._weights: list[Tensor] = []

    @torch.no_grad()
    def offer(self, model: Classifier, evaluation: Evaluation, logits: Tensor, selection: float) -> None:
        """Keep the model's weights if it is the first, or better than all before.

        Args:
            model: The model as evaluated.
            evaluation: What was measured.
            logits: Of the validation set.
            selection: The score that decides, in points.
        """
        if self.evaluation is not None and not selection > self._selection:
            return
        self.evaluation, self.logits, self._selection = evaluation, logits, selection
        self._weights = [parameter.detach().clone() for parameter in model.parameters()]

    @torch.no_grad()
    def restore(self, model: Classifier) -> None:
        """Put the kept weights back into the model."""
        for parameter, weights in zip(model.parameters(), self._weights, strict=True):
            parameter.copy_(weights)


def summarise(
    run: Run,
    steps: StepSeries,
    evaluations: Sequence[Evaluation],
    best: BestCheckpoint,
    test_logits: Tensor,
    seconds: float,
) -> Record:
    """Return the record of a run whose best checkpoint has been measured on the test set.

    Args:
        run: What was trained.
        steps: Values of every update.
        evaluations: At least one.
        best: The checkpoint that `test_logits` were made with.
        test_logits: Shape (test examples, labels).
        seconds: Wall-clock time of the run.
    """
    if best.evaluation is None:
        raise ValueError(f"run of {run.spec.task}: no evaluation was made in {len(steps.loss)} updates")
    regression = run.task.is_regression
    test = score_of(test_logits, labels_of(run.splits["test"], regression), run.task)
    classes = None if regression else predictions_of(best.logits, regression=False).tolist()
    reason = failure_reason(steps.loss, classes, [example.label for example in run.splits["train"]])
    return Record(
        spec=run.spec,
        metric=run.task.metric,
        data_digest=run.task.digest,
        weights_digest=encoder_digest(run.spec.encoder, run.spec.encoder_source),
        best_step=best.evaluation.step,
        best_validation=best.evaluation.score,
        best_test=test,
        last_validation=evaluations[-1].score,
        evaluations=tuple(evaluations),
        steps=steps,
        test_logits=encode_array(test_logits.flatten().tolist(), tuple(test_logits.shape)),
        census=run.census,
        failed=reason is not None,
        failed_reason=reason,
        at_most_majority=test <= run.task.majority_test,
        environment=environment_of(run.model.device, run.path),
        fingerprints=run.fingerprints,
        seconds=seconds,
    )


@torch.no_grad()
def keep_encoder(fresh: Encoder, trained: Classifier, rows: Sequence[int] | None, folder: Path) -> None:
    """Write a trained encoder and its tokenizer as transformers does, with the whole vocabulary.

    Args:
        fresh: The encoder as it was loaded, of the same shape; it takes the trained values.
        trained: The classifier at the checkpoint to keep, packed or not.
        rows: Rows of the embedding that `trained` still has, or None for all; the others never moved.
        folder: Where to write.

    Raises:
        OSError: it cannot be written.
    """
    table = fresh.model.get_input_embeddings().weight
    for home, value in zip(fresh.model.parameters(), trained.encoder.parameters(), strict=True):
        if home is table and rows is not None:
            home[torch.tensor(rows)] = value.to(home.device)
        else:
            home.copy_(value)
    with quiet_transformers():
        fresh.model.save_pretrained(folder)
        fresh.tokenizer.save_pretrained(folder)
