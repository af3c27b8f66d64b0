import os
import shutil
import stat
from pathlib import Path

import pytest

from stablebert.files import kept_file
from stablebert.training.fast.native import compiling
from stablebert.training.fast.native.compiling import NoKernelsError, compiled_kernels, portable_note


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """A machine without compiled kernels; returns its cache folder."""
    monkeypatch.setattr(compiling, "cache_folder", lambda: tmp_path / "cache")
    compiling._compiled.cache_clear()
    compiling._private_folder.cache_clear()
    yield tmp_path / "cache"
    compiling._compiled.cache_clear()
    compiling._private_folder.cache_clear()


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture
def counting(monkeypatch, tmp_path):
    """A compiler that writes down each library it makes."""
    log = tmp_path / "made"
    body = f'for last; do :; done; case "$*" in *kernels.cpp*) echo made >> {log}; echo library > "$last";; esac'
    monkeypatch.setenv("CXX", script(tmp_path / "counting", body))
    return log


@pytest.mark.usefixtures("fresh")
def test_it_is_compiled_once_and_found_again(counting):
    first = compiled_kernels()
    compiling._compiled.cache_clear()
    assert compiled_kernels() == first
    assert counting.read_text().splitlines() == ["made"]
    assert first.read_text() == "library\n"


def test_other_sources_or_another_compiler_are_another_library(fresh, counting, monkeypatch, tmp_path):
    first = compiled_kernels()
    compiling._compiled.cache_clear()
    monkeypatch.setattr(compiling, "_FLAGS", (*compiling._FLAGS, "-g"))
    second = compiled_kernels()
    compiling._compiled.cache_clear()
    monkeypatch.setenv("CXX", script(tmp_path / "other", f'echo other; exec {os.environ["CXX"]} "$@"'))
    assert len({first, second, compiled_kernels()}) == 3
    assert len(counting.read_text().splitlines()) == len(list((fresh / "kernels").glob("*.so"))) == 3


DAMAGES = {"emptied": b"", "cut": b"libr", "edited": b"librarx\n"}


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_library_is_compiled_anew_before_it_is_loaded(damage, counting):
    made(1, counting).write_bytes(damage)
    assert made(2, counting).read_text() == "library\n"
    assert made(2, counting).read_text() == "library\n"


@pytest.mark.usefixtures("fresh")
def test_a_reader_that_believes_any_library_would_be_seen(counting, monkeypatch):
    monkeypatch.setattr(compiling, "kept_file", lambda path, make: path if path.exists() else kept_file(path, make))
    made(1, counting).write_bytes(b"")
    assert made(1, counting).read_text() == ""


def made(number, log):
    """Return the library, and check that it is so many that have been compiled."""
    compiling._compiled.cache_clear()
    found = compiled_kernels()
    assert len(log.read_text().splitlines()) == number
    return found


OPENED = {
    "folder": lambda folder: folder.chmod(0o777),
    "folder of a group": lambda folder: folder.chmod(0o775),
    "library": lambda folder: next(folder.glob("*.so")).chmod(0o666),
}


@pytest.mark.parametrize("opened", OPENED.values(), ids=OPENED)
def test_a_library_that_others_could_have_written_is_not_loaded(opened, fresh, counting):
    planted = made(1, counting)
    # all that a thief can do: another library, and the note that vouches for it
    planted.with_name(f"{planted.name}.sha256").unlink()
    kept_file(planted, lambda part: part.write_text("thief"))
    opened(planted.parent)
    assert made(2, counting).read_text() == "library\n"


def test_the_control_a_planted_library_is_loaded_where_only_its_owner_could_have_put_it(fresh, counting):
    planted = made(1, counting)
    planted.with_name(f"{planted.name}.sha256").unlink()
    kept_file(planted, lambda part: part.write_text("thief"))
    planted.chmod(0o600)
    assert made(1, counting).read_text() == "thief"


def test_a_folder_of_others_is_left_and_this_process_compiles_its_own(fresh, counting, monkeypatch):
    planted = made(1, counting)
    # tests may run as root, whose files everybody has to trust
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr(compiling, "only_ours", lambda path: False)
    own = made(2, counting)
    assert own.parent != planted.parent
    assert own.parent.stat().st_mode & 0o777 == 0o700
    assert planted.exists()


def test_a_cache_that_cannot_be_written_is_no_reason_to_go_without(fresh, counting):
    fresh.write_text("a file where a folder should be")
    assert made(1, counting).read_text() == "library\n"


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("name", ["attention.hpp", "kernels.cpp", "numbers.hpp", "products.hpp", "rows.hpp"])
def test_a_change_of_any_source_is_another_library(name, counting, monkeypatch, tmp_path):
    home = Path(shutil.copytree(compiling._HERE, tmp_path / "sources"))
    monkeypatch.setattr(compiling, "_HERE", home)
    first = made(1, counting)
    assert made(1, counting) == first
    with (home / name).open("a") as source:
        source.write("// one line more")
    assert made(2, counting) != first


@pytest.mark.usefixtures("fresh")
def test_another_processor_is_another_library(counting, monkeypatch, tmp_path):
    # a compiler says on the error stream what -march=native stands for
    kinds = {}
    for kind in ("icelake", "zen4"):
        body = f'case "$*" in *-###*) echo -march={kind} >&2;; esac; exec {os.environ["CXX"]} "$@"'
        kinds[kind] = script(tmp_path / "asked", body)
        with monkeypatch.context() as patch:
            patch.setenv("CXX", kinds[kind])
            kinds[kind] = made(len(kinds), counting)
    assert len(set(kinds.values())) == 2


@pytest.mark.usefixtures("fresh")
def test_no_compiler_is_one_line_with_the_reason(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(NoKernelsError, match="no C\\+\\+ compiler 'no-such-compiler'"):
        compiled_kernels()
    monkeypatch.delenv("CXX")
    monkeypatch.setenv("PATH", "")
    assert portable_note() == ("no native kernels, runs take the portable path: no C++ compiler (c++, g++, clang++)")


@pytest.mark.usefixtures("fresh")
def test_a_compiler_that_fails_is_quoted(monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", script(tmp_path / "failing", "echo 'x.cpp:1: error: no such thing' >&2; exit 1"))
    note = portable_note()
    assert note is not None
    assert note.endswith("does not compile them: x.cpp:1: error: no such thing")
    assert len(note.splitlines()) == 1


@pytest.mark.usefixtures("fresh", "counting")
def test_a_library_that_does_not_load_is_no_library():
    assert "does not load" in str(portable_note())


def test_a_failed_compilation_leaves_nothing_behind(fresh, monkeypatch, tmp_path):
    monkeypatch.setenv(
        "CXX",
        script(tmp_path / "failing", 'for last; do :; done; case "$last" in *.so) echo half > "$last";; esac; exit 1'),
    )
    assert portable_note() is not None
    assert list((fresh / "kernels").iterdir()) == []


def test_the_switch_turns_them_off_and_says_what_it_takes(monkeypatch):
    monkeypatch.setenv("STABLEBERT_KERNELS", "off")
    assert portable_note() == "no native kernels, runs take the portable path: STABLEBERT_KERNELS is off"
    monkeypatch.setenv("STABLEBERT_KERNELS", "none")
    with pytest.raises(ValueError, match="STABLEBERT_KERNELS is 'none'; it must be auto or off"):
        portable_note()


@pytest.mark.skipif(portable_note() is not None, reason=str(portable_note()))
def test_the_real_sources_compile_without_a_warning(fresh, monkeypatch):
    monkeypatch.setattr(compiling, "_FLAGS", (*compiling._FLAGS, "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"))
    assert compiled_kernels().parent == fresh / "kernels"
