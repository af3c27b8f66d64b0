"""Finished runs of an unfinished session: found again by the same code alone."""

import sys
import types

import pytest

from stablebert.scores import FinishedRuns

ROW = {"seed": 0, "score": 0.9, "failed": False, "failed_reason": ""}


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module of the user's, loaded from a file."""
    path = tmp_path / "users_module.py"
    path.write_text("RATE = 1\n")
    loaded = types.ModuleType("users_module")
    loaded.__file__ = str(path)
    monkeypatch.setitem(sys.modules, "users_module", loaded)
    return path


def test_a_run_is_found_again_and_dropped(tmp_path, module):
    first = FinishedRuns(tmp_path / "kept", "test", "baseline", "key")
    assert (first.rows, first.note) == ({}, "")
    first.keep(ROW)
    again = FinishedRuns(tmp_path / "kept", "test", "baseline", "key")
    assert again.rows == {0: ROW}
    assert again.note.startswith("runs of an earlier session, not made again: 1, since 20")
    # other names have runs of their own
    assert FinishedRuns(tmp_path / "kept", "test", "baseline", "other").rows == {}
    again.drop()
    assert FinishedRuns(tmp_path / "kept", "test", "baseline", "key").rows == {}


def test_a_module_that_has_changed_or_gone_makes_them_anew(tmp_path, module):
    FinishedRuns(tmp_path / "kept", "test").keep(ROW)
    module.write_text("RATE = 2\n")
    found = FinishedRuns(tmp_path / "kept", "test")
    assert found.rows == {}
    assert found.note.endswith("users_module.py has changed since")
    module.unlink()
    assert FinishedRuns(tmp_path / "kept", "test").rows == {}


def test_a_module_that_was_loaded_before_it_changed_is_known_as_it_was(tmp_path, module):
    session = FinishedRuns(tmp_path / "kept", "test")
    # edited while the session trains with what it has loaded
    module.write_text("RATE = 2\n")
    session.keep(ROW)
    assert FinishedRuns(tmp_path / "kept", "test").rows == {}


def test_other_versions_make_them_anew(tmp_path, monkeypatch):
    FinishedRuns(tmp_path / "kept", "test").keep(ROW)
    monkeypatch.setattr("stablebert.scores.finished._versions", lambda: "other")
    found = FinishedRuns(tmp_path / "kept", "test")
    assert (found.rows, found.note.endswith("what is installed has changed since")) == ({}, True)


@pytest.mark.parametrize("content", ["", "rubbish", '{"row": ', '{"row": {}}', "[]"])
def test_a_damaged_file_costs_the_work_of_making_them_again(tmp_path, content):
    kept = FinishedRuns(tmp_path / "kept", "test")
    kept.keep(ROW)
    kept.path.write_text(content)
    assert FinishedRuns(tmp_path / "kept", "test").rows == {}


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "kept").write_text("a file")
    kept = FinishedRuns(tmp_path / "kept", "test")
    kept.keep(ROW)
    kept.drop()
    assert FinishedRuns(tmp_path / "kept", "test").rows == {}
