"""A reader before a hostile file: a right answer or an error of ours, in time and within its folder."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest


def put(folder: Path, name: str, content: bytes) -> Path:
    """Write a file below a folder and return it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def answers(read: Callable[[], Any], *named: type[Exception], of: str = "") -> Any:
    """Return what a reader gives, None where it refuses by a named error that says of what; all else goes through."""
    try:
        return read()
    except named as error:
        refused = error
    assert str(refused).strip()
    assert of in str(refused), f"{of} is not named: {refused}"
    # a RuntimeError too, and none of ours
    assert not isinstance(refused, RecursionError)
    return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of the module's own."""
    return tmp_path_factory.mktemp("hostile")


def files_below(folder: Path) -> set[Path]:
    """Return all files and folders below a folder."""
    with suppress(OSError):
        return set(folder.rglob("*"))
    return set()
