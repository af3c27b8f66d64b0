"""Every promise of the store, and every fault of a session, names the test that holds it, and that test is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = {name: (ROOT / "docs" / name).read_text() for name in ("promises.md", "faults.md")}
LEAST = {"promises.md": 25, "faults.md": 15}
PAGE = PAGES["promises.md"]
_HEADS = ("| promise", "| what happens")


def named_tests(text):
    return re.findall(r"`(tests/[a-z_/]+\.py)::([a-z_0-9]+)`", text)


def missing(text):
    """Return the tests that a page names and that do not exist."""
    found = []
    for path, name in named_tests(text):
        place = ROOT / path
        nodes = ast.parse(place.read_text()).body if place.is_file() else []
        if not any(isinstance(node, ast.FunctionDef) and node.name == name for node in nodes):
            found.append(f"{path}::{name}")
    return found


def unheld(text):
    """Return the rows of a page's tables that name no test."""
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(_HEADS)]
    return [row for row in rows if not named_tests(row)]


@pytest.mark.parametrize("name", PAGES)
def test_every_promise_is_held_by_a_test(name):
    assert len(named_tests(PAGES[name])) >= LEAST[name]
    assert missing(PAGES[name]) == []
    assert unheld(PAGES[name]) == []


def test_a_promise_that_nothing_holds_is_noticed():
    assert missing(PAGE.replace("test_publication.py::", "test_publications.py::"))
    assert missing(PAGE + "\n| nothing is lost | `tests/test_promises.py::test_nothing` |\n")
    assert unheld(PAGE + "\n| nothing is lost | the author |\n")
