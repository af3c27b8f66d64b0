"""A published comparison of 20 against 20 runs is judged to the published side."""

import json
import re
import shlex
from pathlib import Path

import pytest

from stablebert.cli import main

FOLDER = Path(__file__).parents[2] / "examples" / "published"


@pytest.fixture
def published(monkeypatch, capsys):
    monkeypatch.chdir(FOLDER)
    lines = re.findall(r"^\$ stablebert (.*)$", (FOLDER / "README.md").read_text(), re.MULTILINE)

    def judge(line):
        main([*shlex.split(line), "--json"])
        (verdict,) = json.loads(capsys.readouterr().out)["verdicts"]
        return verdict

    return [judge(line) for line in lines], judge


def test_the_algorithm_that_was_found_better_passes_and_the_other_fails(published):
    (better, worse), judge = published
    assert (better["cell"], better["status"], better["runs"], better["baseline_runs"]) == ("sac", "PASS", 20, 20)
    # more than nothing lost: a gain is shown, which is what was published
    assert better["lower_bound"] > 0
    assert (worse["cell"], worse["status"], worse["decided_by"]) == ("td3", "FAIL", "location")
    assert worse["difference"] == pytest.approx(-better["difference"])
    # with four looks the same 20 runs are not enough, and it says how many would be
    undecided = judge("judge sac.csv td3.csv --margin 100")
    assert undecided["status"] == "INCONCLUSIVE"
    assert "about 58 seeds would call a loss of 1284.40 a FAIL" in undecided["reason"]


def test_an_algorithm_against_itself_is_not_told_apart(published, tmp_path):
    _, judge = published
    lines = [line for line in (FOLDER / "td3.csv").read_text().splitlines() if not line.startswith("#")]
    for name, rows in (("even", lines[1::2]), ("odd", lines[2::2])):
        (tmp_path / f"{name}.csv").write_text("\n".join([lines[0], *rows]))
    found = judge(f"judge {tmp_path / 'even.csv'} {tmp_path / 'odd.csv'} --labels --looks 10 --margin 500")
    assert found["status"] == "INCONCLUSIVE"
    assert found["loss_shown"] is None
