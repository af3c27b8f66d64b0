import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from stablebert.baselines import BaselineError, baseline_path, read_baseline, write_baseline
from stablebert.runs import RunSpec
from tests.synthetic import synthetic_rows

HEADER = {"cell": "trec_debiased_3ep_minilm_fp32", "why": "a: b"}
SPEC = RunSpec(task="trec")


@pytest.fixture
def path(tmp_path):
    made = baseline_path(tmp_path, SPEC.cell)
    write_baseline(made, HEADER, synthetic_rows(90.0, range(20), failed=frozenset({4})))
    return made


def test_methods_lengths_and_fidelities_have_files_of_their_own():
    specs = [SPEC, replace(SPEC, method="reinit.blocks2"), replace(SPEC, length="8st")]
    specs += [replace(spec, fidelity="released") for spec in specs]
    assert len({baseline_path(Path("baselines"), spec.cell) for spec in specs}) == 6


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("s004,20.0", "s004,20.1", "the checksum does not fit"),
        ("s004,20.0", "s004,twenty", "not of its column's kind"),
        ("s004,20.0", "s004", "not of its column's kind"),
        ("s004,", "s003,", "more than one row of s003"),
        ("# sha256: ", "# md5: ", "the checksum does not fit"),
    ],
)
def test_a_tampered_baseline_is_named(path, old, new, message):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(BaselineError, match=message) as caught:
        read_baseline(path)
    assert str(path) in str(caught.value)


def test_a_row_taken_away_is_noticed(path):
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("s007")))
    with pytest.raises(BaselineError, match="the checksum does not fit"):
        read_baseline(path)


def test_what_is_no_text_or_not_there_is_named(path):
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BaselineError, match="cannot be read"):
        read_baseline(path)
    path.unlink()
    with pytest.raises(BaselineError, match="cannot be read"):
        read_baseline(path)


@pytest.mark.parametrize("score", [float("nan"), float("inf"), 100.5])
def test_a_score_that_is_none_is_refused_unless_the_run_failed(tmp_path, score):
    rows = synthetic_rows(90.0, range(2))
    with pytest.raises(BaselineError, match=r"not in \[-100, 100\] points for s000"):
        write_baseline(tmp_path / "a.csv", {}, [replace(rows[0], test=score), rows[1]])
    write_baseline(tmp_path / "a.csv", {}, [replace(rows[0], test=score, failed=True), rows[1]])
    assert len(read_baseline(tmp_path / "a.csv").rows) == 2


def test_what_would_not_survive_is_refused(tmp_path):
    with pytest.raises(BaselineError, match="spans lines"):
        write_baseline(tmp_path / "a.csv", {"why": "two\nlines"}, synthetic_rows(90.0, range(2)))
    with pytest.raises(BaselineError, match="no rows"):
        write_baseline(tmp_path / "a.csv", {}, [])
    assert not (tmp_path / "a.csv").exists()


def test_a_full_disk_leaves_the_old_file(path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BaselineError, match="No space left"):
        write_baseline(path, HEADER, synthetic_rows(80.0, range(20)))
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]
