"""A task ready for training: rows, `datasets.Dataset` splits, digest; whatever its source."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, cast

from stablebert.assets import WHEELS, cache_folder, file_states
from stablebert.files import kept_text
from stablebert.runs import digest_of
from stablebert.tasks.cards import TASKS, TaskCard, TaskError
from stablebert.tasks.draws import SIZES
from stablebert.tasks.embedded import embedded_splits
from stablebert.tasks.glue import HUB_NAME, HUB_REVISION, glue_folder, glue_splits, hub_reachable
from stablebert.tasks.metrics import metric_score
from stablebert.tasks.own import canonical_source, read_own, source_files
from stablebert.tasks.rows import Row, Splits

if TYPE_CHECKING:
    from datasets import Dataset

Source = str | Path | Mapping[str, Any]


@dataclass(frozen=True)
class Task:
    """A data set with its splits and its metric.

    Attributes:
        name: Task id.
        train: Columns `sentence1`, `sentence2` (None where there is one text) and `label`.
        validation: As `train`.
        test: As `train`.
        metric: Key of `METRICS`, or `package.module:function`.
        labels: Names in the order of the class indices; empty for regression.
        digest: The data digest.
        majority_test: Test score in points of always saying the most frequent training label, or the mean score of the
            training examples (Spearman: 0).
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


def card_of(name: str, source: Source | None = None) -> TaskCard:
    """Return a task's card.

    Args:
        name: Task id.
        source: As in `load_rows`; a task of the package needs none.

    Raises:
        TaskError: the task is unknown, or is of one's own and cannot be read.
    """
    where = _where(name, source)
    return TASKS[name] if name in TASKS else read_own(name, where).card


def source_available(name: str, source: Source | None = None) -> bool:
    """Return whether a task's data can be had: embedded, in `GLUE_DIR`, from a reachable hub, or of one's own.

    A `GLUE_DIR` that lacks the task counts as available, and so does any source of one's own: that is a mistake to be
    named when the task is read.
    """
    where = _where(name, source)
    return name not in TASKS or TASKS[name].kind == "embedded" or bool(where) or hub_reachable()


def missing_source_message(name: str) -> str:
    """Return what to do where `source_available` says no."""
    return (
        f"task {name!r} needs GLUE files: set GLUE_DIR to a folder in the classic layout "
        f"(GLUE_DIR/{card_of(name).folder}/train.tsv, dev.tsv), or make the Hugging Face hub reachable"
    )


def foreign_code(name: str, source: Source | None = None) -> tuple[str, ...]:
    """Return what of others decides a task's rows and scores: `package.module:object` of an object and a metric.

    Args:
        name: Task id.
        source: As in `load_rows`.

    Raises:
        TaskError: the task is unknown, or its object cannot be read.
    """
    where = _where(name, source)
    return () if name in TASKS else _own_code(name.removesuffix("-1k"), where)


def load_rows(name: str, source: Source | None = None) -> Splits:
    """Return the splits of a task as plain rows.

    Args:
        name: Task id.
        source: GLUE folder in the classic layout; None uses `$GLUE_DIR`, else the hub. Embedded tasks ignore it. Of a
            task of one's own, what `canonical_source` takes.

    Raises:
        TaskError: the task is unknown, cannot be had, or its data are not as they should be.
    """
    where = _where(name, source)
    if name not in TASKS:
        return read_own(name, where).splits
    card = TASKS[name]
    return embedded_splits(card) if card.kind == "embedded" else glue_splits(card, where or None)


def load_task(name: str, source: Source | None = None) -> Task:
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
    where = _where(name, source)
    return deepcopy(_kept_task(name, where, json.dumps(_source_identity(name, where))))


@lru_cache(maxsize=1)
def _kept_task(name: str, where: str, identity: str) -> Task:  # noqa: ARG001 another source, another task
    return task_of(card_of(name, where), load_rows(name, where or None))


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
        digest=_digest(card, splits),
        majority_test=_majority(card, splits),
    )


def task_digest(name: str, source: Source | None = None) -> str:
    """Return a task's data digest, computed once and cached by the identity of its source.

    It is of the rows; that of a task of one's own is of the names of its classes and its metric too. What an object
    gives may come from anywhere, so that its digest is computed once a process and never kept.

    Args:
        name: Task id.
        source: As in `load_rows`.
    """
    return _cached_digest(name, _where(name, source))


@cache
def _cached_digest(name: str, where: str) -> str:
    def make() -> str:
        return _digest(card_of(name, where), load_rows(name, where or None))

    identity = _source_identity(name, where)
    if identity is None:
        return make()
    code = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(Path(__file__).parent.glob("*.py"))]
    note = hashlib.sha256(json.dumps([*identity, code]).encode()).hexdigest()
    return kept_text(cache_folder() / "digests" / f"{note}.txt", make)


def _digest(card: TaskCard, splits: Splits) -> str:
    return splits.digest() if card.kind != "own" else digest_of([splits.digest(), card.labels, card.metric])


@cache
def _own_code(name: str, where: str) -> tuple[str, ...]:
    given = json.loads(where)
    metric = given.get("metric", "") if "folder" in given else read_own(name, where).card.metric
    return tuple(path for path in (given.get("object", ""), metric) if ":" in path)


def _where(name: str, source: Source | None) -> str:
    """Return where rows come from: a GLUE folder, empty for the hub, or the canonical source of a task of one's own."""
    own = isinstance(source, Mapping) or (isinstance(source, str) and source.lstrip().startswith("{"))
    if name in TASKS:
        if own:
            raise TaskError(f"task {name!r}: the package has one of this name; a task of one's own needs another")
        return str(glue_folder(cast("str | Path | None", source)) or "")
    if not own:
        raise TaskError(f"unknown task {name!r}; known: {', '.join(TASKS)}")
    return canonical_source(name, cast("str | Mapping[str, Any]", source))


def _source_identity(name: str, where: str) -> list[object] | None:
    """Return what tells one state of a source from another; None where nothing does."""
    if name not in TASKS:
        files = source_files(name, where)
        return None if files is None else [name, where, files]
    if TASKS[name].kind == "embedded":
        return [name, WHEELS["texts"].sha256, SIZES]
    if not where:
        return [name, HUB_NAME, HUB_REVISION]
    return [name, file_states(sorted((Path(where) / TASKS[name].folder).glob("*.tsv")))]


def _dataset(rows: tuple[Row, ...]) -> "Dataset":
    from datasets import Dataset

    return Dataset.from_dict({name: [getattr(row, name) for row in rows] for name in Row._fields})


def _majority(card: TaskCard, splits: Splits) -> float:
    if card.metric == "spearman":
        return 0.0
    counts = Counter(row.label for row in splits.train)
    # what a regression says without looking is the mean
    most = max(sorted(counts), key=counts.__getitem__) if card.labels else fmean(counts.elements())
    return metric_score(card.metric, [most] * len(splits.test), [row.label for row in splits.test])
