"""What the coverage-guided fuzzer starts from: a right file of each format, which its reader takes."""

import pytest

from tests.fuzz import targets


@pytest.mark.parametrize("name", targets.TARGETS)
def test_a_whole_file_is_read_and_a_cut_one_breaks_nothing(name, tmp_path, monkeypatch):
    target = targets.TARGETS[name]
    target.read(tmp_path, target.whole[: len(target.whole) // 2])
    # where every refusal goes through, the whole file has none
    monkeypatch.setattr(targets, "answers", lambda read, *_, **__: read())
    target.read(tmp_path, target.whole)


def test_the_control_a_reader_that_refuses_the_whole_file_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(targets, "answers", lambda read, *_, **__: read())
    with pytest.raises(targets.TableError):
        targets.TARGETS["scores csv"].read(tmp_path, b"seed\n1\n")
