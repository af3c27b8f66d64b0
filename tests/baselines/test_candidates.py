import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from stablebert.baselines import (
    BaselineError,
    baseline_files,
    baseline_path,
    candidate_path,
    find_baseline,
    read_baseline,
    write_candidate,
)
from stablebert.report import accepted_cells
from stablebert.runs import RunSpec
from tests.synthetic import synthetic_rows

ROOT = Path(__file__).parents[2]
SPEC = RunSpec(task="trec")


@pytest.fixture
def candidate(tmp_path):
    return write_candidate(tmp_path, SPEC.cell, synthetic_rows(90.0, range(5)))


def test_a_candidate_lies_beside_where_the_baseline_would_be(tmp_path, candidate):
    assert candidate == candidate_path(tmp_path, SPEC.cell)
    assert candidate.parent == baseline_path(tmp_path, SPEC.cell).parent
    assert candidate.name == "debiased_3ep.candidate.csv"
    assert candidate.read_text().count("\ns00") == 5


def test_a_candidate_is_never_read_as_a_baseline(tmp_path, candidate):
    assert find_baseline(SPEC.cell, [tmp_path]) is None
    assert baseline_files(tmp_path) == []
    assert accepted_cells(tmp_path) == []
    # not even under a baseline's name
    candidate.rename(baseline_path(tmp_path, SPEC.cell))
    assert baseline_files(tmp_path) == [baseline_path(tmp_path, SPEC.cell)]
    with pytest.raises(BaselineError, match="does not begin with '# stablebert-baseline 1'"):
        read_baseline(baseline_path(tmp_path, SPEC.cell))


def test_a_later_candidate_takes_the_place_of_an_earlier(tmp_path, candidate):
    write_candidate(tmp_path, SPEC.cell, synthetic_rows(90.0, range(7)))
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
