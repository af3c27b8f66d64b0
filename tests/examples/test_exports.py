"""The exports of the examples: each tool's runs are the same table, and get the same verdict."""

import re
import shlex
from pathlib import Path

import pytest

from stablebert.cli import main

FOLDER = Path(__file__).parents[2] / "examples" / "exports"


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("wandb", "trainer", "trackio", "lm_eval"):
        Path(name).symlink_to(FOLDER / name)


def lines():
    """Return the commands of the example's page."""
    return re.findall(r"^\$ stablebert (.*)$", (FOLDER / "README.md").read_text(), re.MULTILINE)


def run(line):
    words = [found for word in shlex.split(line) for found in (sorted(map(str, Path().glob(word))) or [word])]
    return main(words)


def test_every_tool_gives_one_table_and_one_verdict(work, capsys):
    before, *makers, judge = lines()
    assert run(before) == 0
    assert "before.csv (12 runs, mean 0.9" in capsys.readouterr().out
    said, tables = set(), set()
    assert len(makers) == 6
    for maker in makers:
        Path("after.csv").unlink(missing_ok=True)
        assert run(maker) == 0
        capsys.readouterr()
        tables.add(Path("after.csv").read_text())
        assert run(judge) == 1
        said.add(capsys.readouterr().out)
    assert len(tables) == len(said) == 1
    assert "after  FAIL" in said.pop()
    # the control: runs of before, as another half, are no FAIL
    rows = Path("before.csv").read_text().splitlines()
    Path("first.csv").write_text("\n".join(rows[:7]))
    Path("last.csv").write_text("\n".join([rows[0], *rows[7:]]))
    assert main(["judge", "first.csv", "last.csv", "--margin", "1"]) in (0, 3)
