"""A hub moves while seeds are made: an encoder keeps the revision that it first had here."""

import pytest

from stablebert.encoders import sources

NAME = "somebody/encoder"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub with one encoder; `hub["head"]` is its newest revision."""
    state = {"head": "a" * 40}
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path / "cache"))

    def snapshot_download(name, revision=None, **_):
        folder = tmp_path / "snapshots" / (revision or state["head"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text("{}")
        (folder / "model.safetensors").write_text(folder.name)
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    return state


def test_a_hub_that_moves_between_seeds_moves_no_run(hub, tmp_path):
    first = sources.encoder_digest("custom-000000", NAME)
    hub["head"] = "b" * 40
    assert sources.encoder_digest("custom-000000", NAME) == first
    # the control: where the note is gone, the newest is taken, and it is another encoder
    (note,) = (tmp_path / "cache" / "hub").iterdir()
    note.unlink()
    assert sources.encoder_digest("custom-000000", NAME) != first
