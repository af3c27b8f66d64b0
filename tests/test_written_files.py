import errno
import shutil

import pytest

from stablebert import files
from stablebert.files import is_sealed, kept_file, kept_text, seal_folder, sha256_of, write_once, write_whole

DAMAGES = {
    "emptied": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "one byte less": lambda content: content[:-1],
    "edited": lambda content: content[:-1] + b"!",
    "not text": lambda content: b"\xff\xfe" + content,
}


@pytest.fixture
def made():
    return []


@pytest.fixture
def make(made):
    def make():
        made.append(1)
        return "text of a note"

    return make


@pytest.fixture
def note(tmp_path, make):
    path = tmp_path / "notes" / "one.txt"
    assert kept_text(path, make) == "text of a note"
    return path


def unbelieved(damage, note, make, made):
    """Return whether a damaged note is made anew, and is whole afterwards."""
    before = note.read_bytes()
    note.write_bytes(damage(before))
    return kept_text(note, make) == "text of a note" and len(made) == 2 and note.read_bytes() == before


def test_a_note_is_made_once(note, make, made):
    assert kept_text(note, make) == "text of a note"
    assert len(made) == 1


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_note_heals(damage, note, make, made):
    assert unbelieved(damage, note, make, made)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_reader_that_believes_what_it_finds_would_be_seen(damage, note, make, made, monkeypatch):
    monkeypatch.setattr(files, "_believed", lambda note: note.read_bytes().decode(errors="replace").partition("\n")[2])
    assert not unbelieved(damage, note, make, made)


def test_a_note_under_anothers_name_heals(note, make, made):
    other = note.with_name("two.txt")
    shutil.copy(note, other)
    kept_text(other, make)
    assert len(made) == 2


def test_a_folder_in_its_place_costs_the_work_only(note, make, made):
    note.unlink()
    note.mkdir()
    assert kept_text(note, make) == kept_text(note, make) == "text of a note"
    assert len(made) == 3


def test_a_cache_that_cannot_be_written_costs_the_work_only(tmp_path, make, made):
    (tmp_path / "cache").write_text("a file where a folder should be")
    assert kept_text(tmp_path / "cache" / "one.txt", make) == "text of a note"
    assert len(made) == 1


def test_what_the_work_raises_is_raised(tmp_path):
    def fail():
        raise KeyError("no data")

    with pytest.raises(KeyError):
        kept_text(tmp_path / "one.txt", fail)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def make_file(made):
    def make(part):
        made.append(1)
        part.write_bytes(b"content of a file")

    return make


@pytest.fixture
def file(tmp_path, make_file):
    return kept_file(tmp_path / "library.so", make_file)


def test_a_file_is_made_once(file, make_file, made):
    assert kept_file(file, make_file).read_bytes() == b"content of a file"
    assert len(made) == 1
    assert sorted(path.name for path in file.parent.iterdir()) == ["library.so", "library.so.sha256"]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("which", ["library.so", "library.so.sha256"])
def test_a_damaged_file_or_note_heals(which, damage, file, make_file, made):
    place = file.with_name(which)
    place.write_bytes(damage(place.read_bytes()))
    for _ in range(2):
        assert kept_file(file, make_file).read_bytes() == b"content of a file"
    assert len(made) == 2


def test_a_file_or_note_that_is_gone_heals(file, make_file, made):
    for gone in ("library.so", "library.so.sha256"):
        file.with_name(gone).unlink()
        assert kept_file(file, make_file).read_bytes() == b"content of a file"
    assert len(made) == 3


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_without_hard_links_the_first_writer_still_wins(number, tmp_path, monkeypatch):
    def link(*_):
        raise OSError(number, "no hard links here")

    monkeypatch.setattr(files.os, "link", link)
    assert write_once(tmp_path / "one", "first")
    assert not write_once(tmp_path / "one", "second")
    assert (tmp_path / "one").read_text() == "first"
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob(".*.part"))


def test_the_control_another_error_of_a_link_is_an_error(tmp_path, monkeypatch):
    def link(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(files.os, "link", link)
    with pytest.raises(OSError, match="full"):
        write_once(tmp_path / "one", "first")
    assert list(tmp_path.iterdir()) == []


SEALED = {
    "edited": lambda folder: (folder / "one").write_text("two"),
    "gone": lambda folder: (folder / "one").unlink(),
    "one more": lambda folder: (folder / "two").touch(),
    "unsealed": lambda folder: (folder / ".sha256").unlink(),
    "seal emptied": lambda folder: (folder / ".sha256").write_text(""),
    "below": lambda folder: (folder / "more" / "three").write_text("3!"),
}


@pytest.mark.parametrize("damage", SEALED.values(), ids=SEALED)
def test_a_sealed_folder_is_just_what_it_was(damage, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "one").write_text("one")
    (tmp_path / "more" / "three").write_text("3")
    seal_folder(tmp_path)
    assert is_sealed(tmp_path)
    damage(tmp_path)
    assert not is_sealed(tmp_path)


def test_bytes_are_written_as_they_are(tmp_path):
    write_whole(tmp_path / "one", b"\r\n\x00")
    assert (tmp_path / "one").read_bytes() == b"\r\n\x00"
    assert sha256_of(tmp_path / "one").startswith("42652018")


def test_git_ignores_what_is_kept_in_a_users_repository(tmp_path):
    write_whole(tmp_path / ".stablebert" / "runs" / "verdicts.json", "{}")
    note = tmp_path / ".stablebert" / ".gitignore"
    assert note.read_text() == "*\n"
    assert sorted(path.name for path in note.parent.iterdir()) == [".gitignore", "runs"]
    # whoever empties it is let alone
    note.write_text("")
    assert write_once(tmp_path / ".stablebert" / "runs" / "one.json", "{}")
    assert note.read_text() == ""
    # the control: other folders are nobody's business
    write_whole(tmp_path / "runs" / "verdicts.json", "{}")
    assert not list(tmp_path.glob("runs/.git*")) + list(tmp_path.glob(".git*"))
