"""A user's encoder is a full citizen: searched, run, accepted and compared, by real runs of a tiny one on a tiny task."""

import pytest

from stablebert.baselines import read_baseline, read_search, winner
from stablebert.cli import main
from stablebert.encoders.sources import custom_id
from stablebert.project import load_project
from stablebert.runs import Cell

CELL = "tickets_debiased_3ep_minilm_fp32"
TABLE = '[tool.stablebert.tasks]\ntickets = { folder = "data" }\n'


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project with a task of its own, as the working directory."""
    for name in ("CI", "STABLEBERT_STORE"):
        monkeypatch.delenv(name, raising=False)
    # twenty runs say no more here than six
    monkeypatch.setattr("stablebert.baselines.acceptance.LEAST_RUNS", 6)
    # accepting asks for committed sources, which are not what is asked here
    monkeypatch.setattr("stablebert.baselines.commit.uncommitted_changes", lambda *_: "")
    (tmp_path / "pyproject.toml").write_text(TABLE)
    (tmp_path / "data").mkdir()
    lines = [f"{word} film {number},{number % 2}" for word in ("good", "bad") for number in range(20)]
    (tmp_path / "data" / "train.csv").write_text("\n".join(["text,label", *lines]))
    (tmp_path / "baselines").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_from_its_search_to_its_baseline_and_a_comparison(root, tiny_encoder, capsys):
    model, name = ["--model", str(tiny_encoder)], custom_id(str(tiny_encoder))
    searched = ["search", *model, "--tasks", "tickets", "--rates", "1e-3", "1e-2", "--seeds", "900"]
    assert main(searched) == 0
    rate = winner(read_search(root / "baselines", name)).learning_rate
    project = load_project(root, model=str(tiny_encoder))
    cell = project.declared("tickets", "debiased", "3ep")
    assert project.spec(cell).recipe.learning_rate == rate
    assert main(["run", CELL, *model, "--seeds", "6"]) == 0
    assert (
        main(["run", CELL, *model, "--recipe", "batch_size=8", "--recipe", "learning_rate=5e-3", "--seeds", "6"]) == 0
    )
    # seeds that have chosen the rate are none of the baseline's; the searched rate is in its header
    assert main(["accept", CELL, *model, "--seeds", "6", "--why", "first runs"]) == 0
    (path,) = (root / "baselines" / name).glob("tickets/*.csv")
    assert f'"learning_rate": {rate}' in read_baseline(path).header["recipe"]
    capsys.readouterr()
    ours = str(Cell("tickets", encoder=name))
    compared = ["compare", ours, f"accepted:{ours}", *model, "--recipe", "batch_size=8,learning_rate=5e-3"]
    assert main([*compared, "--seeds", "6", "--margin", "50"]) in (0, 1, 3)
    said = capsys.readouterr().out
    assert f"learning_rate 0.005 / {rate}" in said
    assert "batch_size 8 / 32" in said
