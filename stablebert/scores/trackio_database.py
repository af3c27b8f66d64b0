"""Trackio's database of a project, `PROJECT.db`: all its runs in one file, read without trackio."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class TrackioRun:
    """What a run has logged.

    Attributes:
        name: As its user or Trackio has named it.
        config: Its settings by name.
        logged: What was logged last under each name, with NaN and infinities as texts.
    """

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    logged: dict[str, Any] = field(default_factory=dict)


def read_trackio(path: Path) -> list[TrackioRun]:
    """Return the runs of a database, in no order.

    Raises:
        OSError: there is no such file.
        ValueError: it is no database of Trackio.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        # what is read is never written, not even a journal beside it
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            return _runs(database)
    except sqlite3.Error as error:
        raise ValueError(f"it is no database of Trackio: {error}") from error


def _runs(database: sqlite3.Connection) -> list[TrackioRun]:
    # a run that was begun anew under the same name is another
    known = {column for _, column, *_ in database.execute("PRAGMA table_info(metrics)")}
    key = "run_id" if "run_id" in known else "run_name"
    found: dict[str, TrackioRun] = {}
    for identity, name, metrics in database.execute(f"SELECT {key}, run_name, metrics FROM metrics ORDER BY step, id"):
        found.setdefault(identity, TrackioRun(name)).logged.update(json.loads(metrics))
    for identity, config in database.execute(f"SELECT {key}, config FROM configs"):
        if identity in found:
            found[identity].config = json.loads(config)
    return list(found.values())
