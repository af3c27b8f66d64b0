"""Names of one's own: from the project's tables and from installed packages; what cannot be one is one clear error."""

import json
from importlib.metadata import EntryPoint

import pytest

from stablebert.project import catalogue
from stablebert.project.catalogue import Catalogue, catalogue_of


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A function that returns the catalogue of a project with tables, beside packages with entry points."""

    def found(text, **installed):
        (tmp_path / "pyproject.toml").write_text(text)
        points = {
            f"stablebert.{kind}": [EntryPoint(*pair, f"stablebert.{kind}") for pair in pairs]
            for kind, pairs in installed.items()
        }
        monkeypatch.setattr(catalogue, "entry_points", lambda group: points.get(group, []))
        return catalogue_of(tmp_path)

    return found


def test_a_project_without_tables_adds_nothing(project):
    assert project("") == Catalogue()


def test_every_form_of_a_source(project, tmp_path):
    (tmp_path / "models").mkdir()
    found = project(
        """
        [tool.stablebert.tasks]
        tickets = "mypackage.data:tickets"
        letters = "letters"
        calls = { folder = "calls", metric = "f1" }

        [tool.stablebert.encoders]
        house = "models"
        hub = "some/model"
        made = "mypackage.models:made"
        """
    )
    assert {name: json.loads(source) for name, source in found.tasks.items()} == {
        "tickets": {"object": "mypackage.data:tickets"},
        "letters": {"folder": str(tmp_path / "letters")},
        "calls": {"folder": str(tmp_path / "calls"), "metric": "f1"},
    }
    assert found.encoders == {
        "house": str(tmp_path / "models"),
        "hub": "some/model",
        "made": "mypackage.models:made",
    }
    assert found.task_source("calls-1k") == found.task_source("calls")
    assert found.task_source("trec") is None


def test_what_a_project_says_goes_before_an_installed_package(project):
    assert project("", encoders=[("house", "theirs.models:house")]).encoders == {"house": "theirs.models:house"}
    text = '[tool.stablebert.encoders]\nhouse = "ours/model"\n'
    assert project(text, encoders=[("house", "theirs.models:house")]).encoders == {"house": "ours/model"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.stablebert.tasks]\ntickets = 3", r"\[tool.stablebert.tasks\]: tickets is 3"),
        ("[tool.stablebert.tasks]\ntickets = { metric = 'f1' }", "a folder, or a table with one"),
        ("[tool.stablebert.methods]\nshrink = 'mypackage'", "must be of the form package.module:Class"),
        ("[tool.stablebert.methods]\nshrink = 'no_such_package:Shrink'", "'shrink': .* does not import"),
        ("[tool.stablebert.encoders]\nhouse = 3", "house is 3; it must be text"),
        ("[tool.stablebert.encoders]\nminilm = 'some/model'", "'minilm' clashes with 'minilm'"),
        ("[tool.stablebert.tasks]\nTickets = 'a:b'", "'Tickets' is not made of lower-case letters"),
        ("[tool.stablebert.tasks]\nhouse = 'a:b'\n[tool.stablebert.encoders]\nhouse = 'c'", "'house' clashes with"),
        ("[tool.stablebert]\ntasks = 'many'", "must be a table"),
        ("[tool.stablebert", "cannot be read"),
    ],
)
def test_what_cannot_be_added_is_one_clear_error(project, text, message):
    with pytest.raises(ValueError, match=message):
        project(text)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("tickets", "data/tickets")], "'data/tickets'; it must be of the form package.module:object"),
        ([("tickets", "one:tickets"), ("tickets", "two:tickets")], "'tickets' is added by two installed packages"),
    ],
)
def test_what_an_installed_package_cannot_add(project, pairs, message):
    with pytest.raises(ValueError, match=message):
        project("", tasks=pairs)
    # the control: one object is a task
    assert list(project("", tasks=[("tickets", "one:tickets")]).tasks) == ["tickets"]


def test_an_encoder_that_is_an_object_is_asked_when_it_is_needed(monkeypatch, tmp_path):
    (tmp_path / "their_models.py").write_text(f"def house():\n    return {str(tmp_path)!r}\n\n\nwrong = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert Catalogue(encoders={"house": "their_models:house"}).encoder_source("house") == str(tmp_path)
    for source, message in (("their_models:wrong", "must be a hub name or a folder"), ("nowhere:x", "does not import")):
        with pytest.raises(ValueError, match=message):
            Catalogue(encoders={"house": source}).encoder_source("house")
    with pytest.raises(ValueError, match="unknown encoder 'house'"):
        Catalogue().encoder_source("house")
