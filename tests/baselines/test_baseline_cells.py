import errno
import os
import subprocess
import tomllib
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import pytest

from stablebert.baselines import (
    BaselineError,
    baseline_files,
    baseline_path,
    candidate_path,
    cell_at,
    find_baseline,
    read_baseline,
    searched_seeds,
    write_baseline,
    write_candidate,
)
from stablebert.report import accepted_cells
from stablebert.runs import Cell, EnvironmentClass
from tests.synthetic import synthetic_rows

ROOT = Path(__file__).parents[2]
CELL = Cell("trec")
HEADER = {"cell": CELL.id, "why": "a: b"}


def test_a_baseline_comes_back_to_the_last_digit(tmp_path):
    rows = synthetic_rows(90.0, range(20), failed=frozenset({3}))
    path = baseline_path(tmp_path, CELL)
    write_baseline(path, {"cell": CELL.id, "metric": "accuracy"}, rows[::-1])
    found = read_baseline(path)
    assert list(found.rows) == rows
    assert found.header["cell"] == CELL.id
    text = path.read_text()
    write_baseline(path, {"cell": CELL.id, "metric": "accuracy"}, found.rows)
    assert path.read_text() == text


def test_folders_are_searched_in_order(tmp_path):
    late = baseline_path(tmp_path / "late", CELL)
    write_baseline(late, {"metric": "late"}, synthetic_rows(90.0, range(5)))
    folders = [tmp_path / "early", tmp_path / "late"]
    assert find_baseline(CELL, folders).header["metric"] == "late"
    write_baseline(baseline_path(tmp_path / "early", CELL), {"metric": "early"}, synthetic_rows(90.0, range(5)))
    assert find_baseline(CELL, folders).header["metric"] == "early"
    assert find_baseline(Cell("sms"), folders) is None


@pytest.fixture
def folder():
    return ROOT / "baselines"


def test_the_committed_baselines_hold_what_they_claim(folder):
    files = sorted(folder.glob("minilm/*/*.csv"))
    assert files
    for path in files:
        baseline = read_baseline(path)
        assert len(baseline.rows) >= 20
        assert len({row.losses for row in baseline.rows}) == len(baseline.rows)
        # the main job takes its seeds from 100 on
        numbers = {int(row.seed[1:]) for row in baseline.rows}
        assert max(numbers) < 100
        assert not numbers & searched_seeds(folder, "minilm")


@pytest.fixture
def path(tmp_path):
    made = baseline_path(tmp_path, CELL)
    write_baseline(made, HEADER, synthetic_rows(90.0, range(20), failed=frozenset({4})))
    return made


def test_methods_lengths_and_fidelities_have_files_of_their_own():
    cells = [CELL, replace(CELL, method="reinit.blocks2"), replace(CELL, length="8st")]
    cells += [replace(cell, fidelity="released") for cell in cells]
    assert len({baseline_path(Path("baselines"), cell) for cell in cells}) == 6


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("s004,20.0", "s004,20.1", "the checksum does not fit"),
        ("s004,20.0", "s004,twenty", "not of its column's kind"),
        ("s004,20.0", "s004", "more or fewer values than there are columns"),
        ("s004,20.0", "s004,20.0,1", "more or fewer values than there are columns"),
        ("s004,20.0", '"s004,20.0', "more or fewer values than there are columns"),
        ("# cell: trec_debiased", "# cell: sms_debiased", "the checksum does not fit"),
        ("# why: ", "# why: x", "the checksum does not fit"),
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


def test_a_header_names_its_cell_and_class(path):
    found = read_baseline(path)
    assert found.cell == CELL
    assert found.environment_class is None
    write_baseline(path, {**HEADER, "environment_class": "cuda-bf16"}, found.rows)
    assert read_baseline(path).environment_class == EnvironmentClass("cuda", "bf16")


@pytest.mark.parametrize(
    ("header", "name", "message"),
    [
        ({"cell": "trec"}, "cell", "'trec' is not a cell id"),
        ({}, "cell", "'' is not a cell id"),
        ({"environment_class": "cuda"}, "environment_class", "'cuda' is no environment class"),
    ],
)
def test_a_header_that_names_no_cell_or_class_is_an_error_of_its_file(path, header, name, message):
    write_baseline(path, header, synthetic_rows(90.0, range(2)))
    with pytest.raises(BaselineError, match=message) as caught:
        getattr(read_baseline(path), name)
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


@pytest.fixture
def candidate(tmp_path):
    return write_candidate(tmp_path, CELL, synthetic_rows(90.0, range(5)))


def test_a_candidate_lies_beside_where_the_baseline_would_be(tmp_path, candidate):
    assert candidate == candidate_path(tmp_path, CELL)
    assert candidate.parent == baseline_path(tmp_path, CELL).parent
    assert candidate.name == "debiased_3ep.candidate.csv"
    assert candidate.read_text().count("\ns00") == 5


def test_a_candidate_is_never_read_as_a_baseline(tmp_path, candidate):
    assert find_baseline(CELL, [tmp_path]) is None
    assert baseline_files(tmp_path) == []
    assert accepted_cells(tmp_path) == []
    # not even under a baseline's name
    candidate.rename(baseline_path(tmp_path, CELL))
    assert baseline_files(tmp_path) == [baseline_path(tmp_path, CELL)]
    with pytest.raises(BaselineError, match="does not begin with '# stablebert-baseline 2'"):
        read_baseline(baseline_path(tmp_path, CELL))


def test_a_later_candidate_takes_the_place_of_an_earlier(tmp_path, candidate):
    write_candidate(tmp_path, CELL, synthetic_rows(90.0, range(7)))
    assert candidate.read_text().count("\ns00") == 7


def test_git_ignores_candidates_and_no_baseline():
    path = "baselines/minilm/trec/debiased_3ep"
    for name, status in ((f"{path}.candidate.csv", 0), (f"{path}.csv", 1)):
        done = subprocess.run(["git", "check-ignore", "-q", "--no-index", name], cwd=ROOT, check=False)
        assert done.returncode == status


def test_a_wheel_carries_no_candidate():
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    left_out = built["exclude-package-data"]["stablebert._baselines"]
    assert any(fnmatch("minilm/trec/debiased_3ep.candidate.csv", pattern) for pattern in left_out)
    assert not any(fnmatch("minilm/trec/debiased_3ep.csv", pattern) for pattern in left_out)


@pytest.mark.parametrize("cell", [Cell("trec"), Cell("rte-1k", "reinit.blocks5", "800st", "bert-large")])
def test_a_place_is_a_cell_and_a_cell_is_a_place(tmp_path, cell):
    assert cell_at(baseline_path(tmp_path, cell)) == cell
    with pytest.raises(BaselineError, match="is no place of a baseline"):
        cell_at(tmp_path / "minilm" / "trec" / "notes.csv")
