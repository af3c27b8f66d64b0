"""Tasks of one's own: an object of a module, or a folder of tables, with a few settings."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stablebert.assets import file_states
from stablebert.foreign import ForeignError, contained, load_object, reason_of
from stablebert.tasks.cards import TaskCard, TaskError
from stablebert.tasks.draws import SMALL, complete_splits, small_sample
from stablebert.tasks.folder import Table, folder_files, read_folder
from stablebert.tasks.labels import labels_of
from stablebert.tasks.metrics import METRICS, Metric, check_fit, metric_score, metric_text
from stablebert.tasks.rows import Columns, Splits, by_split, overlap, pick, read_rows

if TYPE_CHECKING:
    from datasets import Dataset

_FIRST_TEXTS = ("text", "sentence1")
_SECOND_TEXT = "sentence2"
_LEAST_ROWS = 5


@dataclass(frozen=True, kw_only=True)
class TaskSettings:
    """What the columns of one's own tables mean, and how predictions are scored.

    Attributes:
        text: Column of the first text, or of the only one; None takes `text` or `sentence1`.
        text2: Column of the second text; None takes `sentence2` where there is one and `text` is None.
        label: Column of the label: integers or words are classes, floats are scores.
        labels: Names of the classes in the order of their indices; empty takes those of a `ClassLabel`, or sorts them.
            F1 is that of the second.
        metric: `accuracy`, `f1`, `mcc`, `spearman`, or a function of (predictions, labels) as arrays, or its
            `package.module:function`, that returns points (percent scale); None is accuracy of classes, Spearman's
            correlation of scores.
        description: What is asked, and where the texts come from.
    """

    text: str | None = None
    text2: str | None = None
    label: str = "label"
    labels: tuple[str, ...] = ()
    metric: str | Metric | None = None
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class TaskData(TaskSettings):
    """A task of one's own, as a function of a module returns it: the tables, and the settings of `TaskSettings`.

    Splits that are not given are drawn, the same for every run (`complete_splits`).

    Attributes:
        train: Training examples.
        validation: Examples that choose the checkpoint, or None.
        test: Examples that the chosen checkpoint sees once, or None.

    Example:
        >>> from datasets import Dataset
        >>> train = Dataset.from_dict({"text": ["good", "bad"], "label": [1, 0]})
        >>> TaskData(train=train, metric="f1").label
        'label'
    """

    train: "Dataset"
    validation: "Dataset | None" = None
    test: "Dataset | None" = None


class OwnTask(NamedTuple):
    """What is read of a task of one's own."""

    card: TaskCard
    splits: Splits


def canonical_source(task: str, source: str | Mapping[str, Any]) -> str:
    """Return the source of a task of one's own as canonical JSON, as `RunSpec.task_source` holds it.

    Args:
        task: Task id, for errors.
        source: `{"object": "package.module:object"}`, or `{"folder": absolute folder}` with any of `text`, `text2`,
            `label`, `labels`, `metric` and `description`; as a mapping or its JSON.

    Raises:
        TaskError: it is of another form.

    Example:
        >>> canonical_source("reviews", {"metric": "f1", "folder": "/data/reviews"})
        '{"folder":"/data/reviews","metric":"f1"}'
    """
    try:
        given = json.loads(source) if isinstance(source, str) else dict(source)
        text = json.dumps(given, sort_keys=True, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise TaskError(f"task {task!r}: source {source!r} is no JSON: {error}") from error
    if not isinstance(given, dict) or ("object" in given) == ("folder" in given):
        raise TaskError(f"task {task!r}: source {text} must have either 'object' or 'folder'")
    known = ("object",) if "object" in given else ("folder", *_setting_names())
    for key, value in given.items():
        if key not in known:
            raise TaskError(f"task {task!r}: source {text} has {key!r}; known: {', '.join(known)}")
        if not (_is_names(value) if key == "labels" else isinstance(value, str) and value):
            wanted = "a list of distinct words" if key == "labels" else "a text"
            raise TaskError(f"task {task!r}: {key!r} of the source is {value!r}; it must be {wanted}")
    if "folder" in given and not Path(given["folder"]).is_absolute():
        raise TaskError(f"task {task!r}: folder {given['folder']!r} must be absolute")
    if "object" in given and not all(given["object"].partition(":")):
        raise TaskError(f"task {task!r}: object {given['object']!r} is not of the form package.module:object")
    return text


def source_files(task: str, source: str) -> list[tuple[str | int, ...]] | None:
    """Return the states of the files that a folder's rows come from; None for an object, whose files nobody knows."""
    given = json.loads(source)
    return file_states(folder_files(task, Path(given["folder"])).values()) if "folder" in given else None


def read_own(task: str, source: str) -> OwnTask:
    """Return the card and the splits of a task of one's own, or of its 1k version.

    What is read is kept until its files change; an object is asked once a process.

    Args:
        task: Task id; `NAME-1k` has 1,000 of the training examples of NAME.
        source: As from `canonical_source`.

    Raises:
        TaskError: it cannot be had, or its data are not as they should be.
    """
    name = task.removesuffix("-1k")
    card, splits = _kept(name, source, json.dumps(source_files(name, source)))
    if name == task:
        return OwnTask(card, splits)
    if len(splits.train) <= SMALL:
        raise TaskError(
            f"task {task!r}: {name} has {len(splits.train):,} training examples; a 1k version needs more than {SMALL:,}"
        )
    drawn = small_sample([row.label for row in splits.train], stratified=bool(card.labels))
    description = f"{card.description} {len(drawn):,} of the training examples."
    return OwnTask(
        replace(card, name=task, small=True, description=description),
        splits._replace(train=pick(splits.train, drawn)),
    )


@lru_cache(maxsize=2)
def _kept(task: str, source: str, files: str) -> OwnTask:  # noqa: ARG001 other files, another task
    given = json.loads(source)
    if "object" in given:
        data = _data_of(task, given["object"])
        parts = {split: getattr(data, split) for split in Splits._fields}
        tables = {
            split: _table(f"{given['object']}, {split}", part, data.label)
            for split, part in parts.items()
            if part is not None
        }
        return _read(task, tables, data)
    folder = Path(given.pop("folder"))
    settings = TaskSettings(**given)
    return _read(task, read_folder(task, folder, settings.label), settings)


def _read(task: str, tables: Mapping[str, Table], settings: TaskSettings) -> OwnTask:
    columns = _columns(task, tables, settings)
    names, label_of = labels_of(task, tables, settings.label, tuple(settings.labels))
    found = {
        split: read_rows(task, table.place, _lines(table), columns, _text, label_of) for split, table in tables.items()
    }
    splits, origin = complete_splits(found, stratified=bool(names))
    _check_rows(task, splits, names)
    metric = _metric(task, settings, names, splits)
    sizes = " / ".join(f"{len(split):,}" for split in splits)
    known = overlap(splits)
    again = f"; {known:,} held-out examples have the texts of a training example" if known else ""
    description = f"{settings.description} {sizes} examples, {origin}{again}.".strip()
    halved = "validation" in found and "test" not in found
    return OwnTask(TaskCard(task, "own", metric, names, description, halved=halved), splits)


def _metric(task: str, settings: TaskSettings, names: tuple[str, ...], splits: Splits) -> str:
    try:
        metric = metric_text(settings.metric or ("accuracy" if names else "spearman"))
        check_fit(metric, names)
        labels = [row.label for row in splits.test]
        if metric not in METRICS and metric_score(metric, labels, labels) == 1:
            raise TaskError(f"metric {metric!r} gives right predictions 1; it must be in points, so 100")
    except TaskError as error:
        raise TaskError(f"task {task!r}: {error}") from error
    return metric


def _data_of(task: str, path: str) -> TaskData:
    from datasets import Dataset

    try:
        found = load_object(path)
    except ForeignError as error:
        raise TaskError(f"task {task!r}: {path} {error}") from error
    if callable(found):
        try:
            with contained(path):
                found = found()
        except Exception as error:
            raise TaskError(f"task {task!r}: {path}() ended in an error ({reason_of(error)})") from error
    if isinstance(found, Dataset):
        found = TaskData(train=found)
    elif isinstance(found, Mapping):
        found = TaskData(**by_split(task, path, {str(split): part for split, part in found.items()}))
    if not isinstance(found, TaskData):
        raise TaskError(
            f"task {task!r}: {path} gives a {type(found).__name__}; it must give a TaskData, a datasets.Dataset, or a "
            "dict of them by split"
        )
    for split in Splits._fields:
        part = getattr(found, split)
        if not isinstance(part, Dataset) and (part is not None or split == "train"):
            raise TaskError(f"task {task!r}: {path}: {split} is a {type(part).__name__}; it must be a datasets.Dataset")
    if found.labels and not _is_names(list(found.labels)):
        raise TaskError(f"task {task!r}: {path}: labels are {found.labels!r}; they must be distinct words")
    return found


def _table(place: str, part: "Dataset", label: str) -> Table:
    from datasets import ClassLabel

    columns = dict(part.with_format(None)[:])
    kind = part.features.get(label)
    if not isinstance(kind, ClassLabel):
        return Table(place, columns)
    names = tuple(kind.names)
    # -1 stands for "not known" on the hub; it stays what it is, and is refused as a label outside
    said = dict(enumerate(names))
    columns[label] = [None if value is None else said.get(value, str(value)) for value in columns[label]]
    return Table(place, columns, names)


def _columns(task: str, tables: Mapping[str, Table], settings: TaskSettings) -> Columns:
    there = tables["train"].columns
    first = settings.text or next((name for name in _FIRST_TEXTS if name in there), None)
    if first is None:
        raise TaskError(
            f"task {task!r}: {tables['train'].place} has no column {' or '.join(map(repr, _FIRST_TEXTS))}, only: "
            f"{', '.join(there)}; say by 'text' which one holds the text"
        )
    second = settings.text2 or (_SECOND_TEXT if settings.text is None and _SECOND_TEXT in there else None)
    for table in tables.values():
        for wanted in (first, second, settings.label):
            if wanted is not None and wanted not in table.columns:
                raise TaskError(
                    f"task {task!r}: {table.place} has no column {wanted!r}, only: {', '.join(table.columns)}"
                )
    return Columns(first, second, settings.label)


def _lines(table: Table) -> Iterator[dict[str, Any]]:
    for values in zip(*table.columns.values(), strict=True):
        yield dict(zip(table.columns, values, strict=True))


def _text(column: str | int, value: Any) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise ValueError(f"the text of column {column!r} is empty; every row needs one")
    if not isinstance(value, str):
        raise ValueError(f"column {column!r} holds {value!r}, which is no text")
    return value


def _check_rows(task: str, splits: Splits, names: tuple[str, ...]) -> None:
    for split, rows in zip(Splits._fields, splits, strict=True):
        if len(rows) < _LEAST_ROWS:
            raise TaskError(f"task {task!r}: {split} has {len(rows)} rows; every split needs at least {_LEAST_ROWS}")
    known = {row.label for row in splits.train}
    if len(known) < 2:
        label = next(iter(known))
        said = repr(names[int(label)]) if names else label
        raise TaskError(f"task {task!r}: every training row has the label {said}; there must be two labels at least")
    unknown = {row.label for row in (*splits.validation, *splits.test)} - known if names else set()
    if unknown:
        name = names[int(min(unknown))]
        raise TaskError(f"task {task!r}: no training row has the label {name!r}, which held-out rows have")


def _setting_names() -> list[str]:
    return [field.name for field in fields(TaskSettings)]


def _is_names(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(name, str) and name.strip() for name in value)
        and (len(set(value)) == len(value) >= 2)
    )
