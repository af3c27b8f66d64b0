"""A task ready for training: rows, `datasets.Dataset` splits, digest."""

import hashlib
import json
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from stablebert.assets import WHEELS, cache_folder, file_states
from stablebert.files import kept_text
from stablebert.tasks.cards import TaskCard, card_of
from stablebert.tasks.embedded import SIZES, embedded_splits
from stablebert.tasks.glue import HUB_NAME, HUB_REVISION, glue_splits
from stablebert.tasks.metrics import metric_score
from stablebert.tasks.rows import Row, Splits
from stablebert.tasks.sources import glue_folder

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class Task:
    """A data set with its splits and its metric.

    Attributes:
        name: Task id.
        train: Columns `sentence1`, `sentence2` (None where there is one text) and `label`.
        validation: As `train`.
        test: As `train`.
        metric: Key of `METRICS`.
        labels: Names in the order of the class indices; empty for regression.
        digest: The data digest.
        majority_test: Test score in points of always saying the most frequent training label (Spearman: 0).
    """

    name: str
    train: "Dataset"
    validation: "Dataset"
    test: "Dataset"
    metric: str
    labels: tuple[str, ...]
    digest: str
    majority_test: float

    @property
    def is_regression(self) -> bool:
        """Whether the target is a number."""
        return not self.labels

    @property
    def num_labels(self) -> int:
        """Outputs of the classifier: the classes, or 1 for regression."""
        return len(self.labels) or 1


def load_rows(name: str, source: str | Path | None = None) -> Splits:
    """Return the splits of a task as plain rows.

    Args:
        name: Task id.
        source: GLUE folder in the classic layout; None uses `$GLUE_DIR`, else the hub. Embedded tasks ignore it.

    Raises:
        TaskError: the task is unknown, cannot be had, or its data are not as they should be.
    """
    card = card_of(name)
    return embedded_splits(card) if card.kind == "embedded" else glue_splits(card, glue_folder(source))


def load_task(name: str, source: str | Path | None = None) -> Task:
    """Load a task; the last one is kept, and everyone gets a copy of their own (tables are shared, they never change).

    Args:
        name: Task id.
        source: As in `load_rows`.

    Raises:
        TaskError: as `load_rows`.

    Example:
        >>> task = load_task("trec")  # doctest: +SKIP
        >>> len(task.train), task.metric, task.labels  # doctest: +SKIP
        (1000, 'accuracy', ('ABBR', 'DESC', 'ENTY', 'HUM', 'LOC', 'NUM'))
    """
    card, folder = card_of(name), str(glue_folder(source) or "")
    return deepcopy(_kept_task(name, folder, json.dumps(_source_identity(card, folder))))


@lru_cache(maxsize=1)
def _kept_task(name: str, folder: str, identity: str) -> Task:  # noqa: ARG001 another source, another task
    return task_of(card_of(name), load_rows(name, folder or None))


def task_of(card: TaskCard, splits: Splits) -> Task:
    """Return the task of a card and its rows."""
    train, validation, test = (_dataset(rows) for rows in splits)
    return Task(
        name=card.name,
        train=train,
        validation=validation,
        test=test,
        metric=card.metric,
        labels=card.labels,
        digest=splits.digest(),
        majority_test=_majority(card, splits),
    )


def task_digest(name: str, source: str | Path | None = None) -> str:
    """Return a task's data digest, computed once and cached by the identity of its source.

    Args:
        name: Task id.
        source: As in `load_rows`.
    """
    return _cached_digest(name, str(glue_folder(source) or ""))


@cache
def _cached_digest(name: str, folder: str) -> str:
    code = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(Path(__file__).parent.glob("*.py"))]
    identity = hashlib.sha256(json.dumps([*_source_identity(card_of(name), folder), code]).encode()).hexdigest()
    note = cache_folder() / "digests" / f"{identity}.txt"
    return kept_text(note, lambda: load_rows(name, folder or None).digest())


def _source_identity(card: TaskCard, folder: str) -> list[object]:
    if card.kind == "embedded":
        return [card.name, WHEELS["texts"].sha256, SIZES]
    if not folder:
        return [card.name, HUB_NAME, HUB_REVISION]
    files = sorted((Path(folder) / card.folder).glob("*.tsv"))
    return [card.name, file_states(files)]


def _dataset(rows: tuple[Row, ...]) -> "Dataset":
    from datasets import Dataset

    return Dataset.from_dict({name: [getattr(row, name) for row in rows] for name in Row._fields})


def _majority(card: TaskCard, splits: Splits) -> float:
    if not card.labels:
        return 0.0
    said = [row.label for row in splits.train]
    most = max(sorted(set(said)), key=said.count)
    return metric_score(card.metric, [most] * len(splits.test), [row.label for row in splits.test])
