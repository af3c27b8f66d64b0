"""Trackio's database of a project: every run with its last values, by its own settings or name."""

import json
import sqlite3
from pathlib import Path

import pytest

from stablebert.scores import TableError, exported_rows

REAL = Path(__file__).parents[2] / "examples" / "exports" / "trackio" / "tickets.db"


def rows(path, score="accuracy", seed=None):
    return [dict(row.values) for row in exported_rows([path], score, seed)]


@pytest.fixture
def database(tmp_path):
    """Return a function that writes a database of runs: name, settings and steps, in the older form or in today's."""

    def write(*runs, identified=True):
        path = tmp_path / "p.db"
        with sqlite3.connect(path) as connection:
            known = "run_id TEXT, " if identified else ""
            connection.execute(
                f"CREATE TABLE metrics (id INTEGER PRIMARY KEY, {known}run_name TEXT, step INT, metrics)"
            )
            connection.execute(f"CREATE TABLE configs (id INTEGER PRIMARY KEY, {known}run_name TEXT, config)")
            for number, (name, config, steps) in enumerate(runs):
                own = [f"id{number}", name] if identified else [name]
                columns, marks = ("run_id, " if identified else ""), ", ".join("?" * (len(own) + 2))
                for step, values in steps:
                    insert = f"INSERT INTO metrics ({columns}run_name, step, metrics) VALUES ({marks})"
                    connection.execute(insert, [*own, step, json.dumps(values).encode()])
                insert = f"INSERT INTO configs ({columns}run_name, config) VALUES ({marks[3:]})"
                connection.execute(insert, [*own, json.dumps(config).encode()])
        connection.close()
        return path

    return write


def test_what_trackio_has_written_is_read():
    found = rows(REAL)
    assert [(row["seed"], row["score"]) for row in found][:2] == [(0, 0.87), (1, 0.8851)]
    assert len(found) == 9


def test_reading_leaves_nothing_beside_it(tmp_path):
    (tmp_path / "tickets.db").write_bytes(REAL.read_bytes())
    rows(tmp_path / "tickets.db")
    assert [path.name for path in tmp_path.iterdir()] == ["tickets.db"]


@pytest.mark.parametrize("identified", [True, False])
def test_the_last_step_counts_and_the_settings_go_before_the_name(database, identified):
    path = database(
        ("a-seed-5", {"seed": 3, "torch_seed": 4}, [(9, {"accuracy": 0.9}), (3, {"accuracy": 0.1, "loss": 1.0})]),
        ("b-seed-6", {}, [(0, {"accuracy": "NaN"})]),
        identified=identified,
    )
    first, second = sorted(rows(path), key=lambda row: int(row["seed"]))
    assert (first["seed"], first["score"], first["failed"]) == (3, 0.9, False)
    assert (second["seed"], second["failed_reason"]) == ("6", "the score is nan")
    with pytest.raises(TableError, match="run b-seed-6: its config has no 'torch_seed'"):
        rows(path, seed="torch_seed")


def test_a_run_without_the_score_is_an_error(database):
    with pytest.raises(TableError, match="run a-seed-5 has no 'accuracy'; it has loss"):
        rows(database(("a-seed-5", {}, [(0, {"loss": 0.9})])))


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00 and no more"])
def test_another_file_is_no_database(tmp_path, content):
    (tmp_path / "p.db").write_bytes(content)
    with pytest.raises(TableError, match=r"p\.db cannot be read: it is no database of Trackio"):
        rows(tmp_path / "p.db")
    with pytest.raises(TableError, match="there is no file"):
        rows(tmp_path / "q.db")
