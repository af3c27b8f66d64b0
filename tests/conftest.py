"""What many tests need: a tiny encoder, a tiny task, GLUE files where there are some."""

import os
import signal
import sys
from pathlib import Path

import pytest

# a test with `pytester` forgets the modules that it is the first to load: later tests would have them twice
import stablebert.records.obtain  # noqa: F401
from stablebert.records.provenance import run_keys
from tests.tiny import tiny_task, write_tiny_encoder

# a shell begins what runs in the background with Ctrl-C ignored, and so would every process that a test interrupts
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    """Folder of a BERT of 2 blocks x 16 with its tokenizer."""
    return write_tiny_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture
def task():
    """A task of 80 training texts that a tiny encoder can learn."""
    return tiny_task()


@pytest.fixture
def glue_files():
    """Folder of real GLUE files; skips where there is none."""
    shared = Path(__file__).parents[2] / "shared" / "glue"
    folder = Path(os.environ["GLUE_DIR"]) if os.environ.get("GLUE_DIR") else shared
    if not (folder / "RTE" / "train.tsv").is_file():
        pytest.skip(f"needs GLUE files: set GLUE_DIR ({folder} has none)")
    return folder


@pytest.fixture(autouse=True)
def keys_that_stay():
    """A function that a test replaces for good is named there, not by a later test that needs it."""
    yield
    check_keys()


def check_keys():
    """Refuse a process in which the keys of runs are no longer made by what makes them."""
    assert sys.modules["stablebert.records.obtain"].run_keys is run_keys, "run_keys was replaced for good"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch, request):
    """Digests and assets of tests stay out of the user's cache, but for tests of the real assets."""
    if request.node.get_closest_marker("assets") is None:
        monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
