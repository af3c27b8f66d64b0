"""What the labels of one's own tables mean: classes by name, or scores."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from stablebert.tasks.cards import TaskError
from stablebert.tasks.folder import Table


def labels_of(
    task: str, tables: Mapping[str, Table], column: str, names: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], Callable[[Any], int | float]]:
    """Return the class names, none where labels are scores, and what turns a label into a class index or a score.

    Integers and words are classes, sorted where nobody says their order; numbers with a point are scores. Where names
    are given, or the training table itself says them, labels are these names or the indices 0, 1, ...

    Args:
        task: Task id, for errors.
        tables: By split.
        column: The column that holds labels.
        names: Of the classes in the order of their indices; empty takes those of the table, or sorts them.

    Raises:
        TaskError: a label is missing or of no such kind, or words and numbers are mixed.
    """
    seen: dict[type, str] = {}
    values: set[Any] = set()
    for table in tables.values():
        for number, given in enumerate(table.columns[column], 1):
            value, where = _plain(given), f"{table.place}, row {number}"
            if value is None:
                raise TaskError(f"task {task!r}: {where}: the label of column {column!r} is missing")
            if type(value) not in (int, float, str):
                raise TaskError(f"task {task!r}: {where}: label {given!r} is no number and no word")
            seen.setdefault(type(value), f"{value!r} ({where})")
            values.add(value)
    if str in seen and len(seen) > 1:
        raise TaskError(f"task {task!r}: labels are words and numbers: {' and '.join(seen.values())}")
    names = names or tables["train"].names
    if float in seen:
        if names:
            raise TaskError(f"task {task!r}: label {seen[float]} is a score, and scores have no names of classes")
        return (), _score
    if not names:
        kinds = sorted(values)
        names, codes = tuple(map(str, kinds)), {kind: index for index, kind in enumerate(kinds)}
    else:
        codes = {name: index for index, name in enumerate(names)} | {index: index for index in range(len(names))}

    def class_of(label: Any) -> int:
        value = _plain(label)
        if value not in codes:
            raise ValueError(f"label {value!r} is outside the task's: {', '.join(names)}")
        return codes[value]

    return names, class_of


def _score(label: Any) -> float:
    # files and sets hold one score as text, float32 or float64; rounding makes them agree
    with np.errstate(over="ignore"):
        value = float(np.float32(label))
    if not math.isfinite(value):
        raise ValueError(f"label {label!r} is no finite number")
    return value


def _plain(label: Any) -> Any:
    """Return a label as int, float or word without blanks around it; None where it is missing."""
    if isinstance(label, np.generic):
        label = label.item()
    if isinstance(label, bool):
        return str(label)
    if isinstance(label, str):
        return label.strip() if label.strip().lower() not in ("", "nan") else None
    return None if isinstance(label, float) and math.isnan(label) else label
