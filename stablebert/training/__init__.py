"""Floor 2: one run, from a `RunSpec` to a `Record`. Imports torch only when a run is trained."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from stablebert.paper import intermediate_run
from stablebert.runs import Record, RunSpec

if TYPE_CHECKING:
    from stablebert.tasks import Task
    from stablebert.training.watching import Watch

__all__ = ["train", "train_together"]


def train(
    spec: RunSpec,
    *,
    task: "Task | None" = None,
    start_from: Path | None = None,
    keep: Path | None = None,
) -> Record:
    """Fine-tune the encoder once and return what happened.

    The recipe is the paper's (Section 3): linear warm-up over the first tenth of the updates, linear decay to 0, global
    gradient clipping, evaluations spread evenly over the run, the checkpoint with the best validation score measured
    once on the test set. The same spec gives the same record, bit for bit in everything but `seconds`, on the same
    processor model and library versions.

    Args:
        spec: What to run; of a class of seeds side by side its whole stack is trained.
        task: The data, already loaded; None loads `spec.task`.
        start_from: Folder of the encoder that the intermediate task has left, for method `transfer`; None trains that
            first stage here and now.
        keep: Folder to write the encoder of the best checkpoint to, or None.

    Returns:
        The record; a run that failed is a record too (`failed`, `failed_reason`).

    Raises:
        ValueError: task, method, encoder, length or precision is unknown or cannot be had.

    Example:
        >>> from stablebert import RunSpec, train
        >>> record = train(RunSpec(task="trec", length="8st"))  # doctest: +SKIP
        >>> record.best_test  # doctest: +SKIP
    """
    from stablebert.training.device import give_back, keep_freed
    from stablebert.training.loop import fine_tune

    if len(spec.stack) > 1:
        return dict(zip(spec.stack, train_together(spec.stack, task=task), strict=True))[spec]
    first = intermediate_run(spec)
    if first is None or start_from is not None:
        keep_freed()
        record = fine_tune(spec, task, start_from, keep)
        give_back()
        return record
    with TemporaryDirectory(prefix="stablebert-") as folder:
        train(first, keep=Path(folder))
        return train(spec, task=task, start_from=Path(folder), keep=keep)


def train_together(
    specs: Sequence[RunSpec], *, task: "Task | None" = None, watches: "Sequence[Watch] | None" = None
) -> list[Record]:
    """Train the seeds of a stack at once in this process, with stacked weights, and return their records.

    Each record is that of its run alone but for rounding: order, dropout, head, clipping, optimizer, evaluations and
    best weights are each seed's own. `environment` says `path: stacked` and which seeds stood beside one another, and
    `seconds` is the time of all, which is how long each took.

    Args:
        specs: All runs of one stack, such as the seeds 4 to 7 of a cell of class `fp32x4`: `RunSpec.stack`.
        task: The data, already loaded; None loads the specs' task.
        watches: Who is told of each run's updates, in the order of the specs; None is nobody.

    Raises:
        ValueError: as `train`, or the runs cannot be trained at once.

    Example:
        >>> from stablebert import RunSpec
        >>> records = train_together(RunSpec(task="trec", precision="fp32x4").stack)  # doctest: +SKIP
    """
    from stablebert.training.device import give_back, keep_freed
    from stablebert.training.stacked.side_by_side import fine_tune_together

    keep_freed()
    records = fine_tune_together(specs, task, watches)
    give_back()
    return records
