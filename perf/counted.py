"""A plug-in that writes how many items a session collected: asked of pytest's hook, not read out of what it prints."""

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the file that takes the number."""
    parser.addoption("--counted", required=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Write the number, before anything of it is deselected."""
    Path(config.getoption("--counted")).write_text(str(len(items)), encoding="utf-8")
