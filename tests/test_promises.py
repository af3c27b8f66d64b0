"""Every promise of the store names the test that holds it, and that test is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "promises.md").read_text()


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
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| promise")]
    return [row for row in rows if not named_tests(row)]


def test_every_promise_is_held_by_a_test():
    assert len(named_tests(PAGE)) >= 25
    assert missing(PAGE) == []
    assert unheld(PAGE) == []


def test_a_promise_that_nothing_holds_is_noticed():
    assert missing(PAGE.replace("test_publication.py::", "test_publications.py::"))
    assert missing(PAGE + "\n| nothing is lost | `tests/test_promises.py::test_nothing` |\n")
    assert unheld(PAGE + "\n| nothing is lost | the author |\n")
