"""Scripts are read as files."""

import pytest

from stablebert.doctor import read_setup


@pytest.fixture
def setup(tmp_path):
    """From the text of a script to its set-up."""

    def read(text):
        path = tmp_path / "train.py"
        path.write_text(text)
        return read_setup(path)

    return read
