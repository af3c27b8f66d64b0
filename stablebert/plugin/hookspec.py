"""The hook of `pytest bench` for methods of others."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stablebert.methods import Method


@pytest.hookspec
def pytest_stablebert_methods(config: pytest.Config) -> "dict[str, type[Method]]":  # type: ignore[empty-body]
    """Return methods by name, to be used in the cells of a bench like those of the paper.

    A method is a frozen dataclass that inherits from `stablebert.methods.Method`, in a module that Python can import;
    its fields are its parameters, numbers with their defaults, which ids leave out. Names are lower-case letters, and
    none may be part of another id, of a function of the bench or of a marker, since `-k` selects by parts of words.

    Args:
        config: The session's configuration.

    Returns:
        From name to class, for example in a `conftest.py`:

            def pytest_stablebert_methods():
                return {"shrink": Shrink}  # trec_shrink.factor0.5_3ep_minilm_fp32
    """
