"""Our own runs, made once for all tests of this folder's modules."""

import pytest

from tests.hf.same_updates import runs_of


@pytest.fixture(scope="session")
def ours(tiny_encoder):
    """From a method text to our run of it."""
    return runs_of(tiny_encoder)
